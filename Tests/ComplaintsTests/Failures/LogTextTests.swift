import Complaints
import Testing

@Suite struct LogTextTests {
    @Test(arguments: [
        ("plain\n\ttext ü 😀\n", "plain\n\ttext ü 😀\n"), ("\u{1b}[31;1mred\u{1b}[0m\u{1b}[K.", "red."),
        ("a\r\nb\rc", "a\nb\nc"), ("\u{1b}]0;title\u{7}x\u{1b}]8;;http://h\u{1b}\\y", "xy"), ("\u{1b}(Bx\u{1b}7", "x"),
        ("\u{0}\u{8}\u{7f}\u{9b}31m", "\u{fffd}\u{fffd}\u{fffd}\u{fffd}31m"),
        ("a\u{202e}b\u{2066}", "a\u{fffd}b\u{fffd}"),
        ("x\u{1b}", "x"), ("x\u{1b}[", "x"), ("x\u{1b}[1;\ny", "x\ny"), ("x\u{1b}]no end\ny", "x\ny"),
        ("x\u{2028}y\u{85}z", "x\ny\nz"), ("", ""),
    ])
    func whatTerminalsObeyIsTakenOut(text: String, shown: String) {
        #expect(LogText.shown(text) == shown)
    }

    @Test func theEndStaysAndBeginsWithALine() {
        let lines = (1...100).map { "line \($0)\n" }.joined()
        let shown = LogText.shown(lines, maxBytes: 50)
        #expect(shown == "…\nline 96\nline 97\nline 98\nline 99\nline 100\n")
        #expect(LogText.shown(lines, maxBytes: lines.utf8.count) == lines)
        let one = LogText.shown("short\n" + String(repeating: "ü", count: 100), maxBytes: 51)
        #expect(one == "…\n" + String(repeating: "ü", count: 23), "a long line is not thrown away")
    }

    @Test(arguments: [0, 1, 3, 4, 5, 7, 100])
    func itIsNeverLonger(limit: Int) {
        for text in [
            String(repeating: "😀", count: 99), String(repeating: "e\u{301}\n", count: 99),
            String(repeating: "\u{0}", count: 99),
        ] {
            #expect(LogText.shown(text, maxBytes: limit).utf8.count <= max(limit, 4))
        }
    }
}
