import Foundation
import Testing

@testable import Profiling

extension [UInt8]: ByteSource {}
extension [UInt8] {
    public func read(_ count: Int, at offset: UInt64) -> [UInt8] {
        guard offset < self.count else { return [] }
        return Array(self[Int(offset)..<Swift.min(self.count, Int(offset) + count)])
    }
}

@Suite struct ELFTests {
    /// A small file: code at 0x401000, which lies at 0x200 of the file; three functions, and a build ID.
    private static func file(
        symbols: [(name: String, value: UInt64, size: UInt64, kind: UInt8)] = [
            ("first", 0x40_1000, 16, 2), ("second", 0x40_1010, 32, 2), ("assembly", 0x40_1040, 0, 2),
            ("variable", 0x40_1000, 4096, 1),
        ]
    ) -> [UInt8] {
        var strings: [UInt8] = [0]
        var table = [UInt8](repeating: 0, count: 24)
        for symbol in symbols {
            table += little(UInt64(strings.count), 4) + [symbol.kind, 0] + little(1, 2)
            table += little(symbol.value, 8) + little(symbol.size, 8)
            strings += Array(symbol.name.utf8) + [0]
        }
        let note = little(4, 4) + little(3, 4) + little(3, 4) + Array("GNU\0".utf8) + [0x01, 0xab, 0xff, 0]
        var segments = segment(1, offset: 0x200, address: 0x40_1000, size: 0x100)
        segments += segment(4, offset: 0x300, address: 0, size: UInt64(note.count))
        let tableAt: UInt64 = 0x400
        let stringsAt = tableAt + UInt64(table.count)
        let sectionsAt = stringsAt + UInt64(strings.count)
        var file: [UInt8] = [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1] + [UInt8](repeating: 0, count: 25)
        file += little(64, 8) + little(sectionsAt, 8) + little(0, 4) + little(64, 2)
        file += little(56, 2) + little(2, 2) + little(64, 2) + little(3, 2) + little(0, 2)
        file += segments
        file += [UInt8](repeating: 0, count: 0x300 - file.count) + note
        file += [UInt8](repeating: 0, count: 0x400 - file.count) + table + strings
        file += section(0, offset: 0, size: 0, link: 0)
        file += section(2, offset: tableAt, size: UInt64(table.count), link: 2)
        file += section(3, offset: stringsAt, size: UInt64(strings.count), link: 0)
        return file
    }

    private static func little(_ value: UInt64, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
    }

    private static func segment(_ type: UInt64, offset: UInt64, address: UInt64, size: UInt64) -> [UInt8] {
        little(type, 4) + little(5, 4) + little(offset, 8) + little(address, 8) + little(address, 8)
            + little(size, 8) + little(size, 8) + little(4096, 8)
    }

    private static func section(_ type: UInt64, offset: UInt64, size: UInt64, link: UInt64) -> [UInt8] {
        little(0, 4) + little(type, 4) + little(0, 8) + little(0, 8) + little(offset, 8) + little(size, 8)
            + little(link, 4) + little(0, 4) + little(8, 8) + little(24, 8)
    }

    @Test func addressesBelongToTheFunctionThatCoversThem() throws {
        let file = try #require(ELFFile(Self.file()))
        #expect(file.buildID == "01abff")
        #expect(file.address(ofOffset: 0x210) == 0x40_1010)
        #expect(file.address(ofOffset: 0x1ff) == nil)
        #expect(file.address(ofOffset: 0x300) == nil)
        let wanted: [UInt64] = [0x40_0fff, 0x40_1000, 0x40_100f, 0x40_1010, 0x40_102f, 0x40_1030, 0x40_1050]
        #expect(
            file.symbols(of: wanted) == [
                0x40_1000: "first", 0x40_100f: "first", 0x40_1010: "second", 0x40_102f: "second",
                0x40_1050: "assembly",
            ])
    }

    @Test func aSymbolWithASizeIsMoreThanOneWithout() throws {
        let file = try #require(
            ELFFile(Self.file(symbols: [("label", 0x40_1008, 0, 2), ("function", 0x40_1000, 64, 2)])))
        #expect(file.symbols(of: [0x40_1010]) == [0x40_1010: "function"])
    }

    @Test func whateverIsCutOffGivesFewerNamesAndNoCrash() throws {
        let whole = Self.file()
        for count in 0..<whole.count {
            guard let file = ELFFile(Array(whole.prefix(count))) else { continue }
            _ = file.buildID
            let names = file.symbols(of: [0x40_1000, 0x40_1010, 0x40_1050])
            #expect(names.values.allSatisfy { ["first", "second", "assembly"].contains($0) })
        }
    }

    @Test func hostileFilesDoNotCrash() throws {
        let whole = Self.file()
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<2000 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...8, using: &generator) {
                let at = Int.random(in: 0..<bytes.count, using: &generator)
                bytes[at] = [0, 1, 0x7f, 0x80, 0xff].randomElement(using: &generator) ?? 0
            }
            // Also a whole number at its largest.
            let at = Int.random(in: 0..<bytes.count - 8, using: &generator)
            if Bool.random(using: &generator) {
                bytes.replaceSubrange(at..<at + 8, with: [UInt8](repeating: 0xff, count: 8))
            }
            guard let file = ELFFile(bytes) else { continue }
            _ = file.buildID
            _ = file.address(ofOffset: .max)
            _ = file.symbols(of: [0, 0x40_1000, .max])
        }
    }

    @Test func somethingElseIsNoELFFile() {
        #expect(ELFFile([UInt8]()) == nil)
        #expect(ELFFile(Array("#!/bin/sh\n".utf8) + [UInt8](repeating: 0, count: 100)) == nil)
        #expect(FileBytes("/nowhere") == nil)
        #expect(FileBytes("/tmp") == nil)
    }

    @Test func linesOfMapsAreUnderstood() throws {
        let ranges = MemoryMap.parse(
            """
            55d0c0a00000-55d0c2000000 r-xp 00002000 fe:01 1234   /opt/my program (deleted)
            7f0000000000-7f0000001000 rw-p 00000000 00:00 0
            7ffd00000000-7ffd00021000 rw-p 00000000 00:00 0      [stack]
            nonsense
            5-4 r-xp 0 0 0 /x
            """)
        #expect(ranges.map(\.name) == ["/opt/my program (deleted)", "", "[stack]"])
        #expect(ranges.map(\.isCode) == [true, false, false])
        #expect(ranges[0].path == "/opt/my program")
        #expect(ranges[0].isDeleted)
        #expect(ranges[0].offset == 0x2000)
    }

    @Test func namesOfSwiftAreReadable() {
        #expect(
            Symbolizer.readable("$s9Profiling4GzipO8compressySays5UInt8VGSgAGFZ").contains("Profiling.Gzip.compress"))
        #expect(Symbolizer.readable("_ZN4re23RE2D1Ev") == "_ZN4re23RE2D1Ev")
        #expect(Symbolizer.readable("memcpy") == "memcpy")
    }
}
