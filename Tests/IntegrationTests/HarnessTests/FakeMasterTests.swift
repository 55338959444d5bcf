import Foundation
import Glibc
import Testing

/// The fake misbehaves exactly as it is told to.
struct FakeMasterTests {
    @Test func servesADocumentAndKeepsTheConnection() async throws {
        let master = try FakeMaster { .json(#"{"path":"\#($0.path)"}"#) }
        defer { master.stop() }
        let first = try await HTTPGet.text("\(master.url)/master/state?x=1")
        let second = try await HTTPGet.text("\(master.url)/b")
        #expect([first, second] == [#"{"path":"/master/state"}"#, #"{"path":"/b"}"#])
        #expect(master.requests.map(\.target) == ["/master/state?x=1", "/b"])
    }

    @Test func readsTheBodyOfAPost() async throws {
        let master = try FakeMaster { .status($0.body.count == 5 ? 202 : 400) }
        defer { master.stop() }
        let client = try RawClient(port: master.port)
        client.send("POST /api/v1 HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello")
        #expect(try await client.read { $0.count > 12 }.hasPrefix("HTTP/1.1 202"))
        #expect(master.requests.first?.method == "POST")
    }

    @Test(arguments: [
        ("half a document", FakeAnswer.half(of: Data(repeating: 0x20, count: 1000))),
        ("one byte", FakeAnswer.oneByte), ("garbage", FakeAnswer.garbage), ("a reset", FakeAnswer.reset),
        ("an error", FakeAnswer.status(500, "Boom")),
    ])
    func aBrokenAnswerIsBrokenForItsClientAndTheNextOneIsNot(_ what: String, _ answer: FakeAnswer) async throws {
        let master = try FakeMaster(answer)
        defer { master.stop() }
        await #expect(throws: (any Error).self, "\(what)") { try await HTTPGet.data("\(master.url)/") }
        master.behave { _ in .json("{}") }
        #expect(try await HTTPGet.text("\(master.url)/") == "{}")
    }

    @Test func halfADocumentIsHalf() async throws {
        let master = try FakeMaster(.half(of: Data("0123456789".utf8)))
        defer { master.stop() }
        let client = try RawClient(port: master.port)
        client.send("GET / HTTP/1.1\r\n\r\n")
        let all = try await client.readToEnd()
        #expect(all.contains("Content-Length: 10\r\n"))
        #expect(all.hasSuffix("\r\n\r\n01234"))
    }

    @Test func silenceAndFloodsLastUntilTheServerStops() async throws {
        let silent = try FakeMaster(.nothing)
        let flood = try FakeMaster(.zerosWithoutEnd)
        let quiet = try RawClient(port: silent.port)
        quiet.send("GET / HTTP/1.1\r\n\r\n")
        let drowned = try RawClient(port: flood.port)
        drowned.send("GET / HTTP/1.1\r\n\r\n")
        try await drowned.read { $0.utf8.count > 1 << 20 }
        #expect(!quiet.hasEnded && quiet.received == "")
        silent.stop()
        flood.stop()
        #expect(try await quiet.readToEnd() == "")
        _ = try await drowned.readToEnd()
    }

    @Test func everySubscriberOfAFeedGetsAllRecordsInRecordIO() async throws {
        let feed = FakeFeed([#"{"type":"SUBSCRIBED"}"#])
        let master = try FakeMaster { _ in .stream(feed) }
        defer { master.stop() }
        let early = try RawClient(port: master.port)
        early.send("POST /api/v1 HTTP/1.1\r\n\r\n")
        try await early.read { $0.contains("SUBSCRIBED") }
        feed.append(#"{"type":"HEARTBEAT"}"#)
        feed.finish()
        let late = try RawClient(port: master.port)
        late.send("POST /api/v1 HTTP/1.1\r\n\r\n")
        let expected = "18\r\n21\n{\"type\":\"SUBSCRIBED\"}\r\n17\r\n20\n{\"type\":\"HEARTBEAT\"}\r\n0\r\n\r\n"
        for client in [early, late] {
            #expect(try await client.readToEnd().hasSuffix(expected))
        }
    }
}
