/// Go's ways to quote text and characters in double quotes, back quotes and apostrophes.
enum Quoting {
    /// `%q`: in double quotes, with Go's escapes.
    static func quote(_ bytes: ArraySlice<UInt8>, ascii: Bool = false) -> String {
        var output: [UInt8] = []
        append(bytes, to: &output, ascii: ascii)
        return String(decoding: output, as: UTF8.self)
    }

    static func append(_ bytes: ArraySlice<UInt8>, to output: inout [UInt8], ascii: Bool = false) {
        output.reserveCapacity(output.count + bytes.count + 2)
        output.append(UInt8(ascii: "\""))
        var position = bytes.startIndex
        while position < bytes.endIndex {
            let rune = Rune.decode(bytes, at: position)
            if rune.isValid {
                append(escaped: rune.scalar, quote: "\"", to: &output, ascii: ascii)
            } else {
                output.append("\\x")
                appendHex(UInt32(bytes[position]), digits: 2, to: &output)
            }
            position += rune.width
        }
        output.append(UInt8(ascii: "\""))
    }

    /// `%q` of an integer: a character in apostrophes.
    static func append(character scalar: Unicode.Scalar, to output: inout [UInt8], ascii: Bool) {
        output.append(UInt8(ascii: "'"))
        append(escaped: scalar, quote: "'", to: &output, ascii: ascii)
        output.append(UInt8(ascii: "'"))
    }

    /// Whether the text can stand in back quotes: one line, without control characters and back quotes.
    static func canBackquote(_ bytes: ArraySlice<UInt8>) -> Bool {
        var position = bytes.startIndex
        while position < bytes.endIndex {
            let rune = Rune.decode(bytes, at: position)
            position += rune.width
            if rune.width > 1 {
                if rune.scalar == "\u{FEFF}" { return false }
                continue
            }
            guard rune.isValid, rune.scalar == "\t" || rune.scalar.value >= 0x20, rune.scalar != "`",
                rune.scalar != "\u{7F}"
            else { return false }
        }
        return true
    }

    /// `%U`, with the character itself when `character` is set and it can be printed (`%#U`).
    static func unicode(_ scalar: Unicode.Scalar, character: Bool = true) -> String {
        let hex = String(scalar.value, radix: 16, uppercase: true)
        let code = "U+" + String(repeating: "0", count: max(0, 4 - hex.count)) + hex
        return character && scalar.isGoPrintable ? "\(code) '\(scalar)'" : code
    }

    private static func append(
        escaped scalar: Unicode.Scalar, quote: Unicode.Scalar, to output: inout [UInt8], ascii: Bool
    ) {
        switch scalar {
        case quote, "\\":
            output.append(UInt8(ascii: "\\"))
            output.append(scalar)
        case "\u{07}": output.append("\\a")
        case "\u{08}": output.append("\\b")
        case "\u{0C}": output.append("\\f")
        case "\n": output.append("\\n")
        case "\r": output.append("\\r")
        case "\t": output.append("\\t")
        case "\u{0B}": output.append("\\v")
        default:
            if scalar.isGoPrintable, !ascii || scalar.isASCII {
                output.append(scalar)
            } else if scalar.value < 0x20 || scalar.value == 0x7F {
                output.append("\\x")
                appendHex(scalar.value, digits: 2, to: &output)
            } else if scalar.value < 0x10000 {
                output.append("\\u")
                appendHex(scalar.value, digits: 4, to: &output)
            } else {
                output.append("\\U")
                appendHex(scalar.value, digits: 8, to: &output)
            }
        }
    }

    static func appendHex(_ value: UInt32, digits: Int, to output: inout [UInt8]) {
        for index in stride(from: (digits - 1) * 4, through: 0, by: -4) {
            let digit = UInt8(value >> UInt32(index) & 0xF)
            output.append(digit < 10 ? 0x30 + digit : 0x57 + digit)
        }
    }
}
