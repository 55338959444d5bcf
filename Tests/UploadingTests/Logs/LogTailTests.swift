import Testing

@testable import Uploading

@Suite("The last lines of a log")
struct LogTailTests {
    private func tail(_ chunks: [[UInt8]], lines: Int = 20, bytes: Int = 4096) -> String {
        var tail = LogTail(.init(lines: lines, bytes: bytes))
        for chunk in chunks { tail.append(chunk) }
        return tail.text
    }

    private func tail(_ text: String, lines: Int = 20, bytes: Int = 4096, chunk: Int = 7) -> String {
        let all = Array(text.utf8)
        return tail(
            stride(from: 0, to: all.count, by: chunk).map { Array(all[$0..<min(all.count, $0 + chunk)]) }, lines: lines,
            bytes: bytes)
    }

    @Test func aShortLogIsItsOwnTail() {
        for text in ["", "a", "\n", "a\nb\n", "a\nb", "\n\n\n"] { #expect(tail(text) == text) }
    }

    @Test func linesAreCountedWithAndWithoutAnEndOfTheLast() {
        #expect(tail("a\nb\nc\n", lines: 2) == "b\nc\n")
        #expect(tail("a\nb\nc", lines: 2) == "b\nc")
        #expect(tail("a\n\n\n", lines: 2) == "\n\n")
        #expect(tail("a\nb\n", lines: 1) == "b\n")
    }

    @Test func bytesAreLimitedAtACharacter() {
        #expect(tail("0123456789", bytes: 4) == "6789")
        for limit in 1...12 {
            let text = tail("äöü漢字😀x", bytes: limit)
            #expect("äöü漢字😀x".hasSuffix(text) && text.utf8.count <= limit && text.utf8.count > limit - 4)
        }
    }

    @Test func whatIsNoUTF8IsReplacedAndStaysWithinTheLimit() {
        #expect(tail([[0x61, 0xFF, 0x62]]) == "a\u{FFFD}b")
        let noise = tail([[UInt8](repeating: 0xFF, count: 10_000)], bytes: 4096)
        #expect(noise.utf8.count <= 4096 && noise.utf8.count > 4090)
        // A character in two chunks is one.
        #expect(tail([[0xC3], [0xA4]]) == "ä")
        // Continuation bytes at the very beginning of the log belong to it.
        #expect(tail([[0x80, 0x61]]) == "\u{FFFD}a")
    }

    @Test func controlCharactersStay() {
        #expect(tail("\u{1B}[31mred\u{0}\r\n") == "\u{1B}[31mred\u{0}\r\n")
    }

    @Test func theSizeOfChunksDoesNotMatter() {
        let text = (0..<3000).map { "line \($0) ä\n" }.joined()
        let expected = tail(text, chunk: 1)
        #expect(expected.split(separator: "\n").count == 20 && expected.hasSuffix("line 2999 ä\n"))
        for chunk in [2, 3, 100, 4095, 4096, 4097, 100_000] { #expect(tail(text, chunk: chunk) == expected) }
    }

    @Test func noneIsWantedNoneIsKept() {
        #expect(tail("a\nb\n", lines: 0) == "")
        #expect(tail("a\nb\n", bytes: 0) == "")
    }
}
