import Testing

@testable import DockerClient

/// A log of Docker's, put together by hand.
enum Frames {
    static func frame(_ stream: UInt8, _ text: String) -> [UInt8] {
        let length = text.utf8.count
        return [stream, 0, 0, 0] + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: length >> $0) } + Array(text.utf8)
    }
}

@Suite struct LogDemultiplexerTests {
    private struct Entry: Equatable {
        var stream: LogStream
        var text: String
    }

    private func entries(_ bytes: [UInt8], chunks size: Int) throws -> (entries: [Entry], isBetween: Bool) {
        var frames = LogDemultiplexer()
        var entries: [Entry] = []
        for start in stride(from: 0, to: bytes.count, by: size) {
            for piece in try frames.feed(Array(bytes[start..<min(bytes.count, start + size)])) {
                if piece.beginsEntry { entries.append(Entry(stream: piece.stream, text: "")) }
                #expect(entries.last?.stream == piece.stream && !piece.bytes.isEmpty)
                entries[entries.count - 1].text += String(decoding: piece.bytes, as: UTF8.self)
            }
        }
        return (entries, frames.isBetweenFrames)
    }

    @Test func framesAreTheSameHoweverTheyAreChopped() throws {
        let long = String(repeating: "x", count: 70_000)
        let bytes =
            Frames.frame(1, "one\n") + Frames.frame(2, "two\n") + Frames.frame(1, "") + Frames.frame(0, "zero")
            + Frames.frame(1, long) + Frames.frame(2, "end")
        for size in [1, 3, 7, 8, 9, 4096, 1 << 20] {
            let (entries, isBetween) = try entries(bytes, chunks: size)
            #expect(
                entries == [
                    Entry(stream: .stdout, text: "one\n"), Entry(stream: .stderr, text: "two\n"),
                    Entry(stream: .stdout, text: "zero"), Entry(stream: .stdout, text: long),
                    Entry(stream: .stderr, text: "end"),
                ])
            #expect(isBetween)
        }
    }

    @Test func aFrameIsNotHeldBack() throws {
        var frames = LogDemultiplexer()
        #expect(try frames.feed(Array(Frames.frame(1, "abc").prefix(9))).map { Array($0.bytes) } == [Array("a".utf8)])
        #expect(!frames.isBetweenFrames)
    }

    @Test func dockersOwnErrorIsAnError() throws {
        for size in [1, 100] {
            #expect(throws: LogDemultiplexer.Failure.docker("error from daemon: no space")) {
                try entries(
                    Frames.frame(1, "a") + Frames.frame(3, "error from daemon:\nno space"), chunks: size)
            }
        }
    }

    @Test func whatIsNoLogIsNotBelieved() {
        #expect(throws: LogDemultiplexer.Failure.notAFrame(72)) { try entries(Array("HTTP/1.1".utf8), chunks: 3) }
        #expect(throws: LogDemultiplexer.Failure.notAFrame(1)) { try entries([1, 0, 1, 0, 0, 0, 0, 1], chunks: 8) }
        #expect(throws: LogDemultiplexer.Failure.tooLong(0xFFFF_FFFF)) {
            try entries([1, 0, 0, 0, 255, 255, 255, 255], chunks: 8)
        }
    }
}
