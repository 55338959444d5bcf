/// Why an exchange failed: `GET http://10.0.0.1:5050/state: connection refused`.
public struct HTTPError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Kind: Sendable, Equatable {
        /// The URL, of the request or of a redirect, cannot be used; with the reason.
        case invalidURL(String)
        /// A method, header or option that must not be sent; with the reason.
        case invalidRequest(String)
        case couldNotResolve(host: String)
        case connectionRefused
        /// Any other reason why there is no connection: no route, no such socket.
        case couldNotConnect(String)
        case connectTimeout(Duration)
        /// The request's total time is over.
        case timeout(Duration)
        /// No byte moved for so long.
        case idle(Duration)
        /// The peer closed or reset the connection in the middle, after so many bytes of body.
        case connectionClosed(receivedBytes: Int64)
        /// The peer does not speak HTTP, or headers of more than 256 KiB; with the reason.
        case invalidResponse(String)
        case tls(String)
        case tooManyRedirects(limit: Int)
        /// The body is, or says it is, larger than so many bytes.
        case bodyTooLarge(limit: Int)
        /// The body to send failed: its producer threw, or it cannot be sent again; with the reason.
        case upload(String)
        /// By the task, by `HTTPStream.cancel` or by `HTTPClient.shutdown`.
        case cancelled
        case proxy(String)
        /// `HTTPResponse.requireSuccess`: the status, and the beginning of the body.
        case unsuccessful(status: Int, text: String)
        /// Whatever else libcurl reports.
        case other(code: Int, text: String)
    }

    public let method: HTTPMethod
    /// Without user info, and with the values of secret query parameters replaced. After redirects it is the URL that
    /// failed.
    public let url: String
    public let kind: Kind

    public init(method: HTTPMethod, url: String, kind: Kind) {
        self.method = method
        self.url = url
        self.kind = kind
    }

    public var description: String { "\(method) \(url): \(kind)" }
}

extension HTTPError.Kind: Error, CustomStringConvertible {
    public var description: String {
        switch self {
        case .invalidURL(let reason): "invalid URL: \(reason)"
        case .invalidRequest(let reason): "invalid request: \(reason)"
        case .couldNotResolve(let host): "could not resolve host \(host)"
        case .connectionRefused: "connection refused"
        case .couldNotConnect(let reason): "could not connect: \(reason)"
        case .connectTimeout(let limit): "no connection within \(limit)"
        case .timeout(let limit): "not finished within \(limit)"
        case .idle(let limit): "nothing sent or received for \(limit)"
        case .connectionClosed(0): "connection closed before any of the body"
        case .connectionClosed(let bytes): "connection closed in the middle, after \(bytes) bytes"
        case .invalidResponse(let reason): "invalid response: \(reason)"
        case .tls(let reason): "TLS: \(reason)"
        case .tooManyRedirects(let limit): "more than \(limit) redirects"
        case .bodyTooLarge(let limit): "response larger than \(limit) bytes"
        case .upload(let reason): "upload failed: \(reason)"
        case .cancelled: "cancelled"
        case .proxy(let reason): "proxy: \(reason)"
        case .unsuccessful(let status, ""): "status \(status)"
        case .unsuccessful(let status, let text): "status \(status): \(text)"
        case .other(let code, let text): "\(text) (curl error \(code))"
        }
    }
}
