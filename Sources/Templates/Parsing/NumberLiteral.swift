/// A number in a template: everything it can be taken for, as Go's constants have no type until they are used.
struct NumberLiteral: Sendable {
    let text: GoString
    private(set) var signed: Int64?
    private(set) var unsigned: UInt64?
    private(set) var float: Double?
    private(set) var complex: (real: Double, imaginary: Double)?

    /// A character constant.
    init(character text: [UInt8]) throws(Malformed) {
        self.text = GoString(bytes: text)
        guard let (value, isAlone) = Unquoting.character(text) else { throw Malformed("invalid syntax") }
        guard isAlone else { throw Malformed("malformed character constant: \(String(goBytes: text[...]))") }
        signed = Int64(value)
        unsigned = UInt64(value)
        float = Double(value)
    }

    /// A number, or with `isComplex` two that make a complex one.
    init(_ text: [UInt8], isComplex: Bool) throws(Malformed) {
        self.text = GoString(bytes: text)
        if isComplex {
            guard let value = NumberParsing.complex(text) else { throw illegal }
            take(complex: value)
            return
        }
        if text.last == UInt8(ascii: "i"), let imaginary = NumberParsing.float(text.dropLast()) {
            take(complex: (0, imaginary))
            return
        }
        unsigned = NumberParsing.unsigned(text[...])
        signed = NumberParsing.signed(text[...])
        if signed == 0 { unsigned = 0 }
        if let signed {
            float = Double(signed)
        } else if let unsigned {
            float = Double(unsigned)
        } else if let value = NumberParsing.float(text[...]) {
            guard looksLikeFloat else { throw Malformed("integer overflow: \(Quoting.quote(text[...]))") }
            take(float: value)
        } else {
            throw illegal
        }
    }

    private mutating func take(float value: Double) {
        float = value
        signed = Int64(exactly: value)
        unsigned = UInt64(exactly: value)
    }

    private mutating func take(complex value: (Double, Double)) {
        complex = value
        if value.1 == 0 { take(float: value.0) }
    }

    private var illegal: Malformed { Malformed("illegal number syntax: \(Quoting.quote(text.bytes[...]))") }

    private var looksLikeFloat: Bool {
        text.bytes.contains { byte in
            switch byte {
            case UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"), UInt8(ascii: "p"), UInt8(ascii: "P"): true
            default: false
            }
        }
    }

    /// Why a text is no number.
    struct Malformed: Error {
        var message: String
        init(_ message: String) { self.message = message }
    }

    /// The value where nothing says what type it should have; nil when it does not fit into an `int`.
    var ideal: Value? {
        if let complex { return .complex(complex.real, complex.imaginary) }
        let bytes = text.bytes
        let isHexadecimal =
            bytes.count > 2 && bytes[0] == UInt8(ascii: "0") && bytes[1] | 0x20 == UInt8(ascii: "x")
            && !bytes.contains { $0 | 0x20 == UInt8(ascii: "p") }
        let isCharacter = bytes.first == UInt8(ascii: "'")
        if let float, !isHexadecimal, !isCharacter, looksLikeFloat { return .float(float) }
        return signed.map { .signed($0, .int) }
    }
}

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
