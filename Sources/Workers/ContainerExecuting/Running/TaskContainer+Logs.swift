import DockerClient
import Glibc

extension TaskContainer {
    /// Puts the container's last output into the executor's own stdout and stderr, which are files of the sandbox. What
    /// cannot be read is said there instead.
    func copyLogs(_ id: String) async {
        let since = LogTime.now.earlier(by: settings.logsSince)
        do throws(DockerError) {
            var logs = try await docker.logs(id, since: since)
            while let pieces = try await logs.next() {
                for piece in pieces {
                    Self.put(piece.bytes, on: piece.stream == .stdout ? STDOUT_FILENO : STDERR_FILENO)
                }
                if Task.isCancelled { return }
            }
        } catch {
            if !Task.isCancelled { logger.error("the container's output is not here: \(error)") }
        }
    }

    /// All of it, also when the descriptor is a pipe that takes only some at a time.
    private static func put(_ bytes: ArraySlice<UInt8>, on descriptor: Int32) {
        var rest = bytes
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                var room = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                poll(&room, 1, 1000)
            } else if errno != EINTR {
                return
            }
        }
    }
}
