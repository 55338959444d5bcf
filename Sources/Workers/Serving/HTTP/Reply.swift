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
