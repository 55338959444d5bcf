/// Reads Go's string and character literals.
enum Unquoting {
    /// The text of a literal with its quotes: `"…"` or `` `…` ``; nil when it is malformed.
    static func string(_ literal: [UInt8]) -> [UInt8]? {
        guard literal.count >= 2, let quote = literal.first, quote == literal.last else { return nil }
        let body = literal[1..<(literal.count - 1)]
        if quote == UInt8(ascii: "`") {
            return body.contains(quote) ? nil : body.filter { $0 != UInt8(ascii: "\r") }
        }
        guard body.contains(UInt8(ascii: "\\")) else { return Array(body) }
        var output: [UInt8] = []
        output.reserveCapacity(body.count)
        var position = body.startIndex
        while position < body.endIndex {
            if body[position] != UInt8(ascii: "\\") {
                output.append(body[position])
                position += 1
            } else {
                guard let escape = escape(in: body, at: &position, quote: quote) else { return nil }
                switch escape {
                case .byte(let byte): output.append(byte)
                case .scalar(let scalar): output.append(scalar)
                }
            }
        }
        return output
    }

    /// The first code point of a literal with its apostrophes, and whether it is the only one; nil when malformed.
    static func character(_ literal: [UInt8]) -> (value: UInt32, isAlone: Bool)? {
        guard literal.count >= 3, literal.first == UInt8(ascii: "'"), literal.last == UInt8(ascii: "'") else {
            return nil
        }
        let body = literal[1..<(literal.count - 1)]
        var position = body.startIndex
        let value: UInt32
        if body[position] == UInt8(ascii: "\\") {
            switch escape(in: body, at: &position, quote: UInt8(ascii: "'")) {
            case .byte(let byte)?: value = UInt32(byte)
            case .scalar(let scalar)?: value = scalar.value
            case nil: return nil
            }
        } else {
            let rune = Rune.decode(body, at: position)
            position += rune.width
            value = rune.scalar.value
        }
        return (value, position == body.endIndex)
    }

    private enum Escape {
        case byte(UInt8)
        case scalar(Unicode.Scalar)
    }

    private static func escape(in body: ArraySlice<UInt8>, at position: inout Int, quote: UInt8) -> Escape? {
        position += 1
        guard position < body.endIndex else { return nil }
        let letter = body[position]
        position += 1
        switch letter {
        case UInt8(ascii: "a"): return .byte(0x07)
        case UInt8(ascii: "b"): return .byte(0x08)
        case UInt8(ascii: "f"): return .byte(0x0C)
        case UInt8(ascii: "n"): return .byte(0x0A)
        case UInt8(ascii: "r"): return .byte(0x0D)
        case UInt8(ascii: "t"): return .byte(0x09)
        case UInt8(ascii: "v"): return .byte(0x0B)
        case UInt8(ascii: "\\"): return .byte(letter)
        case UInt8(ascii: "'"), UInt8(ascii: "\""): return letter == quote ? .byte(letter) : nil
        case UInt8(ascii: "x"):
            return digits(2, radix: 16, in: body, at: &position).map { .byte(UInt8(truncatingIfNeeded: $0)) }
        case UInt8(ascii: "u"): return scalar(digits(4, radix: 16, in: body, at: &position))
        case UInt8(ascii: "U"): return scalar(digits(8, radix: 16, in: body, at: &position))
        case 0x30...0x37:
            position -= 1
            guard let value = digits(3, radix: 8, in: body, at: &position), value < 256 else { return nil }
            return .byte(UInt8(truncatingIfNeeded: value))
        default: return nil
        }
    }

    private static func scalar(_ value: UInt32?) -> Escape? {
        guard let value, let scalar = Unicode.Scalar(value) else { return nil }
        return .scalar(scalar)
    }

    private static func digits(_ count: Int, radix: UInt32, in body: ArraySlice<UInt8>, at position: inout Int)
        -> UInt32?
    {
        guard position + count <= body.endIndex else { return nil }
        var value: UInt32 = 0
        for _ in 0..<count {
            guard let digit = Digits.value(of: body[position]), digit < radix else { return nil }
            value = value &* radix &+ digit
            position += 1
        }
        return value
    }
}

enum Digits {
    /// The value of a digit, up to f; nil for anything else.
    static func value(of byte: UInt8) -> UInt32? {
        switch byte {
        case 0x30...0x39: UInt32(byte) - 0x30
        case 0x61...0x66: UInt32(byte) - 0x57
        case 0x41...0x46: UInt32(byte) - 0x37
        default: nil
        }
    }
}
