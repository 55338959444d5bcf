import Foundation
import Testing

@testable import Observability

struct JSONLineTests {
    private func parse(_ line: [UInt8]) throws -> [String: Any] {
        #expect(line.last == UInt8(ascii: "\n"))
        #expect(line.filter { $0 == UInt8(ascii: "\n") }.count == 1)
        return try #require(try JSONSerialization.jsonObject(with: Data(line)) as? [String: Any])
    }

    @Test func `a message is one object`() throws {
        let object = try parse(JSONLine.render(record("it \"failed\"\nbadly", metadata: [("task_id", .text("t\\1"))])))
        #expect(object["time"] as? String == "2026-11-21T10:11:12.345Z")
        #expect(object["level"] as? String == "warning")
        #expect(object["program"] as? String == "complainer")
        #expect(object["worker"] as? String == "poller")
        #expect(object["message"] as? String == "it \"failed\"\nbadly")
        #expect(object["task_id"] as? String == "t\\1")
        #expect(object.count == 6)
    }

    @Test func `metadata keeps its structure`() throws {
        let value = LogValue.object([LogMember(key: "hosts", value: .list([.text("a"), .text("b")]))])
        let object = try parse(JSONLine.render(record("m", metadata: [("x", value), ("empty", .list([]))])))
        #expect((object["x"] as? [String: [String]])?["hosts"] == ["a", "b"])
        #expect((object["empty"] as? [Any])?.isEmpty == true)
    }

    @Test func `metadata cannot take the place of the handler's own keys`() throws {
        let object = try parse(JSONLine.render(record("m", metadata: [("level", .text("x")), ("worker", .text("y"))])))
        #expect(object["level"] as? String == "warning")
        #expect(object["metadata_level"] as? String == "x")
        #expect(object["worker"] as? String == "poller")
        #expect(object["metadata_worker"] as? String == "y")
    }

    @Test func `control characters do not leave the string raw`() throws {
        let line = JSONLine.render(record("\u{0}\u{1b}\u{85}\u{2028}\u{202e}é🦊"))
        #expect(!line.text.unicodeScalars.dropLast().contains { LogEscaping.isDangerous($0) })
        #expect(try parse(line)["message"] as? String == "\u{0}\u{1b}\u{85}\u{2028}\u{202e}é🦊")
    }

    @Test func `whatever is logged, the line stays short and valid`() throws {
        let huge = String(repeating: "\u{0}", count: 1 << 20)
        let metadata = (0..<50).map { (key: "k\($0)", value: LogValue.list([.text(huge), .text(huge)])) }
        let line = JSONLine.render(record(String(repeating: "é", count: 1 << 20), metadata: metadata))
        #expect(line.count <= JSONLine.maximumLength)
        #expect(try parse(line)["truncated"] as? Bool == true)
    }

    @Test func `even a message that grows by escaping stays within the limit`() throws {
        let line = JSONLine.render(record(String(repeating: "\u{1}", count: 1 << 20)))
        #expect(line.count <= JSONLine.maximumLength)
        #expect((try parse(line)["message"] as? String)?.hasSuffix("…[cut]") == true)
    }

    @Test func `a text of just the limit is not cut, one byte more is`() throws {
        let fits = String(repeating: "x", count: JSONLine.maximumMessage)
        #expect(try parse(JSONLine.render(record(fits)))["message"] as? String == fits)
        let cut = try parse(JSONLine.render(record(fits + "y")))["message"] as? String
        #expect(cut?.utf8.count == JSONLine.maximumMessage)
        #expect(cut?.hasSuffix("x…[cut]") == true)
    }
}
