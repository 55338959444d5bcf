import Complaints
import HTTPClient
import Supervision

/// One request to a service, with what is needed to speak about it.
struct ServiceCall: Sendable {
    /// The service's name for people: "Slack".
    var service: String
    var request: HTTPRequest
    /// What requests are paced and given up together by; never shown.
    var destination: String
    /// What must not be in any text; URLs count with their parts.
    var secrets: [String]
    /// The pause that an answer asks for in a header of the service's own, in seconds.
    var rateLimit: @Sendable (HTTPHeaders, Timestamp) -> Double? = { _, _ in nil }
    /// A header of an error that says more than its body.
    var reasonHeader: String?
    /// What the body of an error says, for services that put it into a document; nil for a body that is none.
    var explanation: @Sendable ([UInt8]) -> String? = { _ in nil }
    /// Whether an answer, whatever its status, was given to nobody in particular: it counts as a 401 then.
    var isAnonymous: @Sendable (HTTPHeaders) -> Bool = { _ in false }

    init(_ service: String, _ request: HTTPRequest, destination: String, secrets: [String]) {
        self.service = service
        self.request = request
        self.destination = destination
        self.secrets = secrets
    }
}

/// What a service answered, with a status of 2xx.
struct ServiceAnswer: Sendable {
    var headers: HTTPHeaders
    /// All of it, or its beginning where the request only reported something.
    var body: [UInt8]
}

/// Time, as a worker sees it. Tests have their own.
struct ServiceTime: Sendable {
    var now: @Sendable () -> ContinuousClock.Instant = { WorkerClock.current.instant }
    /// The time of day, for headers that hold a date.
    var wallClock: @Sendable () -> Timestamp = { Timestamp(nanoseconds: WorkerClock.current.nanoseconds) }
    var sleep: @Sendable (Duration) async throws -> Void = { try await WorkerClock.current.sleep(for: $0) }
}

/// The way of a reporter to its service: one connection pool for the worker, requests that end within 10 s, no
/// redirects, paced, and turned away at once while the service does not work.
final class ServiceClient: Sendable {
    static let timeout = Duration.seconds(10)
    /// Of a body, more is not looked at.
    private static let maxBodyBytes = 16 << 10

    private let http = HTTPClient(.init(userAgent: "complainer/\(Version.number)", maxConnectionsPerHost: 8))
    private let time: ServiceTime
    private let timeout: Duration
    private let gate: ServiceGate

    /// - Parameter interval: between two requests to the same destination.
    init(interval: Duration = .zero, timeout: Duration = ServiceClient.timeout, time: ServiceTime = ServiceTime()) {
        self.time = time
        self.timeout = timeout
        gate = ServiceGate(interval: interval, time: time)
    }

    /// The time of day.
    var now: Timestamp { time.wallClock() }

    /// Waits, by the worker's clock.
    func sleep(for duration: Duration) async throws { try await time.sleep(duration) }

    /// Now, by the worker's clock.
    func instant() -> ContinuousClock.Instant { time.now() }

    /// Sends a request and is content with any 2xx. What comes after the head of such an answer does not matter: the
    /// service has taken the report.
    func send(_ call: ServiceCall) async throws(ServiceError) {
        _ = try await exchange(call, maxBytes: nil)
    }

    /// Sends a request and reads the whole answer, which must be a 2xx of at most so many bytes.
    func answer(to call: ServiceCall, maxBytes: Int = 4 << 20) async throws(ServiceError) -> ServiceAnswer {
        try await exchange(call, maxBytes: maxBytes)
    }

    private func exchange(_ call: ServiceCall, maxBytes: Int?) async throws(ServiceError) -> ServiceAnswer {
        try await gate.pass(to: call.destination, of: call.service) { () async throws(ServiceError) in
            try await attempt(call, maxBytes: maxBytes)
        }
    }

    private func attempt(_ call: ServiceCall, maxBytes: Int?) async throws(ServiceError) -> ServiceAnswer {
        var request = call.request
        request.timeout = timeout
        request.connectTimeout = min(request.connectTimeout, timeout)
        request.redirects = .none
        let stream: HTTPStream
        do throws(HTTPError) {
            stream = try await http.open(request)
            if (200...299).contains(call.status(of: stream)), let maxBytes {
                return ServiceAnswer(headers: stream.headers, body: try await stream.read(maxBytes: maxBytes))
            }
        } catch {
            throw ServiceError(error, of: call)
        }
        // Read, so that the connection can be used again.
        let body = await stream.prefix(maxBytes: Self.maxBodyBytes)
        let status = call.status(of: stream)
        guard !(200...299).contains(status) else { return ServiceAnswer(headers: stream.headers, body: body) }
        let said =
            call.reasonHeader.flatMap { stream.headers[$0] } ?? call.explanation(body)
            ?? String(decoding: body, as: UTF8.self)
        throw ServiceError(status, of: call, headers: stream.headers, text: said, now: now)
    }
}

extension ServiceCall {
    fileprivate func status(of stream: HTTPStream) -> Int { isAnonymous(stream.headers) ? 401 : stream.status }
}
