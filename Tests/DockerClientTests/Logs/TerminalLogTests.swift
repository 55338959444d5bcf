import Testing

@testable import DockerClient

@Suite struct TerminalLogTests {
    private let time = "2026-11-21T10:00:00.123456789Z "

    private func entries(_ text: String, chunks size: Int) -> [String] {
        var log = TerminalLog()
        var entries: [String] = []
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: size) {
            for piece in log.feed(Array(bytes[start..<min(bytes.count, start + size)])) {
                if piece.beginsEntry { entries.append("") }
                entries[entries.count - 1] += String(decoding: piece.bytes, as: UTF8.self)
            }
        }
        return entries
    }

    @Test(arguments: [1, 7, 31, 100, 100_000])
    func linesAreEntries(size: Int) {
        let lines = [
            "\(time)one\r\n", "\(time)\r\n", "\(time)three 2026-11-21T10:00:00.123456789Z four\n", "\(time)end",
        ]
        #expect(entries(lines.joined(), chunks: size) == lines)
    }

    @Test(arguments: [1, 1000, 16_384, 16_400, 100_000])
    func longLinesAreSeveralEntries(size: Int) {
        let full = String(repeating: "x", count: 16 << 10)
        let lines = [time + full, time + full, "\(time)rest\r\n", "\(time)next\n"]
        #expect(entries(lines.joined(), chunks: size) == lines)
    }

    @Test(arguments: [1, 1000, 100_000])
    func whatIsNoTimeDoesNotBeginAnEntry(size: Int) {
        let full = String(repeating: "x", count: 16 << 10)
        let lines = ["\(time)\(full)2026-11-21T10:00:00,12 and more\r\n", "\(time)next\n"]
        #expect(entries(lines.joined(), chunks: size) == lines)
    }
}
