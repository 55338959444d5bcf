import Foundation
import TestTools
import Testing

@testable import Profiling

@Suite struct FormatTests {
    @Test func numbersAreWrittenAsTheSpecificationHasThem() {
        var writer = ProtobufWriter()
        writer.integer(1, UInt64(150))
        #expect(writer.bytes == [0x08, 0x96, 0x01])
        writer.integer(2, UInt64(0))
        writer.flag(3, false)
        #expect(writer.bytes.count == 3, "what is zero is left out")
        writer = ProtobufWriter()
        writer.integer(1, Int64(-2))
        #expect(writer.bytes == [0x08, 0xfe] + [UInt8](repeating: 0xff, count: 8) + [0x01])
    }

    @Test func textsAndMessagesHaveTheirLengthBeforeThem() {
        var writer = ProtobufWriter()
        writer.element(2, "testing")
        #expect(writer.bytes == [0x12, 0x07] + Array("testing".utf8))
        writer = ProtobufWriter()
        writer.message(3) { $0.integer(1, UInt64(150)) }
        #expect(writer.bytes == [0x1a, 0x03, 0x08, 0x96, 0x01])
        writer = ProtobufWriter()
        writer.packed(4, [3, 270, 86942])
        #expect(writer.bytes == [0x22, 0x06, 0x03, 0x8e, 0x02, 0x9e, 0xa7, 0x05])
        writer = ProtobufWriter()
        writer.packed(4, [])
        writer.element(6, "")
        #expect(writer.bytes == [0x32, 0x00], "an element is there even when it is empty")
    }

    private static var sample: Profile {
        var profile = Profile(measures: [.init("samples", "count"), .init("cpu", "nanoseconds")], mainMeasure: "cpu")
        profile.mappings = [
            .init(start: 0x1000, end: 0x2000, offset: 0, file: "/bin/a", buildID: "0a0b", hasNames: true),
            .init(start: 0x7000, end: 0x8000, offset: 512, file: "/lib/b", buildID: "", hasNames: false),
        ]
        profile.locations = [
            .init(mapping: 0, address: 0x1010, name: "main", symbol: "$s4main"),
            .init(mapping: 1, address: 0x7abc, name: nil),
            .init(name: "made up"),
        ]
        profile.samples = [
            .init(stack: [1, 0], values: [3, 30], labels: [.init("thread", "poller")]),
            .init(stack: [2], values: [0, -1]),
        ]
        profile.comments = ["first", "second"]
        profile.duration = 5
        profile.period = 10
        profile.periodMeasure = .init("cpu", "nanoseconds")
        return profile
    }

    @Test func anIndependentReaderFindsWhatWasWritten() throws {
        let read = try ProfileReader(Self.sample.encoded())
        #expect(read.measures == ["samples/count", "cpu/nanoseconds"])
        #expect(read.mainMeasure == "cpu")
        #expect(read.samples.map(\.functions) == [["7abc", "main"], ["made up"]])
        #expect(read.samples.map(\.values) == [[3, 30], [0, -1]])
        #expect(read.samples.map(\.labels) == [["thread": "poller"], [:]])
        #expect(read.mappings.map(\.file) == ["/bin/a", "/lib/b"])
        #expect(read.mappings.map(\.buildID) == ["0a0b", ""])
        #expect(read.mappings.map(\.hasNames) == [true, false])
        #expect(read.comments == ["first", "second"])
        #expect(read.duration == 5)
        #expect(read.period == 10)
        #expect(read.periodMeasure == "cpu/nanoseconds")
    }

    /// Nobody's reader is kinder than this: pprof refuses a profile without its measures.
    @Test func aProfileWithoutSamplesIsStillOne() throws {
        let read = try ProfileReader(Profile(measures: [.init("threads", "count")], mainMeasure: "threads").encoded())
        #expect(read.measures == ["threads/count"])
        #expect(read.samples.isEmpty)
    }

    @Test(arguments: [0, 1, 100_000, 3_000_000]) func gzipUnpacksWhatWasPacked(_ count: Int) throws {
        let input = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7) }
        let packed = try #require(Gzip.compress(input))
        let unpacked = try ProfileReader.unpacked(packed)
        #expect(unpacked == input)
    }
}
