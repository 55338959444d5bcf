import Glibc

/// A descriptor that one stream of a log is written to. A slow reader holds up the task that writes, and no thread.
public struct LogTarget: Sendable {
    /// Why it takes nothing any more.
    public private(set) var problem: String?
    private let descriptor: Int32
    private let isPipe: Bool
    private var skipping: Int64

    /// - Parameters:
    ///   - descriptor: stays open.
    ///   - skipping: so many bytes are there already.
    public init(_ descriptor: Int32, skipping: Int64 = 0) {
        self.descriptor = descriptor
        self.skipping = skipping
        var information = stat()
        fstat(descriptor, &information)
        isPipe = [S_IFIFO, S_IFSOCK].contains(information.st_mode & S_IFMT)
    }

    /// Ends early when the task is cancelled, or ``problem`` says why.
    ///
    /// - Returns: how many bytes were written.
    @discardableResult
    public mutating func write(_ bytes: ArraySlice<UInt8>) async -> Int64 {
        let known = Int(min(Int64(bytes.count), skipping))
        skipping -= Int64(known)
        var rest = bytes.dropFirst(known)
        var written: Int64 = 0
        while !rest.isEmpty, problem == nil {
            var state = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            guard !isPipe || poll(&state, 1, 0) > 0 else {
                do { try await Task.sleep(for: .milliseconds(5)) } catch { return written }
                continue
            }
            // A pipe that is ready takes as much as POSIX calls atomic without blocking.
            let part = isPipe ? rest.prefix(Int(PIPE_BUF)) : rest
            let count = part.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
                written += Int64(count)
            } else if errno == EAGAIN {
                do { try await Task.sleep(for: .milliseconds(5)) } catch { return written }
            } else if errno != EINTR {
                problem = String(cString: strerror(errno))
            }
        }
        return written
    }
}
