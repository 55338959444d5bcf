import FoundationEssentials
import HTTPTypes
import NIOCore

/// What a page answers.
struct Reply: Sendable {
    var status: HTTPResponse.Status
    var contentType: String
    var body: ByteBuffer
    var headers = HTTPFields()

    static func text(_ text: String, status: HTTPResponse.Status = .ok) -> Reply {
        Reply(status: status, contentType: "text/plain; charset=utf-8", body: ByteBuffer(string: text))
    }

    /// For people.
    static func page(_ page: HTML, status: HTTPResponse.Status = .ok) -> Reply {
        var reply = Reply(
            status: status, contentType: "text/html; charset=utf-8", body: ByteBuffer(string: page.source))
        // Names and logs on it are strangers' words, and links to logs may be signed.
        reply.headers[.contentSecurityPolicy] =
            "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        if let name = HTTPField.Name("Referrer-Policy") { reply.headers[name] = "no-referrer" }
        return reply
    }

    /// - Parameter document: valid JSON.
    static func json(_ document: String, status: HTTPResponse.Status = .ok) -> Reply {
        Reply(status: status, contentType: "application/json", body: ByteBuffer(string: document + "\n"))
    }

    /// `{"error":"…"}`
    static func failure(_ reason: String, status: HTTPResponse.Status) -> Reply {
        let document = (try? JSONEncoder().encode(["error": reason])).map { String(decoding: $0, as: UTF8.self) }
        return json(document ?? "{}", status: status)
    }
}
