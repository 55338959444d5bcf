import Complaints
import FoundationEssentials
import HTTPClient
import Synchronization

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

    init(_ service: String, _ request: HTTPRequest, destination: String, secrets: [String]) {
        self.service = service
        self.request = request
        self.destination = destination
        self.secrets = secrets
    }
}

/// Time, as a worker sees it. Tests have their own.
struct ServiceTime: Sendable {
    var now: @Sendable () -> ContinuousClock.Instant = { .now }
    /// The time of day, for headers that hold a date.
    var wallClock: @Sendable () -> Timestamp = { Timestamp(seconds: Date.now.timeIntervalSince1970) }
    var sleep: @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
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
    private let destinations: Mutex<Destinations>

    /// - Parameter interval: between two requests to the same destination.
    init(interval: Duration = .zero, timeout: Duration = ServiceClient.timeout, time: ServiceTime = ServiceTime()) {
        self.time = time
        self.timeout = timeout
        destinations = Mutex(Destinations(interval: interval))
    }

    /// The time of day.
    var now: Timestamp { time.wallClock() }

    /// Sends a request and is content with any 2xx. What comes after the head of such an answer does not matter: the
    /// service has taken the report.
    func send(_ call: ServiceCall) async throws(ServiceError) {
        try await waitForTurn(call)
        do throws(ServiceError) {
            try await exchange(call)
            record(.answered, call)
        } catch {
            if Task.isCancelled {
                record(.abandoned, call)
            } else if error.isPermanent {
                record(.answered, call)
            } else {
                record(.failed(pause: error.retryAfter.map { .seconds($0) }), call)
            }
            throw error
        }
    }

    private func waitForTurn(_ call: ServiceCall) async throws(ServiceError) {
        switch destinations.withLock({ $0.admit(call.destination, at: time.now()) }) {
        case .after(.zero): return
        case .after(let wait):
            do {
                try await time.sleep(wait)
            } catch {
                record(.abandoned, call)
                throw ServiceError(reason: "stopped while waiting for a turn at \(call.service)")
            }
        case .busy(let wait):
            throw ServiceError(reason: "\(call.service) wants a pause between messages", retryAfter: wait)
        case .broken(let wait):
            throw ServiceError(reason: "\(call.service) failed several times in a row, waiting", retryAfter: wait)
        }
    }

    private func record(_ outcome: Destinations.Outcome, _ call: ServiceCall) {
        destinations.withLock { $0.record(outcome, for: call.destination, at: time.now()) }
    }

    private func exchange(_ call: ServiceCall) async throws(ServiceError) {
        var request = call.request
        request.timeout = timeout
        request.connectTimeout = min(request.connectTimeout, timeout)
        request.redirects = .none
        let stream: HTTPStream
        do throws(HTTPError) {
            stream = try await http.open(request)
        } catch {
            throw ServiceError(error, of: call)
        }
        // Read, so that the connection can be used again.
        let body = await stream.prefix(maxBytes: Self.maxBodyBytes)
        guard !(200...299).contains(stream.status) else { return }
        let said = call.reasonHeader.flatMap { stream.headers[$0] } ?? String(decoding: body, as: UTF8.self)
        throw ServiceError(stream.status, of: call, headers: stream.headers, text: said, now: now)
    }
}
