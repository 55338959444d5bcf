import HTTPClient

extension DockerClient {
    /// Opens a container's log.
    ///
    /// - Parameters:
    ///   - since: entries from then on; nil: all.
    ///   - tail: of these only the last so many; nil: all.
    ///   - follow: also those to come, until the container ends. Nothing is read ahead of ``ContainerLogs/next()`` then.
    ///   - timestamps: each entry begins with its time (RFC 3339 with nanoseconds) and a blank.
    /// - Throws: `refused` or `failed`, with Docker's words, when the log driver cannot be read from.
    public func logs(
        _ id: String, since: LogTime? = nil, tail: Int? = nil, follow: Bool = false, timestamps: Bool = false
    ) async throws(DockerError) -> ContainerLogs {
        let attempt = "read the log of container \(Self.short(id))"
        var query = "stdout=true&stderr=true&follow=\(follow)&timestamps=\(timestamps)"
        if let since { query += "&since=\(since)" }
        if let tail { query += "&tail=\(tail)" }
        // A container that is followed may say nothing for days.
        let stream = try await open(
            attempt, .get, "\(Self.path(id))/logs?\(query)", silence: follow ? nil : Self.patience, onDemand: follow)
        let isFramed: Bool
        switch stream.headers["Content-Type"] {
        case "application/vnd.docker.multiplexed-stream": isFramed = true
        // Before version 1.42 every log was called raw.
        default: isFramed = try await !inspect(id).hasTerminal
        }
        let shape: ContainerLogs.Shape = isFramed ? .frames : timestamps ? .terminalWithTimes : .terminal
        return ContainerLogs(stream, attempt: attempt, client: self, shape: shape)
    }
}
