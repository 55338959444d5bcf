/// Cuts a template into tokens. Works on bytes; decodes UTF-8 only where a character's class matters.
///
/// After an error there is one token of kind `.error` and nothing more.
struct Lexer {
    private enum State {
        case text, action, finished
    }

    let input: [UInt8]
    /// Start of the token being read.
    var start = 0
    var startLine = 1
    var position = 0
    private var line = 1
    private var state = State.text
    private var parentheses = 0
    /// A text can end in a token and begin an action in the same step.
    private var pending: [Token] = []

    init(_ input: [UInt8]) {
        self.input = input
    }

    /// The next token; `.endOfText` for ever after the last one.
    mutating func next() -> Token {
        while pending.isEmpty {
            switch state {
            case .text: readText()
            case .action: readAction()
            case .finished: return Token(kind: .endOfText, position: input.count, line: line, text: [])
            }
        }
        return pending.removeFirst()
    }

    // MARK: Tools for reading

    mutating func emit(_ kind: Token.Kind) {
        pending.append(Token(kind: kind, position: start, line: startLine, text: Array(input[start..<position])))
        ignore()
    }

    /// Drops what was read since the last token.
    mutating func ignore() {
        for byte in input[start..<position] where byte == UInt8(ascii: "\n") { line += 1 }
        start = position
        startLine = line
    }

    mutating func fail(_ message: String) {
        pending.append(Token(kind: .error, position: start, line: startLine, text: Array(message.utf8)))
        state = .finished
    }

    func hasPrefix(_ prefix: StaticString, at offset: Int) -> Bool {
        let length = prefix.utf8CodeUnitCount
        guard offset >= 0, offset + length <= input.count else { return false }
        for index in 0..<length where input[offset + index] != prefix.utf8Start[index] { return false }
        return true
    }

    private func find(_ first: UInt8, _ second: UInt8, from offset: Int) -> Int? {
        var index = offset
        while index + 1 < input.count {
            if input[index] == first, input[index + 1] == second { return index }
            index += 1
        }
        return nil
    }

    static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09 || byte == 0x0D || byte == 0x0A
    }

    private func endOfSpaces(from offset: Int) -> Int {
        var end = offset
        while end < input.count, Lexer.isSpace(input[end]) { end += 1 }
        return end
    }

    /// `{{-` needs a space behind the minus.
    private func hasLeftTrim(at offset: Int) -> Bool {
        offset + 1 < input.count && input[offset] == UInt8(ascii: "-") && Lexer.isSpace(input[offset + 1])
    }

    /// And `-}}` one before it.
    func hasRightTrim(at offset: Int) -> Bool {
        offset + 1 < input.count && Lexer.isSpace(input[offset]) && input[offset + 1] == UInt8(ascii: "-")
    }

    private func atRightDelimiter() -> (found: Bool, trims: Bool) {
        if hasRightTrim(at: position), hasPrefix("}}", at: position + 2) { return (true, true) }
        return (hasPrefix("}}", at: position), false)
    }

    // MARK: Text and delimiters

    private mutating func readText() {
        guard let opening = find(0x7B, 0x7B, from: position) else {
            position = input.count
            if position > start { emit(.text) }
            pending.append(Token(kind: .endOfText, position: position, line: line, text: []))
            state = .finished
            return
        }
        var end = opening
        if hasLeftTrim(at: opening + 2) {
            while end > start, Lexer.isSpace(input[end - 1]) { end -= 1 }
        }
        position = end
        if position > start { emit(.text) }
        position = opening
        ignore()
        readLeftDelimiter()
    }

    private mutating func readLeftDelimiter() {
        let trim = hasLeftTrim(at: position + 2) ? 2 : 0
        if hasPrefix("/*", at: position + 2 + trim) {
            position += 2 + trim
            ignore()
            return readComment()
        }
        position += 2
        emit(.leftDelimiter)
        position += trim
        ignore()
        parentheses = 0
        state = .action
    }

    private mutating func readComment() {
        guard let end = find(0x2A, 0x2F, from: position + 2) else { return fail("unclosed comment") }
        position = end + 2
        let delimiter = atRightDelimiter()
        guard delimiter.found else { return fail("comment ends before closing delimiter") }
        position += delimiter.trims ? 4 : 2
        if delimiter.trims { position = endOfSpaces(from: position) }
        ignore()
        state = .text
    }

    mutating func readRightDelimiter() {
        let trims = hasRightTrim(at: position)
        if trims {
            position += 2
            ignore()
        }
        position += 2
        emit(.rightDelimiter)
        if trims {
            position = endOfSpaces(from: position)
            ignore()
        }
        state = .text
    }

    // MARK: Inside an action

    private mutating func readAction() {
        if atRightDelimiter().found {
            return parentheses == 0 ? readRightDelimiter() : fail("unclosed left paren")
        }
        guard position < input.count else { return fail("unclosed action") }
        let byte = input[position]
        switch byte {
        case 0x20, 0x09, 0x0D, 0x0A: readSpace()
        case UInt8(ascii: "="): emitOne(.assign)
        case UInt8(ascii: ":"):
            position += 1
            guard position < input.count, input[position] == UInt8(ascii: "=") else { return fail("expected :=") }
            emitOne(.declare)
        case UInt8(ascii: "|"): emitOne(.pipe)
        case UInt8(ascii: "\""): readQuoted(.string, "unterminated quoted string")
        case UInt8(ascii: "'"): readQuoted(.characterConstant, "unterminated character constant")
        case UInt8(ascii: "`"): readRawString()
        case UInt8(ascii: "$"): readName(.variable)
        case UInt8(ascii: "."):
            if position + 1 < input.count, !(0x30...0x39).contains(input[position + 1]) {
                readName(.field)
            } else {
                readNumber()
            }
        case UInt8(ascii: "+"), UInt8(ascii: "-"), 0x30...0x39: readNumber()
        case UInt8(ascii: "("):
            parentheses += 1
            emitOne(.leftParenthesis)
        case UInt8(ascii: ")"):
            parentheses -= 1
            guard parentheses >= 0 else { return fail("unexpected right paren") }
            emitOne(.rightParenthesis)
        default:
            let rune = Rune.decode(input[...], at: position)
            if isAlphanumeric(rune.scalar) { return readIdentifier() }
            guard (0x21..<0x7F).contains(byte) else {
                return fail("unrecognized character in action: \(Quoting.unicode(rune.scalar))")
            }
            emitOne(.character)
        }
    }

    private mutating func emitOne(_ kind: Token.Kind) {
        position += 1
        emit(kind)
    }

    private mutating func readSpace() {
        let end = endOfSpaces(from: position)
        // The last space may belong to a trim marker, ` -}}`.
        if hasRightTrim(at: end - 1), hasPrefix("}}", at: end + 1) {
            if end - position == 1 { return readRightDelimiter() }
            position = end - 1
        } else {
            position = end
        }
        emit(.space)
    }
}
