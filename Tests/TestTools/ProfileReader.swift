import Foundation

/// A reader of `profile.proto`, written from its description and not from the writer, so that the two can disagree.
public struct ProfileReader {
    public struct Damaged: Error {}

    /// A message's fields in their order: numbers, or bytes.
    private struct Fields {
        enum Value {
            case number(UInt64)
            case bytes(ArraySlice<UInt8>)
        }
        var all: [(field: Int, value: Value)] = []

        init(_ bytes: ArraySlice<UInt8>) throws {
            var rest = bytes
            while !rest.isEmpty {
                let key = try Self.varint(&rest)
                switch key & 7 {
                case 0: all.append((Int(key >> 3), .number(try Self.varint(&rest))))
                case 2:
                    let count = Int(try Self.varint(&rest))
                    guard count <= rest.count else { throw Damaged() }
                    all.append((Int(key >> 3), .bytes(rest.prefix(count))))
                    rest = rest.dropFirst(count)
                default: throw Damaged()
                }
            }
        }

        static func varint(_ rest: inout ArraySlice<UInt8>) throws -> UInt64 {
            var result: UInt64 = 0
            for shift in stride(from: UInt64(0), to: 64, by: 7) {
                guard let byte = rest.popFirst() else { throw Damaged() }
                result |= UInt64(byte & 0x7f) << shift
                if byte < 0x80 { return result }
            }
            throw Damaged()
        }

        func number(_ field: Int) throws -> UInt64 {
            for case (field, .number(let value)) in all { return value }
            return 0
        }

        func messages(_ field: Int) throws -> [Fields] { try bytes(field).map { try Fields($0) } }

        func bytes(_ field: Int) -> [ArraySlice<UInt8>] {
            all.compactMap { if $0.field == field, case .bytes(let value) = $0.value { value } else { nil } }
        }

        /// A repeated number, packed or not.
        func numbers(_ field: Int) throws -> [UInt64] {
            var result: [UInt64] = []
            for entry in all where entry.field == field {
                switch entry.value {
                case .number(let value): result.append(value)
                case .bytes(var rest): while !rest.isEmpty { result.append(try Self.varint(&rest)) }
                }
            }
            return result
        }
    }

    public struct Sample {
        /// The innermost first; hexadecimal digits where there is no name.
        public var functions: [String]
        public var values: [Int64]
        public var labels: [String: String]
    }

    public var measures: [String]
    public var samples: [Sample]
    public var mappings: [(file: String, buildID: String, hasNames: Bool)]
    public var comments: [String]
    public var duration: Int64
    public var period: Int64
    public var periodMeasure: String
    public var mainMeasure: String

    /// - Parameter packed: as the pages give it, in gzip's format.
    public init(packed: some Sequence<UInt8>) throws {
        try self.init(Self.unpacked(Array(packed)))
    }

    /// What the system's own gzip makes of it.
    public static func unpacked(_ bytes: [UInt8]) throws -> [UInt8] {
        let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path()
        defer { for end in ["", ".gz"] { try? FileManager.default.removeItem(atPath: file + end) } }
        try Data(bytes).write(to: URL(filePath: file + ".gz"))
        let result = try Command.run("/bin/gzip", ["-d", file + ".gz"])
        guard result?.status == 0 else { throw HarnessError("gzip -d: \(result?.errors ?? "is missing")") }
        return Array(try Data(contentsOf: URL(filePath: file)))
    }

    public init(_ bytes: [UInt8]) throws {
        let top = try Fields(bytes[...])
        let strings = top.bytes(6).map { String(decoding: $0, as: UTF8.self) }
        guard strings.first == "" else { throw Damaged() }
        func string(_ number: UInt64) throws -> String {
            guard number < strings.count else { throw Damaged() }
            return strings[Int(number)]
        }
        func measure(_ fields: Fields) throws -> String {
            "\(try string(fields.number(1)))/\(try string(fields.number(2)))"
        }
        measures = try top.messages(1).map(measure)
        var functions: [UInt64: String] = [:]
        for function in try top.messages(5) { functions[try function.number(1)] = try string(function.number(2)) }
        var mappings: [UInt64: (file: String, buildID: String, hasNames: Bool)] = [:]
        for mapping in try top.messages(3) {
            guard try mapping.number(2) < mapping.number(3) else { throw Damaged() }
            mappings[try mapping.number(1)] = (
                try string(mapping.number(5)), try string(mapping.number(6)), try mapping.number(7) == 1
            )
        }
        self.mappings = mappings.sorted { $0.key < $1.key }.map(\.value)
        var locations: [UInt64: String] = [:]
        for location in try top.messages(4) {
            let mapping = try location.number(2)
            guard mapping == 0 || mappings[mapping] != nil else { throw Damaged() }
            let line = try location.messages(4).first
            let name = try line.map { line -> String in
                guard let name = functions[try line.number(1)] else { throw Damaged() }
                return name
            }
            let number = try location.number(1)
            guard number != 0, locations[number] == nil else { throw Damaged() }
            locations[number] = try name ?? String(location.number(3), radix: 16)
        }
        let count = measures.count
        samples = try top.messages(2).map { sample in
            let values = try sample.numbers(2).map { Int64(bitPattern: $0) }
            guard values.count == count else { throw Damaged() }
            var labels: [String: String] = [:]
            for label in try sample.messages(3) { labels[try string(label.number(1))] = try string(label.number(2)) }
            return Sample(
                functions: try sample.numbers(1).map { number in
                    guard let name = locations[number] else { throw Damaged() }
                    return name
                }, values: values, labels: labels)
        }
        comments = try top.numbers(13).map(string)
        duration = Int64(bitPattern: try top.number(10))
        period = Int64(bitPattern: try top.number(12))
        periodMeasure = try top.messages(11).first.map(measure) ?? ""
        mainMeasure = try string(top.number(14))
    }
}
