/// One code point read out of UTF-8.
struct Rune {
    var scalar: Unicode.Scalar
    /// How many bytes it took; 1 for an invalid byte.
    var width: Int
    var isValid: Bool

    static let invalid = Rune(scalar: "\u{FFFD}", width: 1, isValid: false)

    /// The code point that starts at `position`, which must be inside `bytes`.
    static func decode(_ bytes: ArraySlice<UInt8>, at position: Int) -> Rune {
        let first = bytes[position]
        if first < 0x80 { return Rune(scalar: Unicode.Scalar(first), width: 1, isValid: true) }
        let width: Int
        var value: UInt32
        switch first {
        case 0xC2...0xDF: (width, value) = (2, UInt32(first & 0x1F))
        case 0xE0...0xEF: (width, value) = (3, UInt32(first & 0x0F))
        case 0xF0...0xF4: (width, value) = (4, UInt32(first & 0x07))
        default: return invalid
        }
        guard position + width <= bytes.endIndex else { return invalid }
        for offset in 1..<width {
            let byte = bytes[position + offset]
            guard byte & 0xC0 == 0x80 else { return invalid }
            value = value << 6 | UInt32(byte & 0x3F)
        }
        // Overlong forms, surrogates and what lies beyond U+10FFFF are no characters.
        let least: UInt32 = width == 2 ? 0x80 : width == 3 ? 0x800 : 0x10000
        guard value >= least, let scalar = Unicode.Scalar(value) else { return invalid }
        return Rune(scalar: scalar, width: width, isValid: true)
    }
}

extension Unicode.Scalar {
    /// Go's unicode.IsLetter.
    var isGoLetter: Bool {
        if value < 0x80 { return (0x41...0x5A).contains(value & ~0x20) }
        switch properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: return true
        default: return false
        }
    }

    /// Go's unicode.IsDigit.
    var isGoDigit: Bool {
        value < 0x80 ? (0x30...0x39).contains(value) : properties.generalCategory == .decimalNumber
    }

    /// Go's strconv.IsPrint: letters, marks, numbers, punctuation, symbols, and the ASCII space.
    var isGoPrintable: Bool {
        if value < 0x80 { return (0x20..<0x7F).contains(value) }
        switch properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .spaceSeparator, .lineSeparator,
            .paragraphSeparator:
            return false
        default: return true
        }
    }
}
