import Complaints
import FoundationEssentials
import HTTPClient
import Synchronization

/// Who asks which Jira.
struct JiraAccount: Hashable, Sendable {
    /// Where Jira is; it may be below a path.
    var url: String
    var username: String
    var password: String
}

/// Requests to one Jira as one user.
///
/// Basic authentication first, which Server, Data Center and Cloud (with an API token for a password) know; where it is
/// refused, a session of `/rest/auth/1/session`, whose cookies are used until they are refused too.
final class JiraConnection: Sendable {
    private enum Login: Equatable {
        case basic
        /// The value of `Cookie`.
        case session(String)
    }

    let account: JiraAccount
    private let client: ServiceClient
    private let base: String
    private let login = Mutex(Login.basic)
    /// No login before that moment.
    private let quietUntil = Mutex<ContinuousClock.Instant?>(nil)

    /// After a refused login: a storm of failures must not make Jira lock the user out.
    static let quiet = Duration.seconds(60)

    init(_ account: JiraAccount, client: ServiceClient) {
        self.account = account
        self.client = client
        var base = String(account.url.prefix { !"?#".contains($0) })
        while base.hasSuffix("/") { base.removeLast() }
        self.base = base
    }

    /// - Parameter path: below the base URL, beginning with a slash.
    func get<Answer: Decodable>(
        _ path: String, _ query: [(String, String)] = [], as type: Answer.Type
    ) async throws(ServiceError) -> Answer {
        let query = query.map { "\($0)=\($1.percentEncoded)" }.joined(separator: "&")
        let url = base + path + (query.isEmpty ? "" : "?\(query)")
        return try decode(type, try await authorized(HTTPRequest(.get, url)), from: path)
    }

    func post<Answer: Decodable>(
        _ path: String, _ body: [UInt8], as type: Answer.Type
    ) async throws(ServiceError) -> Answer {
        try decode(type, try await authorized(postRequest(path, body)), from: path)
    }

    private struct User: Decodable {}

    /// Whether Jira knows who asks.
    func checkLogin() async throws(ServiceError) {
        _ = try await get("/rest/api/2/myself", as: User.self)
    }

    private func postRequest(_ path: String, _ body: [UInt8]) -> HTTPRequest {
        var request = HTTPRequest(
            .post, base + path,
            // Without the second one some versions take a request without a browser's headers for a forged one.
            headers: ["Content-Type": "application/json; charset=utf-8", "X-Atlassian-Token": "no-check"],
            body: .bytes(body))
        request.isSentOnce = true
        return request
    }

    private func decode<Answer: Decodable>(
        _ type: Answer.Type, _ answer: ServiceAnswer, from path: String
    ) throws(ServiceError) -> Answer {
        do {
            return try JSONDecoder().decode(type, from: Data(answer.body))
        } catch {
            throw ServiceError(reason: "Jira's answer to \(path) is not what Jira answers: see that the URL is right")
        }
    }

    // MARK: Logging in

    private func authorized(_ request: HTTPRequest) async throws(ServiceError) -> ServiceAnswer {
        if let until = quietUntil.withLock({ $0 }), until > client.instant() {
            throw .turnedAway("Jira refused the login a moment ago", for: until - client.instant())
        }
        let used = login.withLock { $0 }
        do throws(ServiceError) {
            do throws(ServiceError) {
                return try await exchange(request, used)
            } catch {
                guard error.status == 401 else { throw error }
                return try await exchange(request, try await logIn(insteadOf: used, refusal: error))
            }
        } catch {
            if error.status == 401 { quietUntil.withLock { $0 = client.instant() + Self.quiet } }
            throw error
        }
    }

    private func exchange(_ request: HTTPRequest, _ login: Login) async throws(ServiceError) -> ServiceAnswer {
        var request = request
        request.headers["Accept"] = "application/json"
        var secrets = [account.password]
        switch login {
        case .basic: request.credentials = .basic(user: account.username, password: account.password)
        case .session(let cookies):
            request.headers["Cookie"] = cookies
            secrets += cookies.split(separator: ";").compactMap { cookie in
                cookie.firstIndex(of: "=").map { String(cookie[cookie.index(after: $0)...]) }
            }
        }
        // A session that is over, and basic authentication that is switched off, may be answered as nobody's request.
        return try await client.answer(
            to: call(request, secrets: secrets) { $0["X-AUSERNAME"] == "anonymous" }, maxBytes: 32 << 20)
    }

    private func call(
        _ request: HTTPRequest, secrets: [String], isAnonymous: @escaping @Sendable (HTTPHeaders) -> Bool
    ) -> ServiceCall {
        var call = ServiceCall("Jira", request, destination: "\(base) \(account.username)", secrets: secrets)
        call.explanation = { JiraErrors($0)?.text }
        call.isAnonymous = isAnonymous
        return call
    }

    private struct Credentials: Encodable {
        var username: String
        var password: String
    }

    /// A new session; or one that somebody else got in the meantime.
    private func logIn(insteadOf used: Login, refusal: ServiceError) async throws(ServiceError) -> Login {
        let known = login.withLock { $0 }
        if known != used { return known }
        let answer: ServiceAnswer
        do throws(ServiceError) {
            guard
                let body = try? ServiceJSON.bytes(Credentials(username: account.username, password: account.password))
            else { throw refusal }
            answer = try await client.answer(
                to: call(postRequest("/rest/auth/1/session", body), secrets: [account.password]) { _ in false })
        } catch {
            switch error.status {
            // There are no sessions here, as on Cloud: what counts is that basic authentication was refused.
            case 404, 405, 410: throw refusal
            case 401, 403:
                // The next delivery tries it from the start.
                login.withLock { $0 = .basic }
                var error = error
                error.reason +=
                    "; see that jira.username and jira.password are right, and whether Jira wants this user to log in "
                    + "by a browser once (CAPTCHA)"
                throw error
            default: throw error
            }
        }
        let cookies = answer.headers.values("Set-Cookie").compactMap { $0.split(separator: ";").first.map(String.init) }
        guard !cookies.isEmpty else { throw refusal }
        let session = Login.session(cookies.joined(separator: "; "))
        login.withLock { $0 = session }
        return session
    }
}

/// What Jira says in an error: `{"errorMessages":[…],"errors":{field:text}}`.
struct JiraErrors: Decodable {
    private var errorMessages: [String]?
    private var errors: [String: String]?

    init?(_ body: [UInt8]) {
        guard let errors = try? JSONDecoder().decode(Self.self, from: Data(body)) else { return nil }
        self = errors
    }

    /// nil when it says nothing.
    var text: String? {
        let parts = (errorMessages ?? []) + (errors ?? [:]).sorted { $0.key < $1.key }.map { "\($0): \($1)" }
        return parts.isEmpty ? nil : parts.joined(separator: "; ")
    }
}
