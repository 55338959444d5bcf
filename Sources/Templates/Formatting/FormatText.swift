/// Strings, byte slices, pointers.
extension Formatter {
    private static let lowerDigits = Array("0123456789abcdef".utf8)
    private static let upperDigits = Array("0123456789ABCDEF".utf8)

    /// A string by its verb. `value` is what a complaint about the verb shows; without it the string itself.
    mutating func format(
        bytes: [UInt8], _ verb: Unicode.Scalar, of value: Value? = nil
    ) {
        switch verb {
        case "v" where flags.sharpV: formatQuoted(bytes)
        case "v", "s": pad(truncated(bytes))
        case "x": formatHexadecimal(bytes, digits: Formatter.lowerDigits, prefix: "0x")
        case "X": formatHexadecimal(bytes, digits: Formatter.upperDigits, prefix: "0X")
        case "q": formatQuoted(bytes)
        default: complain(about: verb, value ?? .string(GoString(bytes: bytes)))
        }
    }

    /// Precision is how many characters are shown.
    private func truncated(_ bytes: [UInt8]) -> ArraySlice<UInt8> {
        guard let precision = flags.precision, bytes.count > precision else { return bytes[...] }
        var position = 0
        for _ in 0..<precision where position < bytes.count {
            position += Rune.decode(bytes[...], at: position).width
        }
        return bytes[..<position]
    }

    private mutating func formatQuoted(_ bytes: [UInt8]) {
        let text = truncated(bytes)
        if flags.sharp, Quoting.canBackquote(text) {
            return pad([UInt8(ascii: "`")] + text + [UInt8(ascii: "`")])
        }
        var quoted: [UInt8] = []
        Quoting.append(text, to: &quoted, ascii: flags.plus)
        pad(quoted)
    }

    private mutating func formatHexadecimal(_ bytes: [UInt8], digits: [UInt8], prefix: String) {
        let shown = bytes.prefix(flags.precision ?? bytes.count)
        guard !shown.isEmpty else { return writePadding(flags.width ?? 0) }
        var text: [UInt8] = []
        text.reserveCapacity(shown.count * (flags.space ? 5 : 2) + 2)
        for (index, byte) in shown.enumerated() {
            if flags.space, index > 0 { text.append(UInt8(ascii: " ")) }
            if flags.sharp, flags.space || index == 0 { text.append(prefix) }
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 0xF)])
        }
        let missing = (flags.width ?? 0) - text.count
        if !flags.minus { writePadding(missing) }
        write(text)
        if flags.minus { writePadding(missing) }
    }

    /// A byte slice; `type` is what `%#v` calls it.
    mutating func format(_ elements: [Value], _ verb: Unicode.Scalar, type: String) {
        let bytes = elements.map { element in
            if case .unsigned(let byte, _) = element { UInt8(truncatingIfNeeded: byte) } else { UInt8(0) }
        }
        switch verb {
        case "v", "d":
            write(flags.sharpV ? "\(type){" : "[")
            for (index, byte) in bytes.enumerated() {
                if index > 0 { write(flags.sharpV ? ", " : " ") }
                if flags.sharpV {
                    formatHexadecimal(UInt64(byte), hasPrefix: true)
                } else {
                    format(integer: UInt64(byte), isNegative: false, radix: 10, verb)
                }
            }
            write(flags.sharpV ? "}" : "]")
        case "s", "x", "X", "q": format(bytes: bytes, verb)
        default:
            // As any other slice: each element by itself.
            write(flags.sharpV ? "[]uint8{" : "[")
            for (index, element) in elements.enumerated() {
                if index > 0 { write(flags.sharpV ? ", " : " ") }
                if case .unsigned(let byte, _) = element {
                    format(integer: byte, isNegative: false, isSigned: false, verb, of: element)
                }
            }
            write(flags.sharpV ? "}" : "]")
        }
    }

    /// Addresses mean nothing here; all that is not nil has the same.
    private static let address: UInt64 = 0xC0_0001_0000

    mutating func formatPointer(_ value: Value, _ verb: Unicode.Scalar) {
        let address: UInt64
        switch value {
        case .nilPointer: address = 0
        case .object(let object) where object.isPointer: address = Formatter.address
        case .map, .slice, .function, .location, .error: address = Formatter.address
        default: return complain(about: verb, value)
        }
        switch verb {
        case "v" where flags.sharpV:
            write("(\(value.type?.description ?? ""))(")
            if address == 0 { write("nil") } else { formatHexadecimal(address, hasPrefix: true) }
            write(UInt8(ascii: ")"))
        case "v" where address == 0: pad("<nil>")
        case "v", "p": formatHexadecimal(address, hasPrefix: !flags.sharp)
        case "b", "o", "d", "x", "X":
            format(integer: address, isNegative: false, isSigned: false, verb, of: value)
        default: complain(about: verb, value)
        }
    }

    mutating func formatHexadecimal(_ number: UInt64, hasPrefix: Bool) {
        let sharp = flags.sharp
        flags.sharp = hasPrefix
        format(integer: number, isNegative: false, radix: 16, "v")
        flags.sharp = sharp
    }
}
