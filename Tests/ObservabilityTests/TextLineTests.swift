import Testing

@testable import Observability

struct TextLineTests {
    @Test func `a message is one readable line`() {
        let line = TextLine().render(
            record("master does not answer", metadata: [("key", .text("value")), ("other", .text("two words"))]))
        #expect(
            line.text
                == "2026-11-21T10:11:12.345Z warning poller: master does not answer (key=value other=\"two words\")\n")
    }

    @Test func `a message without metadata has no parentheses`() {
        #expect(TextLine().render(record("hello")).text == "2026-11-21T10:11:12.345Z warning poller: hello\n")
    }

    @Test(arguments: [
        "\n", "\r\n", "\u{0}", "\u{1b}[31m", "\u{7f}", "\u{85}", "\u{9b}", "\u{2028}", "\u{2029}", "\u{202e}",
    ])
    func `nothing in a message or value can forge a line or steer a terminal`(poison: String) {
        let line = TextLine().render(
            record("a\(poison)b", metadata: [("k\(poison)", .text("c\(poison)d")), ("e", .list([.text(poison)]))]))
        let inside = line.text.unicodeScalars.dropLast()
        #expect(line.text.unicodeScalars.last == "\n")
        #expect(!inside.contains { $0.value < 0x20 || poison.unicodeScalars.contains($0) && $0.value > 0x7E })
    }

    @Test func `line ends are written out`() {
        #expect(TextLine().render(record("a\r\nb\tc\u{1b}")).text.hasSuffix(": a\\r\\nb\\tc\\u{1b}\n"))
    }

    @Test(
        arguments: [
            ("plain", "plain"), ("", "\"\""), ("a b", "\"a b\""), ("a=b", "\"a=b\""), ("a)", "\"a)\""),
            ("say \"hi\"", #""say \"hi\"""#), (#"back\slash"#, #""back\\slash""#), ("ünï", "ünï"),
            ("no\u{a0}break", "\"no\u{a0}break\""), ("x\ny", #""x\ny""#),
        ])
    func `values are quoted when they need it`(value: String, expected: String) {
        #expect(TextLine().render(record("m", metadata: [("k", .text(value))])).text.hasSuffix(": m (k=\(expected))\n"))
    }

    @Test func `lists and objects are flattened`() {
        let value = LogValue.list([.text("a"), .object([LogMember(key: "k", value: .text("v"))])])
        #expect(TextLine().render(record("m", metadata: [("x", value)])).text.hasSuffix("(x=\"[a, {k: v}]\")\n"))
    }

    @Test func `a huge message is cut but keeps its metadata`() {
        let line = TextLine().render(
            record(String(repeating: "x", count: 1 << 20), metadata: [("task_id", .text("t1"))]))
        #expect(line.count <= TextLine.maximumLength)
        #expect(line.text.hasSuffix("…[cut] (task_id=t1)\n"))
    }

    @Test(arguments: 0..<4)
    func `a huge value is cut at a whole character`(shift: Int) {
        let value = String(repeating: "x", count: shift) + String(repeating: "🦊", count: 20_000)
        let line = TextLine().render(record("m", metadata: [("k", .text(value))]))
        #expect(line.count <= TextLine.maximumLength)
        #expect(line.count > TextLine.maximumLength - 32)
        #expect(String(validating: line, as: UTF8.self)?.hasSuffix("…[cut]\n") == true)
    }

    @Test func `only the level is coloured, and only when asked`() {
        #expect(TextLine(coloured: true).render(record("m")).text.contains(" \u{1b}[33mwarning\u{1b}[0m poller: m"))
        #expect(!TextLine().render(record("m")).text.contains("\u{1b}"))
    }

    @Test func `on a stream to the journal the severity comes first`() {
        #expect(TextLine(withSyslogPrefix: true).render(record("m", level: .error)).text.hasPrefix("<3>2026-"))
    }

    @Test(arguments: [
        (0, "1970-01-01T00:00:00.007Z"), (951_782_399, "2000-02-28T23:59:59.007Z"),
        (4_102_444_800, "2100-01-01T00:00:00.007Z"),
    ])
    func `times are RFC 3339 in UTC`(seconds: Int, expected: String) {
        #expect(LogTime(seconds: seconds, milliseconds: 7).description == expected)
    }
}
