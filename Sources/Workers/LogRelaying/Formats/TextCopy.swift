/// Copies text as valid UTF-8, up to a limit.
enum TextCopy {
    /// What the bytes at one place of a text are.
    private enum Unit {
        /// A character of so many bytes.
        case character(Int)
        /// So many bytes that are none: U+FFFD takes their place.
        case invalid(Int)
    }

    private static let replacement: [UInt8] = [0xEF, 0xBF, 0xBD]
    private static let digits = Array("0123456789abcdef".utf8)

    /// Appends as much of `text` as fits into `room` bytes, never a part of a character.
    ///
    /// - Parameter escaping: as a JSON string wants it (RFC 8259, section 7).
    /// - Returns: how many bytes of the text that was.
    static func append(_ text: UnsafeRawBufferPointer, to target: inout [UInt8], room: Int, escaping: Bool) -> Int {
        var index = 0
        var left = room
        while index < text.count {
            // Most of it needs no care.
            let run = plainRun(text, from: index, atMost: left, escaping: escaping)
            if run > 0 {
                target.append(contentsOf: UnsafeRawBufferPointer(rebasing: text[index..<index + run]))
                index += run
                left -= run
                continue
            }
            let byte = text[index]
            if byte < 0x80 {
                guard left >= (escaping ? escapedLength(byte) : 1) else { return index }
                left -= escaping ? appendEscaped(byte, to: &target) : appendPlain(byte, to: &target)
                index += 1
                continue
            }
            switch unit(of: text, at: index) {
            case .character(let length):
                guard left >= length else { return index }
                target.append(contentsOf: UnsafeRawBufferPointer(rebasing: text[index..<index + length]))
                index += length
                left -= length
            case .invalid(let length):
                guard left >= replacement.count else { return index }
                target += replacement
                index += length
                left -= replacement.count
            }
        }
        return index
    }

    /// The same for a short text, all of it that fits.
    static func append(_ text: String, to target: inout [UInt8], room: Int = .max, escaping: Bool) {
        var text = text
        text.withUTF8 { _ = append(UnsafeRawBufferPointer($0), to: &target, room: room, escaping: escaping) }
    }

    private static func plainRun(
        _ text: UnsafeRawBufferPointer, from start: Int, atMost limit: Int, escaping: Bool
    ) -> Int {
        let end = limit < text.count - start ? start + limit : text.count
        var index = start
        if escaping {
            while index < end {
                let byte = text[index]
                if byte < 0x20 || byte >= 0x80 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { break }
                index += 1
            }
        } else {
            while index < end, text[index] < 0x80 { index += 1 }
        }
        return index - start
    }

    private static func escapedLength(_ byte: UInt8) -> Int {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), 0x08, 0x09, 0x0A, 0x0C, 0x0D: 2
        case 0..<0x20: 6
        default: 1
        }
    }

    private static func appendPlain(_ byte: UInt8, to target: inout [UInt8]) -> Int {
        target.append(byte)
        return 1
    }

    private static func appendEscaped(_ byte: UInt8, to target: inout [UInt8]) -> Int {
        let short: UInt8? =
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): byte
            case 0x08: UInt8(ascii: "b")
            case 0x09: UInt8(ascii: "t")
            case 0x0A: UInt8(ascii: "n")
            case 0x0C: UInt8(ascii: "f")
            case 0x0D: UInt8(ascii: "r")
            default: nil
            }
        if let short {
            target.append(UInt8(ascii: "\\"))
            target.append(short)
            return 2
        }
        guard byte < 0x20 else { return appendPlain(byte, to: &target) }
        target.append(contentsOf: "\\u00".utf8)
        target.append(digits[Int(byte >> 4)])
        target.append(digits[Int(byte & 15)])
        return 6
    }

    /// Of a byte from 0x80 on: the Unicode Standard, table 3-7, and its advice for what takes the place of the rest.
    private static func unit(of text: UnsafeRawBufferPointer, at index: Int) -> Unit {
        let first = text[index]
        var second: ClosedRange<UInt8> = 0x80...0xBF
        let length: Int
        switch first {
        case 0xC2...0xDF: length = 2
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: length = 3
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: length = 4
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        default: return .invalid(1)
        }
        for offset in 1..<length {
            let range = offset == 1 ? second : 0x80...0xBF
            guard index + offset < text.count, range.contains(text[index + offset]) else { return .invalid(offset) }
        }
        return .character(length)
    }
}
