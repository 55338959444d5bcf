/// One request on the wire: the first one as the caller wants it, each further one as a redirect wants it.
struct Hop: Sendable {
    private(set) var method: HTTPMethod
    private(set) var url: HTTPURL
    private(set) var headers: HTTPHeaders
    private(set) var credentials: HTTPCredentials
    private(set) var hasBody: Bool
    private var followed = 0
    private let redirects: HTTPRequest.Redirects

    /// Checks all that must not reach the wire.
    init(_ request: HTTPRequest) throws(HTTPError) {
        func fail(_ kind: HTTPError.Kind) -> HTTPError {
            HTTPError(
                method: request.method.isValid ? request.method : HTTPMethod("?"),
                url: HTTPURL.display(of: request.url, hidingPath: request.hidesPath), kind: kind)
        }
        guard request.method.isValid else {
            throw fail(.invalidRequest("\"\(printable(request.method.rawValue, limit: 30))\" is not a method"))
        }
        let userInfo: HTTPURL.UserInfo?
        do {
            (url, userInfo) = try HTTPURL.parse(request.url)
        } catch {
            throw fail(.invalidURL(error.reason))
        }
        do {
            headers = try Self.checked(request.headers, body: request.body)
        } catch {
            throw fail(error)
        }
        method = request.method
        if let userInfo, request.credentials == .none {
            credentials = .basic(user: userInfo.user, password: userInfo.password)
        } else {
            credentials = request.credentials
        }
        if let reason = Self.complaint(about: credentials) { throw fail(.invalidRequest(reason)) }
        if case .none = request.body { hasBody = false } else { hasBody = true }
        redirects = request.redirects
    }

    /// Where a response sends the request; nil when it is to be handed out as it is.
    func next(after head: ResponseHead) throws(HTTPError.Kind) -> Hop? {
        guard case .follow(let limit) = redirects, [301, 302, 303, 307, 308].contains(head.status),
            let location = head.headers["Location"]
        else { return nil }
        guard followed < limit else { throw .tooManyRedirects(limit: limit) }
        guard let target = url.resolving(location) else {
            let shown = HTTPURL.display(of: location, hidingPath: false)
            throw .invalidURL("redirected (\(head.status)) to \"\(shown)\", which is not an http URL")
        }
        var hop = self
        hop.followed += 1
        hop.url = target
        let becomesGet =
            head.status == 303 && method != .head || [301, 302].contains(head.status) && method == .post
        if becomesGet {
            hop.method = .get
            hop.hasBody = false
            hop.headers.removeAll { $0.name.lowercased().hasPrefix("content-") }
        }
        if !target.hasSameOrigin(as: url) {
            hop.credentials = .none
            hop.headers.removeAll { Self.isForOriginOnly($0.name) }
        }
        return hop
    }

    private static func isForOriginOnly(_ name: String) -> Bool {
        let name = name.lowercased()
        return name == "host"
            || ["auth", "cookie", "token", "secret", "api-key", "apikey"].contains { name.contains($0) }
    }

    /// libcurl writes headers as they are: what would start another line, or lie about the body, is refused here.
    private static func checked(_ headers: HTTPHeaders, body: HTTPBody) throws(HTTPError.Kind) -> HTTPHeaders {
        for field in headers {
            let name = printable(field.name, limit: 60)
            guard isHTTPToken(field.name) else { throw .invalidRequest("\"\(name)\" is not a header name") }
            guard field.value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else {
                throw .invalidRequest("the header \(name) contains a line break or another control character")
            }
            if field.name.equalsIgnoringASCIICase("Transfer-Encoding") {
                throw .invalidRequest("the header Transfer-Encoding is up to the client")
            }
            if field.name.equalsIgnoringASCIICase("Content-Length"), Int64(field.value) != body.length {
                throw .invalidRequest("the header Content-Length is not the body's length")
            }
        }
        var headers = headers
        headers.remove("Content-Length")
        return headers
    }

    private static func complaint(about credentials: HTTPCredentials) -> String? {
        let texts =
            switch credentials {
            case .none: [String]()
            case .basic(let user, let password): [user, password]
            case .bearer(let token): [token]
            }
        let isFine = texts.allSatisfy { $0.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F } }
        return isFine ? nil : "the credentials contain a line break or another control character"
    }
}
