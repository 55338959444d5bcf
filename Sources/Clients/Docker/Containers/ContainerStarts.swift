import FoundationEssentials
import HTTPClient

/// Tells when containers start. One task waits at a time; dropping the last copy ends the transfer.
public struct ContainerStarts: Sendable {
    private let stream: HTTPStream
    private let client: DockerClient
    fileprivate static let attempt = "wait for Docker's events"

    fileprivate init(_ stream: HTTPStream, client: DockerClient) {
        self.stream = stream
        self.client = client
    }

    /// Waits until at least one has started; false when dockerd tells no more.
    public func next() async throws(DockerError) -> Bool {
        try await client.next(of: stream, Self.attempt) != nil
    }
}

extension DockerClient {
    /// `GET /events`: starts of containers with all these labels, `key` or `key=value` each, from a second ago on.
    public func starts(labels: [String]) async throws(DockerError) -> ContainerStarts {
        let filters = ["type": ["container"], "event": ["start"], "label": labels]
        let text = (try? JSONEncoder().encode(filters)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
        // dockerd may answer before it listens to itself; of what was a moment ago it tells all the same.
        let path = "/events?since=\(LogTime.now.earlier(by: .seconds(1)))&filters=\(Self.escape(text))"
        return ContainerStarts(try await open(ContainerStarts.attempt, .get, path, silence: nil), client: self)
    }
}
