import HTTPClient

/// Why Docker did not do something: what was attempted, and what came back, in Docker's own words.
public struct DockerError: Error, Equatable, Sendable, CustomStringConvertible {
    public enum Kind: Equatable, Sendable {
        /// No answer, or one cut off: dockerd is down, restarting, or in the way of nothing but itself.
        case unreachable(String)
        /// There is no such container, image, network or volume (404).
        case notFound
        /// Something stands in the way: a container of that name, one that is being removed (409).
        case conflict
        /// It cannot be done as asked, now or later (400, 401, 403, 406, 501 and the like).
        case refused(status: Int)
        /// dockerd failed (500 and above, 429), which it also says of much that will never work.
        case failed(status: Int)
        /// An error in the middle of a stream that began well.
        case stream
        /// An answer that is not Docker's.
        case unexpected
        /// Server and client have no version of the API in common.
        case version
    }

    /// `pull image:tag`, `start container 0123456789ab`.
    public let attempt: String
    public let kind: Kind
    /// Docker's words on one line.
    public let message: String

    public init(_ attempt: String, _ kind: Kind, _ message: String) {
        self.attempt = attempt
        self.kind = kind
        self.message = message
    }

    /// Whether dockerd is away: what was attempted may or may not have happened, and inspecting tells once it is back.
    public var isDockerAway: Bool {
        if case .unreachable = kind { true } else { false }
    }

    /// Whether the same request may succeed a little later.
    public var isWorthRetrying: Bool {
        switch kind {
        case .unreachable: true
        case .notFound, .conflict, .refused, .unexpected, .version: false
        case .failed, .stream: !Self.saysNever(message)
        }
    }

    /// Words of dockerd, containerd and registries that mean: not now, and not later. dockerd gives them with status 500
    /// and, while pulling, in the stream.
    private static func saysNever(_ message: String) -> Bool {
        let message = message.lowercased()
        return [
            "manifest unknown", "name unknown", "not found", "unauthorized", "authentication required", "access denied",
            "access is denied", "access to the resource is denied", "no basic auth credentials",
            "incorrect username or password", "no matching manifest", "repository does not exist", "invalid reference",
            "no such image", "executable file not found", "port is already allocated", "unknown runtime", "denied:",
            "unsupported manifest", "does not match the detected host", "invalid argument", "permission denied",
            "is a directory", "no such device", "unknown capability", "minimum memory limit",
        ].contains { message.contains($0) }
    }

    public var description: String {
        switch kind {
        case .unreachable(let endpoint): "cannot \(attempt): Docker at \(endpoint) does not answer: \(message)"
        default: "cannot \(attempt): \(message)"
        }
    }
}
