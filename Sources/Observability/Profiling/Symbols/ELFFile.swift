/// The names in an executable or a library: as much of ELF (the System V ABI, and "gABI" for 64 bits) as is needed to tell
/// which function an address belongs to.
///
/// Nothing in the file is trusted: what does not fit together gives fewer names, or none.
struct ELFFile {
    private let source: any ByteSource
    private let segments: [Segment]
    private let sections: [Section]

    private struct Segment {
        var type: UInt64
        var offset: UInt64
        var address: UInt64
        var size: UInt64
    }

    private struct Section {
        var type: UInt64
        var offset: UInt64
        var size: UInt64
        var link: Int
    }

    /// Symbols looked at, at most; a hundred times ours.
    private static let maximumSymbols = 16 << 20
    private static let maximumNotes = 64 << 10
    /// The longest name; those of generic closures in Swift come to a few kilobytes.
    private static let maximumName = 16 << 10
    /// What a symbol without a size is taken to cover at most: hand-written code.
    private static let assumedSize: UInt64 = 4096

    /// nil when it is no 64-bit little-endian ELF file.
    init?(_ source: any ByteSource) {
        guard let header = source.readAll(64, at: 0).map(Fields.init) else { return nil }
        guard header.bytes.prefix(6).elementsEqual([0x7f, 0x45, 0x4c, 0x46, 2, 1]) else { return nil }
        self.source = source
        segments = Self.table(
            source, at: header[32, 8], count: header[56, 2], size: header[54, 2], atLeast: 56
        ) { Segment(type: $0[0, 4], offset: $0[8, 8], address: $0[16, 8], size: $0[32, 8]) }
        sections = Self.table(
            source, at: header[40, 8], count: header[60, 2], size: header[58, 2], atLeast: 64
        ) { Section(type: $0[4, 4], offset: $0[24, 8], size: $0[32, 8], link: Int($0[40, 4])) }
    }

    private static func table<Entry>(
        _ source: any ByteSource, at offset: UInt64, count: UInt64, size: UInt64, atLeast least: Int,
        _ make: (Fields) -> Entry
    ) -> [Entry] {
        let size = Int(size)
        guard size >= least, size <= 1024, offset > 0 else { return [] }
        let bytes = source.read(Int(count) * size, at: offset)
        return stride(from: 0, to: bytes.count - bytes.count % size, by: size).map {
            make(Fields(bytes: bytes[$0..<$0 + size]))
        }
    }

    /// Where in the file's own address space a byte of the file is loaded.
    func address(ofOffset offset: UInt64) -> UInt64? {
        let segment = segments.first { $0.type == 1 && offset >= $0.offset && offset - $0.offset < $0.size }
        return segment.map { $0.address &+ (offset - $0.offset) }
    }

    /// The linker's build ID in hexadecimal digits.
    var buildID: String? {
        for segment in segments where segment.type == 4 {
            let notes = source.read(Int(min(segment.size, UInt64(Self.maximumNotes))), at: segment.offset)
            var start = 0
            while start + 12 <= notes.count {
                let head = Fields(bytes: notes[start..<start + 12])
                let name = start + 12
                let content = name + (Int(head[0, 4]) + 3) / 4 * 4
                let end = content + Int(head[4, 4])
                guard end <= notes.count else { break }
                if head[8, 4] == 3, notes[name..<content].elementsEqual([0x47, 0x4e, 0x55, 0]) {
                    return notes[content..<end].map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
                }
                start = content + (Int(head[4, 4]) + 3) / 4 * 4
            }
        }
        return nil
    }

    /// The symbols of functions, each with the addresses of `wanted` that belong to it, see ``address(ofOffset:)``. The
    /// table is read in pieces and only names that are needed are read at all: it can be larger than the process.
    ///
    /// - Parameter wanted: in ascending order.
    func symbols(of wanted: [UInt64]) -> [UInt64: String] {
        guard let first = wanted.first, let last = wanted.last else { return [:] }
        // .symtab has all names, if it was not stripped; .dynsym those that others may use.
        guard let table = sections.first(where: { $0.type == 2 }) ?? sections.first(where: { $0.type == 11 }),
            sections.indices.contains(table.link)
        else { return [:] }
        var found = [Match?](repeating: nil, count: wanted.count)
        let pieceSymbols = 4096
        var index = 0
        let count = Int(min(table.size / 24, UInt64(Self.maximumSymbols)))
        while index < count {
            let (offset, isBeyond) = table.offset.addingReportingOverflow(UInt64(index) * 24)
            let piece = isBeyond ? [] : source.read(min(pieceSymbols, count - index) * 24, at: offset)
            let whole = piece.count / 24
            guard whole > 0 else { break }
            piece.withUnsafeBytes { bytes in
                for number in 0..<whole {
                    let at = number * 24
                    let kind = bytes[at + 4] & 0xf
                    // Functions, also those that choose themselves at start-up, which are defined in this file.
                    guard kind == 2 || kind == 10, bytes[at + 6] != 0 || bytes[at + 7] != 0 else { continue }
                    let value = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: at + 8, as: UInt64.self))
                    let size = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: at + 16, as: UInt64.self))
                    let (end, isEndless) = value.addingReportingOverflow(size == 0 ? Self.assumedSize : size)
                    guard !isEndless, value <= last, end > first else { continue }
                    let name = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: at, as: UInt32.self))
                    let match = Match(start: value, isSized: size > 0, name: UInt64(name))
                    var position = Self.position(of: value, in: wanted)
                    while position < wanted.count, wanted[position] < end {
                        if match.isBetter(than: found[position]) { found[position] = match }
                        position += 1
                    }
                }
            }
            index += whole
        }
        return names(of: found, wanted, in: sections[table.link])
    }

    private struct Match {
        var start: UInt64
        var isSized: Bool
        var name: UInt64

        func isBetter(than other: Match?) -> Bool {
            guard let other else { return true }
            return isSized == other.isSized ? start > other.start : isSized
        }
    }

    /// Of the first element that is not below `value`.
    private static func position(of value: UInt64, in sorted: [UInt64]) -> Int {
        var low = 0
        var high = sorted.count
        while low < high {
            let middle = (low + high) / 2
            if sorted[middle] < value { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private func names(of matches: [Match?], _ wanted: [UInt64], in strings: Section) -> [UInt64: String] {
        var read: [UInt64: String] = [:]
        var result: [UInt64: String] = [:]
        for (address, match) in zip(wanted, matches) {
            guard let match else { continue }
            let name = read[match.name] ?? string(match.name, in: strings)
            read[match.name] = name
            if !name.isEmpty { result[address] = name }
        }
        return result
    }

    private func string(_ start: UInt64, in table: Section) -> String {
        let (offset, isBeyond) = table.offset.addingReportingOverflow(start)
        guard start < table.size, !isBeyond else { return "" }
        var bytes: [UInt8] = []
        let limit = Int(min(table.size - start, UInt64(Self.maximumName)))
        while bytes.count < limit {
            let more = source.read(min(256, limit - bytes.count), at: offset &+ UInt64(bytes.count))
            if let end = more.firstIndex(of: 0) { return String(decoding: bytes + more[..<end], as: UTF8.self) }
            guard !more.isEmpty else { break }
            bytes += more
        }
        // Without its end it is not a name.
        return ""
    }
}

/// Little-endian numbers of a record.
private struct Fields {
    let bytes: ArraySlice<UInt8>

    init(bytes: ArraySlice<UInt8>) { self.bytes = bytes }
    init(bytes: [UInt8]) { self.bytes = bytes[...] }

    /// - Precondition: it lies in the record.
    subscript(offset: Int, count: Int) -> UInt64 {
        let start = bytes.startIndex + offset
        return bytes[start..<start + count].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
}
