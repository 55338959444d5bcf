/// The answer of `/files/read`: `{"data":"…","offset":0}`.
///
/// No JSON parser takes it, because a log's bytes are in there as they are, whether they are UTF-8 or not: agents escape
/// only what JSON forbids in a string. So this gives back exactly what is in the file.
struct FileReadAnswer: Equatable {
    var data: [UInt8] = []
    /// Where the data begin; the file's size when offset -1 was asked for.
    var offset: Int64

    /// nil when it is something else.
    init?(_ body: [UInt8]) {
        var scanner = Scanner(bytes: body[...])
        guard scanner.take("{") else { return nil }
        var data: [UInt8]?
        var offset: Int64?
        while !scanner.take("}") {
            if data != nil || offset != nil { guard scanner.take(",") else { return nil } }
            guard let key = scanner.string(), scanner.take(":") else { return nil }
            switch String(decoding: key, as: UTF8.self) {
            case "data":
                guard let text = scanner.string() else { return nil }
                data = text
            case "offset":
                guard let number = scanner.number() else { return nil }
                offset = number
            default: return nil
            }
        }
        guard let data, let offset else { return nil }
        self.data = data
        self.offset = offset
    }

    private struct Scanner {
        var bytes: ArraySlice<UInt8>

        mutating func take(_ character: Unicode.Scalar) -> Bool {
            while let first = bytes.first, first == 0x20 || (0x09...0x0D).contains(first) { bytes.removeFirst() }
            guard bytes.first == UInt8(ascii: character) else { return false }
            bytes.removeFirst()
            return true
        }

        mutating func number() -> Int64? {
            _ = take(" ")
            let digits = bytes.prefix { (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-") }
            bytes = bytes[digits.endIndex...]
            return Int64(String(decoding: digits, as: UTF8.self))
        }

        mutating func string() -> [UInt8]? {
            guard take("\"") else { return nil }
            var result: [UInt8] = []
            result.reserveCapacity(bytes.count)
            while let end = bytes.firstIndex(where: { $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") }) {
                result += bytes[..<end]
                let isEnd = bytes[end] == UInt8(ascii: "\"")
                bytes = bytes[(end + 1)...]
                if isEnd { return result }
                guard unescape(into: &result) else { return nil }
            }
            return nil
        }

        /// What follows a backslash.
        private mutating func unescape(into result: inout [UInt8]) -> Bool {
            guard let letter = bytes.popFirst() else { return false }
            switch letter {
            case UInt8(ascii: "b"): result.append(0x08)
            case UInt8(ascii: "f"): result.append(0x0C)
            case UInt8(ascii: "n"): result.append(0x0A)
            case UInt8(ascii: "r"): result.append(0x0D)
            case UInt8(ascii: "t"): result.append(0x09)
            case UInt8(ascii: "u"):
                guard var code = hexadecimal() else { return false }
                if (0xD800..<0xDC00).contains(code), bytes.starts(with: Array("\\u".utf8)) {
                    bytes = bytes.dropFirst(2)
                    guard let low = hexadecimal(), (0xDC00..<0xE000).contains(low) else { return false }
                    code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
                }
                guard let scalar = Unicode.Scalar(code) else { return false }
                result += Array(String(Character(scalar)).utf8)
            default: result.append(letter)
            }
            return true
        }

        private mutating func hexadecimal() -> UInt32? {
            let digits = bytes.prefix(4)
            guard digits.count == 4 else { return nil }
            bytes = bytes.dropFirst(4)
            return UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
        }
    }
}
