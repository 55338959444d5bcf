/// One piece of a template's text.
struct Token {
    enum Kind {
        case error, endOfText, text, space
        case leftDelimiter, rightDelimiter, leftParenthesis, rightParenthesis
        case assign, declare, pipe, character
        case bool, characterConstant, number, complex, string, rawString
        case identifier, field, variable
        // Keywords.
        case dot, `nil`, `break`, `continue`, block, define, `else`, end, `if`, range, template, with

        var isKeyword: Bool {
            switch self {
            case .dot, .nil, .break, .continue, .block, .define, .else, .end, .if, .range, .template, .with: true
            default: false
            }
        }
    }

    var kind: Kind
    /// Offset of its first byte in the template's text.
    var position: Int
    /// Line it starts in, from 1.
    var line: Int
    /// Its bytes; the message of an error.
    var text: [UInt8]

    /// How Go names it in messages.
    var description: String {
        switch kind {
        case .endOfText: "EOF"
        case .error: String(goBytes: text[...])
        case _ where kind.isKeyword: "<\(String(goBytes: text[...]))>"
        default: quoted(limit: 10)
        }
    }

    private func quoted(limit: Int) -> String {
        var end = 0
        var runes = 0
        while end < text.count, runes < limit {
            end += Rune.decode(text[...], at: end).width
            runes += 1
        }
        // What counts for the dots is bytes, what is cut are characters: Go's mix.
        return Quoting.quote(text[..<end]) + (text.count > limit ? "..." : "")
    }
}
