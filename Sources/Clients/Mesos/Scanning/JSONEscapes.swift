/// The escapes of JSON strings (RFC 8259, section 7).
enum JSONEscapes {
    /// Appends `bytes` with its escapes resolved. An escape that JSON does not know stays as it is.
    static func resolve(_ bytes: UnsafeBufferPointer<UInt8>, into output: inout [UInt8]) {
        output.reserveCapacity(output.count + bytes.count)
        var offset = 0
        while offset < bytes.count {
            let byte = bytes[offset]
            guard byte == UInt8(ascii: "\\"), offset + 1 < bytes.count else {
                output.append(byte)
                offset += 1
                continue
            }
            let escape = bytes[offset + 1]
            if escape == UInt8(ascii: "u") {
                offset += appendUnicode(bytes, offset, &output)
                continue
            }
            switch escape {
            case UInt8(ascii: "n"): output.append(0x0A)
            case UInt8(ascii: "t"): output.append(0x09)
            case UInt8(ascii: "r"): output.append(0x0D)
            case UInt8(ascii: "b"): output.append(0x08)
            case UInt8(ascii: "f"): output.append(0x0C)
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): output.append(escape)
            default: output += [byte, escape]
            }
            offset += 2
        }
    }

    /// Returns the length of the escape, or of the pair of escapes.
    private static func appendUnicode(
        _ bytes: UnsafeBufferPointer<UInt8>, _ offset: Int, _ output: inout [UInt8]
    ) -> Int {
        guard let unit = hex(bytes, offset + 2) else {
            output += [UInt8(ascii: "\\"), UInt8(ascii: "u")]
            return 2
        }
        if unit & 0xFC00 == 0xD800, offset + 11 < bytes.count, bytes[offset + 6] == UInt8(ascii: "\\"),
            bytes[offset + 7] == UInt8(ascii: "u"), let low = hex(bytes, offset + 8), low & 0xFC00 == 0xDC00
        {
            append(0x10000 + (unit & 0x3FF) << 10 + low & 0x3FF, &output)
            return 12
        }
        append(unit, &output)
        return 6
    }

    private static func append(_ value: UInt32, _ output: inout [UInt8]) {
        output.append(contentsOf: String(Unicode.Scalar(value) ?? "\u{FFFD}").utf8)
    }

    private static func hex(_ bytes: UnsafeBufferPointer<UInt8>, _ offset: Int) -> UInt32? {
        guard offset + 4 <= bytes.count else { return nil }
        var value: UInt32 = 0
        for byte in bytes[offset..<offset + 4] {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { return nil }
            value = value << 4 | UInt32(digit)
        }
        return value
    }
}
