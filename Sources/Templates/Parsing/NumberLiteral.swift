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
