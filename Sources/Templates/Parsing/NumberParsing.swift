/// Go's strconv for the literals of a template. Signs and underscores are as in Go's source text.
enum NumberParsing {
    static func unsigned(_ text: ArraySlice<UInt8>) -> UInt64? {
        guard var digits = withoutUnderscores(text) else { return nil }
        var radix: UInt64 = 10
        if digits.count > 1, digits[0] == UInt8(ascii: "0") {
            switch digits[1] | 0x20 {
            case UInt8(ascii: "x"): radix = 16
            case UInt8(ascii: "b"): radix = 2
            case UInt8(ascii: "o"): radix = 8
            default: radix = 0
            }
            digits.removeFirst(radix == 0 ? 1 : 2)
            if radix == 0 { radix = 8 }
        }
        guard !digits.isEmpty else { return nil }
        var value: UInt64 = 0
        for byte in digits {
            guard let digit = Digits.value(of: byte), digit < radix else { return nil }
            let (product, overflows) = value.multipliedReportingOverflow(by: radix)
            let (sum, overflowsToo) = product.addingReportingOverflow(UInt64(digit))
            guard !overflows, !overflowsToo else { return nil }
            value = sum
        }
        return value
    }

    static func signed(_ text: ArraySlice<UInt8>) -> Int64? {
        guard let first = text.first else { return nil }
        let isNegative = first == UInt8(ascii: "-")
        guard let value = unsigned(isNegative || first == UInt8(ascii: "+") ? text.dropFirst() : text) else {
            return nil
        }
        if isNegative {
            return value <= 1 << 63 ? Int64(truncatingIfNeeded: 0 &- value) : nil
        }
        return Int64(exactly: value)
    }

    /// A decimal or hexadecimal number (the latter with its exponent); nil when malformed or too large.
    static func float(_ text: ArraySlice<UInt8>) -> Double? {
        let unsigned =
            text.first.map { $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "-") } == true
            ? text.dropFirst() : text
        guard let digits = withoutUnderscores(unsigned), let first = digits.first,
            (0x30...0x39).contains(first) || first == UInt8(ascii: ".")
        else { return nil }
        let isHexadecimal = digits.count > 1 && first == UInt8(ascii: "0") && digits[1] | 0x20 == UInt8(ascii: "x")
        if isHexadecimal, !digits.contains(where: { $0 | 0x20 == UInt8(ascii: "p") }) { return nil }
        guard let value = Double(String(decoding: digits, as: UTF8.self)), value.isFinite else { return nil }
        return text.first == UInt8(ascii: "-") ? -value : value
    }

    /// `1+2i`
    static func complex(_ text: [UInt8]) -> (Double, Double)? {
        guard text.last == UInt8(ascii: "i") else { return nil }
        let body = text.dropLast()
        var index = body.endIndex - 1
        while index > 0 {
            let isSign = body[index] == UInt8(ascii: "+") || body[index] == UInt8(ascii: "-")
            let before = body[index - 1] | 0x20
            if isSign, before != UInt8(ascii: "e"), before != UInt8(ascii: "p") { break }
            index -= 1
        }
        guard index > 0, let real = float(body[..<index]), let imaginary = float(body[index...]) else { return nil }
        return (real, imaginary)
    }

    /// Underscores may stand between digits, and behind a base prefix.
    private static func withoutUnderscores(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        let underscore = UInt8(ascii: "_")
        guard text.contains(underscore) else { return Array(text) }
        var bytes = Array(text)
        var start = 0
        var previous = UInt8(ascii: " ")
        var isHexadecimal = false
        if bytes.count >= 2, bytes[0] == UInt8(ascii: "0"),
            [UInt8(ascii: "x"), UInt8(ascii: "o"), UInt8(ascii: "b")].contains(bytes[1] | 0x20)
        {
            isHexadecimal = bytes[1] | 0x20 == UInt8(ascii: "x")
            previous = UInt8(ascii: "0")
            start = 2
        }
        for byte in bytes[start...] {
            let isDigit = (0x30...0x39).contains(byte) || isHexadecimal && Digits.value(of: byte) != nil
            if byte == underscore {
                guard previous == UInt8(ascii: "0") else { return nil }
            } else if previous == underscore, !isDigit {
                return nil
            }
            previous = isDigit ? UInt8(ascii: "0") : byte
        }
        guard previous != underscore else { return nil }
        bytes.removeAll { $0 == underscore }
        return bytes
    }
}
