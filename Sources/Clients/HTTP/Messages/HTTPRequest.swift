/// One request. Everything but the URL has a default that suits a short exchange with a server nearby.
public struct HTTPRequest: Sendable {
    /// What to do with a 301, 302, 303, 307 or 308 that has a `Location`.
    public enum Redirects: Sendable, Equatable {
        /// The redirect is the response.
        case none
        /// Follows up to so many, then fails with `tooManyRedirects`. 307 and 308 keep method and body, 303 becomes a
        /// GET, 301 and 302 turn a POST into a GET. Another host, port or scheme gets neither the credentials nor any
        /// header that looks like one (names with "auth", "cookie", "token", "secret" or "api-key").
        case follow(max: Int)
    }

    public var method: HTTPMethod

    /// `http://` or `https://`, with host. User info in it (`http://user:password@host/`) is taken as basic credentials
    /// unless `credentials` are set, and appears in no error.
    public var url: String

    /// Sent in this order after `Host`, `User-Agent` and `Accept`, of which each may be replaced here. Values with line
    /// breaks or NUL are refused (`invalidHeader`).
    public var headers: HTTPHeaders
    public var body: HTTPBody

    /// For name resolution, TCP and TLS together, for each redirect anew.
    public var connectTimeout: Duration = .seconds(10)
    /// From the call to the last byte of the body, redirects included; nil: as long as it takes.
    public var timeout: Duration?
    /// How long no byte may move in either direction, exact to about a second; nil for endless streams. It starts with
    /// the connection and stands still while the transfer waits for this side: a reader that does not read, an upload
    /// whose producer has nothing.
    public var idleTimeout: Duration? = .seconds(30)

    public var redirects: Redirects = .follow(max: 5)
    public var credentials: HTTPCredentials = .none
    /// Path of a unix socket to connect to instead of the URL's host; no proxy is used then.
    public var unixSocket: String?
    /// Instead of the client's own.
    public var tls: TLSOptions?

    /// The largest body `HTTPClient.send` takes, after decompression. Does not concern `open`. Default 16 MiB.
    public var maxBodyBytes = 16 << 20
    /// Offers gzip and deflate and decompresses what comes.
    public var acceptEncoding = false
    /// TCP keep-alive probes after 30 s of silence. Always on when `idleTimeout` is nil.
    public var tcpKeepAlive = false
    /// The URL's path and query are a secret themselves (a webhook's): errors show only scheme and host.
    public var hidesPath = false

    /// Does not concern `send`. Nothing is read from the connection before `HTTPStream.next` asks, and then all that is
    /// there: for an endless stream of small pieces, whose reader can take its time so that each reading is worth it.
    public var readsOnDemand = false

    /// What it does must not be done twice: it goes over a connection of its own. On one that was kept and that the
    /// server closes without an answer, the request would be sent again.
    public var isSentOnce = false

    public init(
        _ method: HTTPMethod = .get, _ url: String, headers: HTTPHeaders = HTTPHeaders(), body: HTTPBody = .none
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
    }
}

extension HTTPRequest: CustomStringConvertible {
    /// Method and URL without secrets, as in an error.
    public var description: String {
        "\(method) \(HTTPURL.display(of: url, hidingPath: hidesPath))"
    }
}
