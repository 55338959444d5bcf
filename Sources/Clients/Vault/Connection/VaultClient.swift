import FoundationEssentials
import HTTPClient

/// Speaks with Vault or OpenBao: KV secrets, userpass logins, tokens, leases. Requests that failed for a passing reason
/// are sent again, within the time that one request may take in all.
public struct VaultClient: Sendable {
    /// How it waits, and how it spreads; tests have their own.
    public struct Pace: Sendable {
        /// Throws when the task is cancelled.
        var sleep: @Sendable (Duration) async throws -> Void
        /// From 0 to 1.
        var jitter: @Sendable () -> Double

        public init(
            sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) },
            jitter: @escaping @Sendable () -> Double = { Double.random(in: 0...1) }
        ) {
            self.sleep = sleep
            self.jitter = jitter
        }
    }

    public let configuration: VaultConfiguration
    /// With which requests are made; nil: without one.
    public var token: String?
    private let http: HTTPClient
    private let pace: Pace

    private static let maximumAnswer = 8 << 20
    /// Of redirects from a standby to the active server, as many as there may be while a leader is elected.
    private static let maximumRedirects = 2

    public init(_ configuration: VaultConfiguration, http: HTTPClient, pace: Pace = Pace()) {
        self.configuration = configuration
        token = configuration.token
        self.http = http
        self.pace = pace
    }

    /// The same server with another token.
    public func with(token: String?) -> VaultClient {
        var other = self
        other.token = token
        return other
    }

    func error(_ attempt: String, _ kind: VaultError.Kind, _ message: String) -> VaultError {
        VaultError(attempt, at: configuration.place, kind, message)
    }

    /// One request, with all its retries.
    ///
    /// - Parameters:
    ///   - path: below `/v1/`, not encoded.
    ///   - attempt: for errors.
    func call(
        _ method: HTTPMethod, _ path: String, _ body: [String: String]? = nil, as attempt: String
    ) async throws(VaultError) -> VaultAnswer {
        let deadline = ContinuousClock.now + configuration.timeout
        var tries = 0
        while true {
            tries += 1
            do throws(VaultError) {
                return try await once(method, path, body, as: attempt, until: deadline)
            } catch {
                guard error.isWorthRetrying, tries <= configuration.maxRetries else { throw error }
                let pause = VaultBackoff.pause(afterTries: tries, wanted: error.retryAfter, jitter: pace.jitter())
                guard .now + pause < deadline else { throw error }
                do { try await pace.sleep(pause) } catch { throw self.error(attempt, .cancelled, "cancelled") }
            }
        }
    }

    private func once(
        _ method: HTTPMethod, _ path: String, _ body: [String: String]?, as attempt: String,
        until deadline: ContinuousClock.Instant
    ) async throws(VaultError) -> VaultAnswer {
        let encoded = path.split(separator: "/").map { PercentEncoding.encode(String($0)) }.joined(separator: "/")
        var request = HTTPRequest(method, "\(configuration.address)/v1/\(encoded)")
        request.unixSocket = configuration.unixSocket
        request.tls = configuration.tls
        request.redirects = .none
        request.maxBodyBytes = Self.maximumAnswer
        request.idleTimeout = nil
        // The listener of a Vault Agent may insist on it.
        request.headers.add("X-Vault-Request", "true")
        if let token { request.headers.add("X-Vault-Token", token) }
        if let namespace = configuration.namespace { request.headers.add("X-Vault-Namespace", namespace) }
        if let body {
            guard let bytes = try? JSONEncoder().encode(body) else {
                throw error(attempt, .unexpected, "the request cannot be written")
            }
            request.headers.add("Content-Type", "application/json")
            request.body = .bytes(Array(bytes))
        }
        for _ in 0...Self.maximumRedirects {
            let left = ContinuousClock.now.duration(to: deadline)
            guard left > .zero else {
                throw error(attempt, .unreachable, "not finished within \(configuration.timeout)")
            }
            request.timeout = left
            request.connectTimeout = min(left, .seconds(10))
            let response: HTTPResponse
            do throws(HTTPError) { response = try await http.send(request) } catch { throw failure(attempt, error) }
            guard [301, 302, 307, 308].contains(response.status) else { return try read(response, attempt) }
            // A standby sends its clients to the active server, where the token counts as well.
            guard let target = response.location else {
                throw error(attempt, .unexpected, "a redirect without a target (status \(response.status))")
            }
            guard !request.url.lowercased().hasPrefix("https:") || target.lowercased().hasPrefix("https:") else {
                throw error(
                    attempt, .unexpected, "a redirect from https to http, which would show the token to everybody")
            }
            request.url = target
            request.unixSocket = nil
        }
        throw error(attempt, .unavailable(status: 307), "one redirect after the other")
    }

    private func failure(_ attempt: String, _ error: HTTPError) -> VaultError {
        switch error.kind {
        case .cancelled: self.error(attempt, .cancelled, "cancelled")
        // Nothing that a moment could mend.
        case .tls(let reason):
            self.error(
                attempt, .unexpected, "TLS: \(reason) (VAULT_CACERT or VAULT_CAPATH name the authority to trust)")
        case .invalidURL, .invalidRequest, .invalidResponse, .bodyTooLarge, .tooManyRedirects:
            self.error(attempt, .unexpected, error.kind.description)
        default: self.error(attempt, .unreachable, error.kind.description)
        }
    }

    private func read(_ response: HTTPResponse, _ attempt: String) throws(VaultError) -> VaultAnswer {
        let answer =
            response.body.isEmpty
            ? VaultAnswer() : try? JSONDecoder().decode(VaultAnswer.self, from: Data(response.body))
        if (200...299).contains(response.status) {
            guard let answer else { throw error(attempt, .unexpected, "the answer is not what Vault answers") }
            return answer
        }
        var error = error(attempt, Self.kind(response.status), Self.words(answer, response.status))
        error.retryAfter = response.headers["Retry-After"].flatMap { Int64($0) }.map { .seconds($0) }
        throw error
    }

    static func kind(_ status: Int) -> VaultError.Kind {
        switch status {
        case 404: .notFound
        case 401, 403: .forbidden
        case 501: .refused(status: status)
        case 412, 429, 472, 473, 500...599: .unavailable(status: status)
        default: .refused(status: status)
        }
    }

    private static func words(_ answer: VaultAnswer?, _ status: Int) -> String {
        if let words = answer?.words, !words.isEmpty { return words }
        // A version of a secret that was deleted, or destroyed, is a 404 with what is still known of it.
        if answer?.data?["metadata"] != nil { return "the secret's newest version was deleted" }
        return switch status {
        case 404: "there is nothing of that name"
        case 472, 473: "it is a standby"
        case 503: "it is sealed, or in maintenance"
        default: "status \(status)"
        }
    }
}
