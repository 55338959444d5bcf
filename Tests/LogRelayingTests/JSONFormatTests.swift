import FoundationEssentials
import Testing

@testable import LogRelaying

@Suite struct JSONFormatTests {
    @Test func aLineIsAnObjectWithTheLabels() {
        let format = JSONFormat(.test(labels: [("team", "web"), ("Level", "7")]))
        #expect(
            format.render(Array("hello".utf8)) == [
                #"{"Timestamp":"2026-11-21T10:00:00.123456789Z","Level":"info","Hostname":"host","team":"web","#
                    + #""fields.Level":"7","Payload":"hello"}"# + "\n"
            ])
        #expect(format.render([], LineOrigin(stream: .stderr, level: .error))[0].contains(#""Level":"error""#))
    }

    @Test(
        arguments: [
            ("plain", "plain"), ("", ""), ("a\"b\\c", #"a\"b\\c"#), ("\u{8}\t\u{C}\r", #"\b\t\f\r"#),
            ("\u{0}\u{1}\u{1F}\u{7F}", "\\u0000\\u0001\\u001f\u{7F}"), ("Größe €😀", "Größe €😀"),
            ("</script>\u{2028}", "</script>\u{2028}"),
        ])
    func textIsEscaped(text: String, expected: String) throws {
        let line = try #require(JSONFormat(.test()).render(Array(text.utf8)).first)
        #expect(line.hasSuffix("\"Payload\":\"\(expected)\"}\n"))
        #expect(try JSONDecoder().decode([String: String].self, from: Data(line.utf8))["Payload"] == text)
    }

    @Test(
        arguments: [
            ([0xFF], "\u{FFFD}"), ([0x61, 0xC3], "a\u{FFFD}"), ([0xC3, 0x28], "\u{FFFD}("),
            ([0xE2, 0x82, 0x61], "\u{FFFD}a"), ([0xED, 0xA0, 0x80], "\u{FFFD}\u{FFFD}\u{FFFD}"),
            ([0xF4, 0x90, 0x80, 0x80], "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}"), ([0xC0, 0xAF], "\u{FFFD}\u{FFFD}"),
            ([0xF0, 0x9F, 0x98, 0x80, 0x80], "😀\u{FFFD}"), ([0xE2, 0x82, 0xAC], "€"),
        ] as [([UInt8], String)])
    func whatIsNoTextBecomesText(bytes: [UInt8], expected: String) {
        let lines = JSONFormat(.test()).render(bytes)
        #expect(lines.count == 1 && lines[0].hasSuffix("\"Payload\":\"\(expected)\"}\n"))
        // Swift's own decoder follows the same advice.
        #expect(expected == String(decoding: bytes, as: UTF8.self))
    }

    @Test(arguments: [480, 500, 1000, 8192])
    func whatDoesNotFitIsSplitAndNothingIsLost(maximum: Int) throws {
        let format = JSONFormat(.test(labels: [("team", "web")], maximum: maximum))
        let text = String((0..<3000).flatMap { "\($0)\"ä€😀\u{1}" })
        let parts = format.render(Array(text.utf8))
        #expect(parts.count > 3)
        var joined = ""
        for part in parts {
            #expect(part.utf8.count <= maximum)
            joined += try #require(try JSONDecoder().decode([String: String].self, from: Data(part.utf8))["Payload"])
        }
        #expect(joined == text)
        // No part is smaller than need be.
        #expect(parts.dropLast().allSatisfy { $0.utf8.count > maximum - 6 })
    }

    @Test func hugeLabelsLeaveRoomForTheText() throws {
        let format = JSONFormat(.test(labels: [("a", String(repeating: "ä", count: 9000))], maximum: 480))
        let parts = format.render(Array(repeating: UInt8(ascii: "x"), count: 600))
        let first = try JSONDecoder().decode([String: String].self, from: Data(parts[0].utf8))
        #expect(first["a"]?.utf8.count == 1024 && first["Payload"]?.utf8.count == 256 && parts.count == 3)
    }
}
