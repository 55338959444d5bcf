/// What a copy of a container's log came to.
public struct LogCopy: Sendable, Equatable {
    public internal(set) var stdoutBytes: Int64 = 0
    public internal(set) var stderrBytes: Int64 = 0
    /// A target that could not be written to, and why; the other one got its part all the same.
    public internal(set) var problems: [String] = []
}

extension DockerClient {
    /// Copies what a container wrote from `mark` on, its output to one descriptor and its errors to another, in the
    /// order in which it wrote them. Holds one chunk at a time. When dockerd goes away in the middle, the copy goes on
    /// where it was once dockerd is back; a terminal's output, which has no times, then ends there.
    ///
    /// - Parameters:
    ///   - stdout: stays open; may block.
    ///   - patience: how long dockerd may be away.
    /// - Throws: what ended the log early; what had come by then is written.
    public func copyLog(
        of id: String, from mark: LogMark, stdout: Int32, stderr: Int32, patience: Duration = .seconds(60)
    ) async throws(DockerError) -> LogCopy {
        var output = LogTarget(stdout, skipping: mark.stdout.copied)
        var errors = LogTarget(stderr, skipping: mark.stderr.copied)
        var copy = LogCopy()
        try await eachPiece(of: id, since: mark.since, patience: patience) { piece in
            switch piece.stream {
            case .stdout: copy.stdoutBytes += await output.write(piece.bytes)
            case .stderr: copy.stderrBytes += await errors.write(piece.bytes)
            }
            return true
        }
        for (stream, target) in [(LogStream.stdout, output), (.stderr, errors)] {
            if let problem = target.problem {
                copy.problems.append("the container's \(stream) cannot be copied: \(problem)")
            }
        }
        return copy
    }

    /// Finds out how far a copy came that another process began at `mark` and did not end.
    ///
    /// Whole lines that others wrote into a target do no harm. What cannot be recognised will be there twice.
    ///
    /// - Returns: the mark from which to go on.
    /// - Throws: what ended the log early.
    public func mark(
        ofCopy id: String, begunAt mark: LogMark, stdout: Int32, stderr: Int32, patience: Duration = .seconds(60)
    ) async throws(DockerError) -> LogMark {
        var output = LogComparison(mark.stdout, descriptor: stdout)
        var errors = LogComparison(mark.stderr, descriptor: stderr)
        defer {
            output.close()
            errors.close()
        }
        try await eachPiece(of: id, since: mark.since, patience: patience) { piece in
            switch piece.stream {
            case .stdout: output.take(piece.bytes)
            case .stderr: errors.take(piece.bytes)
            }
            return !output.isOver || !errors.isOver
        }
        output.finish()
        errors.finish()
        var result = mark
        result.stdout = output.target
        result.stderr = errors.target
        return result
    }

    /// Reads a log to its end, each byte once, whatever dockerd does meanwhile.
    ///
    /// - Parameter take: gets the pieces; false when it has had enough.
    private func eachPiece(
        of id: String, since: LogTime?, patience: Duration, _ take: (LogPiece) async -> Bool
    ) async throws(DockerError) {
        var cursor = LogCursor()
        var end = ContinuousClock.now + patience
        var canContinue = true
        while true {
            do throws(DockerError) {
                let hasTimes = try await !inspect(id).hasTerminal
                var log = try await logs(id, since: cursor.since ?? since, timestamps: hasTimes)
                while let pieces = try await log.next() {
                    canContinue = hasTimes
                    for piece in pieces {
                        guard let piece = hasTimes ? cursor.take(piece) : piece else { continue }
                        guard await take(piece) else { return }
                        // Something that was not there before: dockerd is back.
                        end = .now + patience
                    }
                }
                return
            } catch {
                guard error.isDockerAway, canContinue, .now < end, !Task.isCancelled else { throw error }
                cursor.reconnect()
                try? await Task.sleep(for: .milliseconds(250))
            }
        }
    }
}
