import HTTPClient

/// A container's log while it is read. One task reads at a time; dropping the last copy ends the transfer.
public struct ContainerLogs: Sendable {
    private let stream: HTTPStream
    private let attempt: String
    private let client: DockerClient
    /// nil: a terminal's output, without frames.
    private var frames: LogDemultiplexer?
    /// nil: nobody knows where entries begin.
    private var entries: TerminalLog?

    /// What Docker sends.
    enum Shape {
        case frames
        /// The output as it is: of a container with a terminal.
        case terminal
        /// The same with a time before each entry.
        case terminalWithTimes
    }

    init(_ stream: HTTPStream, attempt: String, client: DockerClient, shape: Shape) {
        self.stream = stream
        self.attempt = attempt
        self.client = client
        frames = shape == .frames ? LogDemultiplexer() : nil
        entries = shape == .terminalWithTimes ? TerminalLog() : nil
    }

    /// What arrived since the last call, in the order in which the container wrote it; waits when that is nothing, and
    /// is nil at the end: of the log, or of the container when it is followed.
    ///
    /// - Throws: `unreachable` when dockerd goes away in the middle, `stream` when it gives up on the log.
    public mutating func next() async throws(DockerError) -> [LogPiece]? {
        while true {
            guard let chunk = try await client.next(of: stream, attempt) else {
                if let frames, !frames.isBetweenFrames {
                    throw DockerError(
                        attempt, .unreachable(client.endpoint.description), "the log ended in the middle of an entry")
                }
                return nil
            }
            if entries != nil {
                if let pieces = entries?.feed(chunk), !pieces.isEmpty { return pieces }
                continue
            }
            guard frames != nil else { return [LogPiece(stream: .stdout, bytes: chunk[...], beginsEntry: false)] }
            let pieces: [LogPiece]?
            do {
                pieces = try frames?.feed(chunk)
            } catch {
                throw failure(error)
            }
            if let pieces, !pieces.isEmpty { return pieces }
        }
    }

    private func failure(_ error: LogDemultiplexer.Failure) -> DockerError {
        switch error {
        case .docker(let text): DockerError(attempt, .stream, text)
        case .notAFrame(let byte):
            DockerError(attempt, .unexpected, "byte \(byte) where a frame of the log should begin")
        case .tooLong(let length): DockerError(attempt, .unexpected, "a frame of \(length) bytes in the log")
        }
    }
}
