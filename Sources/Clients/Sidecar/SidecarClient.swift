import HTTPClient

/// What the executor asks of Sidecar on its host: how a container is, and to send it no more traffic.
public struct SidecarClient: Sendable {
    /// How often and how long to try.
    public struct Patience: Sendable, Equatable {
        /// Of one request.
        public var timeout: Duration
        /// After the first try.
        public var retries: Int
        /// Between two tries.
        public var pause: Duration

        public init(timeout: Duration = .seconds(2), retries: Int = 5, pause: Duration = .seconds(3)) {
            self.timeout = timeout
            self.retries = retries
            self.pause = pause
        }
    }

    private let url: String
    private let patience: Patience
    private let http: HTTPClient
    private let sleep: @Sendable (Duration) async throws -> Void

    /// - Parameters:
    ///   - url: of the state, `http://localhost:7777/state.json`. The draining is on the same host.
    ///   - sleep: throws when the task is cancelled.
    public init(
        url: String, patience: Patience, http: HTTPClient,
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) {
        self.url = url
        self.patience = patience
        self.http = http
        self.sleep = sleep
    }

    /// How Sidecar sees the service.
    ///
    /// - Parameters:
    ///   - host: as Sidecar names this one: `TASK_HOST`.
    ///   - container: its id, of which Sidecar knows the first 12 digits.
    /// - Throws: ``SidecarError`` when nobody knows, the last try's reason.
    public func status(host: String, container: String) async throws(SidecarError) -> ServiceStatus {
        let id = Self.short(container)
        return try await retrying { () throws(SidecarError) in
            let stream = try await open(.get, url)
            guard stream.status == 200 else { throw failure(.get, url, "status \(stream.status)") }
            var state = SidecarState(of: id, on: host, from: url)
            while let chunk = try await next(of: stream) { try state.feed(chunk) }
            return try state.status()
        }
    }

    /// Asks for the container to be drained, until Sidecar accepts (202).
    public func drain(container: String) async throws(SidecarError) {
        let target = "\(origin)/api/services/\(Self.short(container))/drain"
        try await retrying { () throws(SidecarError) in
            let stream = try await open(.post, target)
            guard stream.status == 202 else { throw failure(.post, target, "status \(stream.status)") }
        }
    }

    /// Scheme, host and port of the state's URL.
    var origin: String {
        guard let scheme = url.firstRange(of: "://") else { return url }
        let rest = url[scheme.upperBound...]
        return String(url[..<(rest.firstIndex { "/?#".contains($0) } ?? url.endIndex)])
    }

    static func short(_ container: String) -> String { String(container.prefix(12)) }

    private func retrying<Value: Sendable>(
        _ work: () async throws(SidecarError) -> Value
    ) async throws(SidecarError) -> Value {
        var left = max(0, patience.retries)
        while true {
            do throws(SidecarError) {
                return try await work()
            } catch {
                guard left > 0, error.isWorthRetrying else { throw error }
                left -= 1
                do { try await sleep(patience.pause) } catch { throw SidecarError(url, .cancelled, "cancelled") }
            }
        }
    }

    private func open(_ method: HTTPMethod, _ target: String) async throws(SidecarError) -> HTTPStream {
        var request = HTTPRequest(method, target)
        request.connectTimeout = patience.timeout
        request.timeout = patience.timeout
        do { return try await http.open(request) } catch { throw failure(target, error) }
    }

    private func next(of stream: HTTPStream) async throws(SidecarError) -> [UInt8]? {
        do { return try await stream.next() } catch { throw failure(url, error) }
    }

    private func failure(_ target: String, _ error: HTTPError) -> SidecarError {
        SidecarError(target, error.kind == .cancelled ? .cancelled : .unreachable, error.description)
    }

    private func failure(_ method: HTTPMethod, _ target: String, _ reason: String) -> SidecarError {
        SidecarError(target, .unreachable, "\(method) \(target): \(reason)")
    }
}

/// Why Sidecar does not tell.
public struct SidecarError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Kind: Sendable, Equatable {
        /// No answer, or a refusal.
        case unreachable
        /// Its answer is not Sidecar's.
        case unparsable
        /// It does not know the host, or the service there.
        case missing
        /// Nobody wants to know any more.
        case cancelled
    }
    public let url: String
    public let kind: Kind
    public let description: String

    init(_ url: String, _ kind: Kind, _ description: String) {
        self.url = url
        self.kind = kind
        self.description = description
    }

    /// What it does not know it does not know a moment later either; the next check is soon enough.
    var isWorthRetrying: Bool { kind == .unreachable || kind == .unparsable }
}
