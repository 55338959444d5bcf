import Glibc

/// Texts that are longer than anybody needs: a label of 17 MB must not cost the memory that it takes, nor keep what stands
/// behind it from being read.
extension JSONText {
    /// Bytes of a text that are kept: 64 KiB.
    static let longest = 64 << 10

    /// What stands at the end of a text that was cut.
    ///
    /// - Parameter length: of the whole text, in bytes of the document.
    static func mark(_ length: Int) -> String { "… (cut, \(length) bytes)" }

    /// The text as a string; of one that is too long its beginning, with a mark.
    var kept: String {
        guard count > Self.longest + Self.mark(.max).utf8.count else { return string }
        let end = Self.boundary(in: UnsafeBufferPointer(start: start, count: count), at: Self.longest)
        return JSONText(start: start, count: end).string + Self.mark(count)
    }

    /// Appends ``kept``.
    func append(keptTo output: inout [UInt8]) {
        if count > Self.longest { output.append(contentsOf: kept.utf8) } else { append(to: &output) }
    }

    private init(start: UnsafePointer<UInt8>, count: Int) {
        (self.start, self.count) = (start, count)
    }

    /// The last place up to `limit` that is neither within an escape nor within a character.
    static func boundary(in text: UnsafeBufferPointer<UInt8>, at limit: Int) -> Int {
        var offset = 0
        while offset < text.count {
            let next = offset + length(of: text, at: offset)
            guard next <= limit else { return offset }
            offset = next
        }
        return min(offset, limit)
    }

    /// Whether the escape `\\uD8..` to `\\uDB..` at `offset` is followed by another one, with which it is one character.
    private static func isHighSurrogate(_ text: UnsafeBufferPointer<UInt8>, at offset: Int) -> Bool {
        guard offset + 11 < text.count, text[offset + 2] | 0x20 == UInt8(ascii: "d") else { return false }
        return "89abAB".utf8.contains(text[offset + 3]) && text[offset + 6] == UInt8(ascii: "\\")
            && text[offset + 7] == UInt8(ascii: "u")
    }

    /// The length of the escape or character at `offset`.
    private static func length(of text: UnsafeBufferPointer<UInt8>, at offset: Int) -> Int {
        switch text[offset] {
        case UInt8(ascii: "\\"):
            if offset + 1 >= text.count || text[offset + 1] != UInt8(ascii: "u") {
                2
            } else {
                isHighSurrogate(text, at: offset) ? 12 : 6
            }
        case 0xC0...0xDF: 2
        case 0xE0...0xEF: 3
        case 0xF0...0xF7: 4
        default: 1
        }
    }
}

/// The rest of a string whose beginning is all that is kept. Does no I/O.
struct DroppedString {
    /// Of the whole string so far, in bytes.
    private(set) var length: Int
    /// The quote that ends it has been seen.
    private(set) var isClosed = false
    /// The byte before was a backslash that is not escaped itself.
    private var isEscaped: Bool

    /// - Parameters:
    ///   - length: of what has been seen of it.
    ///   - isEscaped: whether the next byte is the second one of an escape.
    init(length: Int, isEscaped: Bool) {
        self.length = length
        self.isEscaped = isEscaped
    }

    /// Passes over as much as belongs to the string, its closing quote included; returns how many bytes.
    mutating func skip(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard let base = bytes.baseAddress else { return 0 }
        var offset = 0
        // The next quote from `offset` on, or the end.
        var quote = -1
        while offset < bytes.count {
            if isEscaped {
                isEscaped = false
                offset += 1
                continue
            }
            if quote < offset { quote = Self.find(UInt8(ascii: "\""), base, from: offset, to: bytes.count) }
            let backslash = Self.find(UInt8(ascii: "\\"), base, from: offset, to: quote)
            guard backslash == quote else {
                isEscaped = true
                offset = backslash + 1
                continue
            }
            offset = quote
            guard quote < bytes.count else { break }
            isClosed = true
            length += offset
            return offset + 1
        }
        length += offset
        return offset
    }

    private static func find(_ byte: UInt8, _ base: UnsafeRawPointer, from start: Int, to end: Int) -> Int {
        guard let found = memchr(base + start, Int32(byte), end - start) else { return end }
        return UnsafeRawPointer(found) - base
    }
}
