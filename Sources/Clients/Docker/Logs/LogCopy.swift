import Glibc

/// What a copy of a container's log came to.
public struct LogCopy: Sendable, Equatable {
    public internal(set) var stdoutBytes: Int64 = 0
    public internal(set) var stderrBytes: Int64 = 0
    /// A target that could not be written to, and why; the other one got its part all the same.
    public internal(set) var problems: [String] = []
}

extension DockerClient {
    /// Copies what a container wrote from `since` on, its output to one descriptor and its errors to another, in the
    /// order in which it wrote them. Holds one chunk at a time. When dockerd goes away in the middle, the copy goes on
    /// where it was once dockerd is back; a terminal's output, which has no times, then ends there.
    ///
    /// - Parameters:
    ///   - stdout: stays open; may block.
    ///   - patience: how long dockerd may be away.
    /// - Throws: what ended the log early; what had come by then is written.
    public func copyLog(
        of id: String, since: LogTime?, stdout: Int32, stderr: Int32, patience: Duration = .seconds(60)
    ) async throws(DockerError) -> LogCopy {
        var copier = LogCopier(stdout: stdout, stderr: stderr)
        var end = ContinuousClock.now + patience
        while true {
            let before = copier.copy
            do throws(DockerError) {
                try await copier.run(self, id, since: since)
                return copier.copy
            } catch {
                // Something that was not there before: dockerd is back.
                if copier.copy != before { end = .now + patience }
                guard error.isDockerAway, copier.canContinue, .now < end, !Task.isCancelled else { throw error }
                copier.cursor.reconnect()
                try? await Task.sleep(for: .milliseconds(250))
            }
        }
    }
}

/// The copy as far as it has come.
private struct LogCopier {
    var copy = LogCopy()
    var cursor = LogCursor()
    /// False once something was copied that has no times.
    var canContinue = true
    private var stdout: LogTarget
    private var stderr: LogTarget

    init(stdout: Int32, stderr: Int32) {
        self.stdout = LogTarget(stdout)
        self.stderr = LogTarget(stderr)
    }

    /// Until the log ends, or the connection.
    mutating func run(_ client: DockerClient, _ id: String, since: LogTime?) async throws(DockerError) {
        let hasTimes = try await !client.inspect(id).hasTerminal
        var log = try await client.logs(id, since: cursor.since ?? since, timestamps: hasTimes)
        while let pieces = try await log.next() {
            canContinue = hasTimes
            for piece in pieces { await take(piece, hasTimes: hasTimes) }
        }
    }

    private mutating func take(_ piece: LogPiece, hasTimes: Bool) async {
        guard let piece = hasTimes ? cursor.take(piece) : piece else { return }
        switch piece.stream {
        case .stdout: await stdout.write(piece.bytes, of: .stdout, &copy)
        case .stderr: await stderr.write(piece.bytes, of: .stderr, &copy)
        }
    }
}

/// A descriptor that a log is written to.
private struct LogTarget {
    private let descriptor: Int32
    /// A pipe's reader may be slow; then the task waits, not the thread that other tasks need.
    private let isPipe: Bool
    private var isBroken = false

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
        var information = stat()
        fstat(descriptor, &information)
        isPipe = [S_IFIFO, S_IFSOCK].contains(information.st_mode & S_IFMT)
    }

    mutating func write(_ bytes: ArraySlice<UInt8>, of stream: LogStream, _ copy: inout LogCopy) async {
        var rest = bytes
        while !rest.isEmpty, !isBroken {
            var state = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            guard !isPipe || poll(&state, 1, 0) > 0 else {
                do { try await Task.sleep(for: .milliseconds(5)) } catch { return }
                continue
            }
            // A pipe that is ready takes as much as POSIX calls atomic without blocking.
            let part = isPipe ? rest.prefix(Int(PIPE_BUF)) : rest
            let count = part.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
                if stream == .stdout { copy.stdoutBytes += Int64(count) } else { copy.stderrBytes += Int64(count) }
            } else if errno == EAGAIN {
                do { try await Task.sleep(for: .milliseconds(5)) } catch { return }
            } else if errno != EINTR {
                isBroken = true
                copy.problems.append("the container's \(stream) cannot be copied: \(String(cString: strerror(errno)))")
            }
        }
    }
}
