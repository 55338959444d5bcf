import Foundation

/// What a `FakeMaster` does with one request: bytes, and how they end.
struct FakeAnswer: Sendable {
    enum Ending: Sendable {
        /// The connection stays open for the next request.
        case keepOpen
        case close
        /// Closed with RST, so that the other side's read fails.
        case reset
        /// Nothing more comes, and the connection stays open.
        case stall
        /// These bytes again and again, until the other side has had enough.
        case endless(Data)
        /// What is appended to the feed, each piece as soon as it is there.
        case follow(FakeFeed)
    }

    var bytes: Data
    var ending: Ending

    /// A complete, correct answer.
    static func response(
        _ status: Int, _ body: Data, type: String = "application/json", headers: [String] = []
    ) -> FakeAnswer {
        let lines = ["HTTP/1.1 \(status) Fake", "Content-Type: \(type)", "Content-Length: \(body.count)"] + headers
        return FakeAnswer(bytes: Data((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body, ending: .keepOpen)
    }

    static func json(_ text: String) -> FakeAnswer { response(200, Data(text.utf8)) }
    static func json(_ data: Data) -> FakeAnswer { response(200, data) }
    static func status(_ status: Int, _ text: String = "") -> FakeAnswer {
        response(status, Data(text.utf8), type: "text/plain")
    }

    /// As a master that is not the leader.
    static func redirect(to location: String) -> FakeAnswer {
        response(307, Data(), headers: ["Location: \(location)"])
    }

    /// 512 random bytes in place of HTTP.
    static var garbage: FakeAnswer {
        FakeAnswer(bytes: Data((0..<512).map { _ in UInt8.random(in: 0...255) }), ending: .close)
    }

    /// Announces `data`, sends the first half of it, and closes.
    static func half(of data: Data) -> FakeAnswer {
        var answer = response(200, data)
        answer.bytes.removeLast(data.count - data.count / 2)
        answer.ending = .close
        return answer
    }

    /// Takes the request and never says a word.
    static let nothing = FakeAnswer(bytes: Data(), ending: .stall)

    /// A header without an end.
    static let zerosWithoutEnd = FakeAnswer(bytes: Data(), ending: .endless(Data(count: 65536)))

    /// A good header, then a body without an end.
    static let bodyWithoutEnd = FakeAnswer(
        bytes: Data("HTTP/1.1 200 Fake\r\nContent-Type: application/json\r\n\r\n".utf8),
        ending: .endless(Data(repeating: UInt8(ascii: "["), count: 65536)))

    static let oneByte = FakeAnswer(bytes: Data("H".utf8), ending: .close)

    /// The connection is reset before anything is said.
    static let reset = FakeAnswer(bytes: Data(), ending: .reset)

    /// An operator event stream: the feed's records in RecordIO, chunked, from the feed's first on.
    static func stream(_ feed: FakeFeed) -> FakeAnswer {
        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
        return FakeAnswer(bytes: Data(head.utf8), ending: .follow(feed))
    }
}
