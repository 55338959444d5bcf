import Testing

@testable import Supervision

@Suite struct FrameTests {
    private func frame(_ text: String) throws -> [UInt8] {
        var bytes: [UInt8] = []
        try Frame.append(Array(text.utf8), to: &bytes)
        return bytes
    }

    private func drain(_ decoder: inout FrameDecoder) throws -> [String] {
        var texts: [String] = []
        while let payload = try decoder.next() { texts.append(String(decoding: payload, as: UTF8.self)) }
        return texts
    }

    @Test func lengthIsBigEndian() throws {
        #expect(try frame("abc") == [0, 0, 0, 3] + Array("abc".utf8))
        let long = try frame(String(repeating: "x", count: 0x010203))
        #expect(Array(long.prefix(4)) == [0, 1, 2, 3])
    }

    @Test(arguments: [1, 2, 3, 4, 5, 7, 1000])
    func framesSurviveAnyChopping(size: Int) throws {
        let texts = ["a", "bc", String(repeating: "é", count: 400), "{}", "end"]
        let stream = try texts.flatMap { try frame($0) }
        var decoder = FrameDecoder()
        var seen: [String] = []
        for start in stride(from: 0, to: stream.count, by: size) {
            decoder.append(stream[start..<min(start + size, stream.count)])
            seen += try drain(&decoder)
        }
        #expect(seen == texts)
        #expect(decoder.pending == 0)
    }

    @Test func theLongestFrameIsSixteenMebibytes() throws {
        let payload = [UInt8](repeating: 0x20, count: Frame.maximumLength)
        var bytes: [UInt8] = []
        try Frame.append(payload, to: &bytes)
        var decoder = FrameDecoder()
        decoder.append(bytes)
        #expect(try decoder.next()?.count == Frame.maximumLength)
        #expect(throws: ChannelError.tooLarge(Frame.maximumLength + 1)) {
            try Frame.append(payload + [0x20], to: &bytes)
        }
        #expect(throws: ChannelError.tooLarge(0)) { try Frame.append([UInt8](), to: &bytes) }
    }

    @Test(arguments: [[0, 0, 0, 0], [1, 0, 0, 1], [0xff, 0xff, 0xff, 0xff]] as [[UInt8]])
    func aForbiddenLengthIsAViolationForGood(header: [UInt8]) throws {
        var decoder = FrameDecoder()
        decoder.append(header)
        #expect(throws: ChannelError.self) { try decoder.next() }
        decoder.append(try frame("fine"))
        #expect(throws: ChannelError.self) { try decoder.next() }
    }

    @Test func consumedBytesAreGivenBack() throws {
        var decoder = FrameDecoder()
        let one = try frame(String(repeating: "x", count: 60_000))
        for _ in 0..<200 {
            decoder.append(one + one.prefix(10))
            _ = try decoder.next()
            decoder.append(one.dropFirst(10))
            _ = try decoder.next()
            #expect(decoder.pending == 0)
        }
    }
}
