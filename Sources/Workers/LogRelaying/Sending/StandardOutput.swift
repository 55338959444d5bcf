import Glibc

/// Writes whole batches of lines to a descriptor, and waits for a slow reader without holding up a thread.
struct StandardOutput {
    private let descriptor: Int32
    private let isPipe: Bool
    /// Why it takes nothing any more.
    private(set) var problem: String?

    /// - Parameter descriptor: stays open.
    init(_ descriptor: Int32 = STDOUT_FILENO) {
        self.descriptor = descriptor
        var information = stat()
        fstat(descriptor, &information)
        isPipe = [S_IFIFO, S_IFSOCK].contains(information.st_mode & S_IFMT)
    }

    mutating func write(_ bytes: [UInt8]) async {
        var rest = bytes[...]
        while !rest.isEmpty, problem == nil {
            var state = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            if isPipe, poll(&state, 1, 0) == 0 {
                do { try await Task.sleep(for: .milliseconds(5)) } catch { return }
                continue
            }
            // A pipe that is ready takes as much as POSIX calls atomic without blocking.
            let part = isPipe ? rest.prefix(Int(PIPE_BUF)) : rest
            let count = part.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                do { try await Task.sleep(for: .milliseconds(5)) } catch { return }
            } else if errno != EINTR {
                problem = String(cString: strerror(errno))
            }
        }
    }
}
