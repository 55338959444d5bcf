/// Names, numbers and quoted things.
extension Lexer {
    private static let keywords: [[UInt8]: Token.Kind] = [
        Array("nil".utf8): .nil, Array("break".utf8): .break, Array("continue".utf8): .continue,
        Array("block".utf8): .block, Array("define".utf8): .define, Array("else".utf8): .else,
        Array("end".utf8): .end, Array("if".utf8): .if, Array("range".utf8): .range,
        Array("template".utf8): .template, Array("with".utf8): .with,
        Array("true".utf8): .bool, Array("false".utf8): .bool,
    ]

    func isAlphanumeric(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "_" || scalar.isGoLetter || scalar.isGoDigit
    }

    private func alphanumericWidth(at offset: Int) -> Int? {
        guard offset < input.count else { return nil }
        let byte = input[offset]
        if byte < 0x80 { return isAlphanumeric(Unicode.Scalar(byte)) ? 1 : nil }
        let rune = Rune.decode(input[...], at: offset)
        return isAlphanumeric(rune.scalar) ? rune.width : nil
    }

    /// Whether a name may end here: `.x.y`, `.x}}` and `.x,` are fine, `.x"y"` is not.
    private var atTerminator: Bool {
        guard position < input.count else { return true }
        switch input[position] {
        case 0x20, 0x09, 0x0D, 0x0A, UInt8(ascii: "."), UInt8(ascii: ","), UInt8(ascii: "|"), UInt8(ascii: ":"),
            UInt8(ascii: "("), UInt8(ascii: ")"):
            return true
        default: return hasPrefix("}}", at: position)
        }
    }

    private mutating func failAtBadCharacter() {
        fail("bad character \(Quoting.unicode(Rune.decode(input[...], at: position).scalar))")
    }

    mutating func readIdentifier() {
        while let width = alphanumericWidth(at: position) { position += width }
        guard atTerminator else { return failAtBadCharacter() }
        emit(Lexer.keywords[Array(input[start..<position])] ?? .identifier)
    }

    /// `.name`, `$name`, or the sign alone.
    mutating func readName(_ kind: Token.Kind) {
        position += 1
        if atTerminator { return emit(kind == .variable ? .variable : .dot) }
        while let width = alphanumericWidth(at: position) { position += width }
        guard atTerminator else { return failAtBadCharacter() }
        emit(kind)
    }

    /// From a quote to the same quote, in one line, a backslash taking the next character with it.
    mutating func readQuoted(_ kind: Token.Kind, _ complaint: String) {
        let quote = input[position]
        position += 1
        while position < input.count {
            let byte = input[position]
            position += 1
            if byte == quote { return emit(kind) }
            if byte == UInt8(ascii: "\n") { break }
            if byte == UInt8(ascii: "\\") {
                guard position < input.count, input[position] != UInt8(ascii: "\n") else { break }
                position += 1
            }
        }
        fail(complaint)
    }

    mutating func readRawString() {
        position += 1
        while position < input.count {
            position += 1
            if input[position - 1] == UInt8(ascii: "`") { return emit(.rawString) }
        }
        fail("unterminated raw quoted string")
    }

    mutating func readNumber() {
        guard scanNumber() else { return failAtBadNumber() }
        if position < input.count, input[position] == UInt8(ascii: "+") || input[position] == UInt8(ascii: "-") {
            // A complex number, `1+2i`: no spaces, an i at the end.
            guard scanNumber(), input[position - 1] == UInt8(ascii: "i") else { return failAtBadNumber() }
            return emit(.complex)
        }
        emit(.number)
    }

    private mutating func failAtBadNumber() {
        fail("bad number syntax: \(Quoting.quote(input[start..<position]))")
    }

    /// Whether something with the letters of a number, and no letter behind it, stands here; whether it is a number is
    /// found out later.
    private mutating func scanNumber() -> Bool {
        accept { $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "-") }
        var isDigit: (UInt8) -> Bool = { (0x30...0x39).contains($0) || $0 == UInt8(ascii: "_") }
        var exponents: (UInt8, UInt8) = (UInt8(ascii: "e"), UInt8(ascii: "E"))
        if accept({ $0 == UInt8(ascii: "0") }) {
            if accept({ $0 | 0x20 == UInt8(ascii: "x") }) {
                isDigit = {
                    (0x30...0x39).contains($0) || (0x61...0x66).contains($0 | 0x20) || $0 == UInt8(ascii: "_")
                }
                exponents = (UInt8(ascii: "p"), UInt8(ascii: "P"))
            } else if accept({ $0 | 0x20 == UInt8(ascii: "o") }) {
                isDigit = { (0x30...0x37).contains($0) || $0 == UInt8(ascii: "_") }
                exponents = (0, 0)
            } else if accept({ $0 | 0x20 == UInt8(ascii: "b") }) {
                isDigit = { (0x30...0x31).contains($0) || $0 == UInt8(ascii: "_") }
                exponents = (0, 0)
            }
        }
        while accept(isDigit) {}
        if accept({ $0 == UInt8(ascii: ".") }) { while accept(isDigit) {} }
        if exponents.0 != 0, accept({ $0 == exponents.0 || $0 == exponents.1 }) {
            accept { $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "-") }
            while accept({ (0x30...0x39).contains($0) || $0 == UInt8(ascii: "_") }) {}
        }
        accept { $0 == UInt8(ascii: "i") }
        guard let width = alphanumericWidth(at: position) else { return true }
        position += width
        return false
    }

    @discardableResult
    private mutating func accept(_ matches: (UInt8) -> Bool) -> Bool {
        guard position < input.count, matches(input[position]) else { return false }
        position += 1
        return true
    }
}
