/// Go's `HTMLEscape`, `JSEscape` and `url.QueryEscape`.
enum Escaping {
    static func html(_ bytes: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count)
        for byte in bytes {
            switch byte {
            case 0: output.append("\u{FFFD}")
            case UInt8(ascii: "\""): output.append("&#34;")
            case UInt8(ascii: "'"): output.append("&#39;")
            case UInt8(ascii: "&"): output.append("&amp;")
            case UInt8(ascii: "<"): output.append("&lt;")
            case UInt8(ascii: ">"): output.append("&gt;")
            default: output.append(byte)
            }
        }
        return output
    }

    static func js(_ bytes: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count)
        var position = 0
        while position < bytes.count {
            let byte = bytes[position]
            if byte < 0x80 {
                appendJS(byte, to: &output)
                position += 1
                continue
            }
            let rune = Rune.decode(bytes[...], at: position)
            if rune.scalar.isGoPrintable {
                output += bytes[position..<(position + rune.width)]
            } else {
                output.append("\\u")
                appendHex(rune.scalar.value, to: &output)
            }
            position += rune.width
        }
        return output
    }

    private static func appendJS(_ byte: UInt8, to output: inout [UInt8]) {
        switch byte {
        case UInt8(ascii: "\\"), UInt8(ascii: "'"), UInt8(ascii: "\""):
            output.append(UInt8(ascii: "\\"))
            output.append(byte)
        case ..<0x20, UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "&"), UInt8(ascii: "="):
            output.append("\\u")
            appendHex(UInt32(byte), to: &output)
        default: output.append(byte)
        }
    }

    /// At least four digits, upper case.
    private static func appendHex(_ value: UInt32, to output: inout [UInt8]) {
        let hex = String(value, radix: 16, uppercase: true)
        output += repeatElement(UInt8(ascii: "0"), count: max(0, 4 - hex.count))
        output.append(hex)
    }

    static func urlQuery(_ bytes: [UInt8]) -> [UInt8] {
        let digits = Array("0123456789ABCDEF".utf8)
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count)
        for byte in bytes {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
                UInt8(ascii: "~"):
                output.append(byte)
            case UInt8(ascii: " "): output.append(UInt8(ascii: "+"))
            default: output += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 0xF)]]
            }
        }
        return output
    }
}
