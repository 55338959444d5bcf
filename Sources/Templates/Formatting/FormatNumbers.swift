/// Integers, characters, floating-point and complex numbers.
extension Formatter {
    /// An integer by its verb.
    mutating func format(
        integer magnitude: UInt64, isNegative: Bool, isSigned: Bool, _ verb: Unicode.Scalar, of value: Value
    ) {
        switch verb {
        case "v" where flags.sharpV && !isSigned: formatHexadecimal(magnitude, hasPrefix: true)
        case "v", "d": format(integer: magnitude, isNegative: isNegative, radix: 10, verb)
        case "b": format(integer: magnitude, isNegative: isNegative, radix: 2, verb)
        case "o", "O": format(integer: magnitude, isNegative: isNegative, radix: 8, verb)
        case "x", "X": format(integer: magnitude, isNegative: isNegative, radix: 16, verb)
        case "c": pad(Array(String(character(magnitude, isNegative)).utf8))
        case "q":
            var quoted: [UInt8] = []
            Quoting.append(character: character(magnitude, isNegative), to: &quoted, ascii: flags.plus)
            pad(quoted)
        case "U": formatUnicode(isNegative ? 0 &- magnitude : magnitude)
        default: complain(about: verb, value)
        }
    }

    /// Anything that is no character is U+FFFD.
    private func character(_ magnitude: UInt64, _ isNegative: Bool) -> Unicode.Scalar {
        guard !isNegative, magnitude <= 0x10FFFF else { return "\u{FFFD}" }
        return Unicode.Scalar(UInt32(magnitude)) ?? "\u{FFFD}"
    }

    private mutating func formatUnicode(_ number: UInt64) {
        let hex = String(number, radix: 16, uppercase: true)
        let digits = max(4, flags.precision ?? 4)
        var text = "U+" + String(repeating: "0", count: max(0, digits - hex.count)) + hex
        if flags.sharp, number <= 0x10FFFF, let scalar = Unicode.Scalar(UInt32(number)), scalar.isGoPrintable {
            text += " '\(scalar)'"
        }
        let zero = flags.zero
        flags.zero = false
        pad(text)
        flags.zero = zero
    }

    /// The digits with sign, prefix, zeros and padding.
    mutating func format(integer magnitude: UInt64, isNegative: Bool, radix: Int, _ verb: Unicode.Scalar) {
        let zero = flags.zero
        defer { flags.zero = zero }
        var least = 0
        if let precision = flags.precision {
            least = precision
            if precision == 0, magnitude == 0 {
                flags.zero = false
                return writePadding(flags.width ?? 0)
            }
        } else if zero, !flags.minus, let width = flags.width {
            least = isNegative || flags.plus || flags.space ? width - 1 : width
        }
        let digits = Array(String(magnitude, radix: radix, uppercase: verb == "X").utf8)
        var text: [UInt8] = []
        text.reserveCapacity(max(least, digits.count) + 4)
        if isNegative {
            text.append(UInt8(ascii: "-"))
        } else if flags.plus {
            text.append(UInt8(ascii: "+"))
        } else if flags.space {
            text.append(UInt8(ascii: " "))
        }
        if verb == "O" { text.append("0o") }
        let zeros = max(0, least - digits.count)
        if flags.sharp {
            switch radix {
            case 2: text.append("0b")
            case 8 where zeros == 0 && digits.first != UInt8(ascii: "0"): text.append("0")
            case 16: text.append(verb == "X" ? "0X" : "0x")
            default: break
            }
        }
        text.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: zeros))
        text.append(contentsOf: digits)
        flags.zero = false
        pad(text)
    }

    // MARK: Floating point

    mutating func format(float number: Double, _ verb: Unicode.Scalar, of value: Value) {
        switch verb {
        case "v": format(float: number, "g", precision: nil)
        case "b", "g", "G", "x", "X": format(float: number, verb, precision: nil)
        case "f", "e", "E": format(float: number, verb, precision: 6)
        case "F": format(float: number, "f", precision: 6)
        default: complain(about: verb, value)
        }
    }

    mutating func formatComplex(_ real: Double, _ imaginary: Double, _ verb: Unicode.Scalar, of value: Value) {
        guard "vbgGxXfFeE".unicodeScalars.contains(verb) else { return complain(about: verb, value) }
        let plus = flags.plus
        write(UInt8(ascii: "("))
        format(float: real, verb, of: value)
        flags.plus = true
        format(float: imaginary, verb, of: value)
        write("i)")
        flags.plus = plus
    }

    private mutating func format(float number: Double, _ verb: Unicode.Scalar, precision: Int?) {
        let precision = flags.precision ?? precision
        // The sign always comes first, so that it can be dropped, replaced, or written before zeros.
        var text: [UInt8] = FloatText.format(number, verb, precision: precision)
        if text.first != UInt8(ascii: "-"), text.first != UInt8(ascii: "+") { text.insert(UInt8(ascii: "+"), at: 0) }
        if flags.space, text[0] == UInt8(ascii: "+"), !flags.plus { text[0] = UInt8(ascii: " ") }
        if !number.isFinite {
            let zero = flags.zero
            flags.zero = false
            if number.isNaN, !flags.space, !flags.plus { text.removeFirst() }
            if !number.isNaN, text[0] == UInt8(ascii: "+"), !flags.plus { text.removeFirst() }
            pad(text)
            flags.zero = zero
            return
        }
        if flags.sharp, verb != "b" { keepPoint(in: &text, verb, precision: precision) }
        guard flags.plus || text[0] != UInt8(ascii: "+") else { return pad(text.dropFirst()) }
        if flags.zero, !flags.minus, let width = flags.width, width > text.count {
            write(text[0])
            writePadding(width - text.count)
            return write(text.dropFirst())
        }
        pad(text)
    }

    /// `#`: always a decimal point, and for `%g` the zeros at the end.
    private func keepPoint(in text: inout [UInt8], _ verb: Unicode.Scalar, precision: Int?) {
        var digits = 0
        switch verb {
        case "g", "G", "x": digits = precision ?? 6
        default: break
        }
        var tail: [UInt8] = []
        var hasPoint = false
        var sawNonzero = false
        var index = 1
        scan: while index < text.count {
            switch text[index] {
            case UInt8(ascii: "."): hasPoint = true
            case UInt8(ascii: "p"), UInt8(ascii: "P"):
                tail = Array(text[index...])
                text.removeSubrange(index...)
                break scan
            case UInt8(ascii: "e"), UInt8(ascii: "E"):
                if verb != "x", verb != "X" {
                    tail = Array(text[index...])
                    text.removeSubrange(index...)
                    break scan
                }
                fallthrough
            default:
                if text[index] != UInt8(ascii: "0") { sawNonzero = true }
                if sawNonzero { digits -= 1 }
            }
            index += 1
        }
        if !hasPoint {
            if text.count == 2, text[1] == UInt8(ascii: "0") { digits -= 1 }
            text.append(UInt8(ascii: "."))
        }
        if digits > 0 { text.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: digits)) }
        text += tail
    }
}
