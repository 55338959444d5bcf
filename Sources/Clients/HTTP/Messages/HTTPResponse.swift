/// A response with its whole body. Any status is a response, not an error: see `requireSuccess`.
public struct HTTPResponse: Sendable {
    public var status: Int
    /// Those of the final response only, not of redirects or interim responses, and no trailers.
    public var headers: HTTPHeaders
    public var body: [UInt8]
    /// Where the response came from after all redirects, without user info and fragment.
    public var finalURL: String
    /// The method of the request that was answered, after all redirects.
    public var method: HTTPMethod

    public init(
        status: Int, headers: HTTPHeaders = HTTPHeaders(), body: [UInt8] = [], finalURL: String = "",
        method: HTTPMethod = .get
    ) {
        self.status = status
        self.headers = headers
        self.body = body
        self.finalURL = finalURL
        self.method = method
        hidesPath = false
    }

    /// Set for requests that do: errors made from this response keep the promise.
    var hidesPath: Bool

    /// Throws `HTTPError.Kind.unsuccessful`, with the status and the beginning of the body, unless the status is 2xx.
    @discardableResult
    public func requireSuccess() throws(HTTPError) -> HTTPResponse {
        guard (200...299).contains(status) else {
            throw HTTPError(
                method: method, url: HTTPURL.display(of: finalURL, hidingPath: hidesPath),
                kind: .unsuccessful(status: status, text: excerpt(of: body)))
        }
        return self
    }

    /// The absolute URL of a `Location` header, resolved against `finalURL`; nil when there is none or it is not http.
    public var location: String? {
        guard let location = headers["Location"] else { return nil }
        return HTTPURL.parsed(finalURL)?.resolving(location)?.text
    }
}

/// The first 300 characters of a body on one line, for an error: runs of spaces and line breaks become one space.
func excerpt(of body: [UInt8]) -> String {
    let text = printable(String(decoding: body.prefix(excerptBytes), as: UTF8.self), limit: excerptBytes)
    let words = text.split(separator: " ").joined(separator: " ")
    return String(String.UnicodeScalarView(words.unicodeScalars.prefix(300)))
}

/// Enough for any excerpt of a body that is not mostly spaces.
let excerptBytes = 4096

/// The first `limit` characters, with line breaks and other control and formatting characters as spaces, so that text
/// of a stranger cannot forge log lines or move a terminal's cursor.
package func printable(_ text: String, limit: Int) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars.prefix(limit) {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: result.append(" ")
        default: result.append(scalar)
        }
    }
    return String(result)
}
