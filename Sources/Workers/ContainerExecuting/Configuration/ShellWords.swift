/// Splits a line into words like a POSIX shell: blanks between them, `'…'`, `"…"` and `\` to quote. Nothing is expanded:
/// `$`, `*`, `|` and `;` are characters like others.
enum ShellWords {
    enum Failure: Error, Equatable, CustomStringConvertible {
        case openQuote(Character)
        case openBackslash

        var description: String {
            switch self {
            case .openQuote(let quote): "a \(quote) is never closed"
            case .openBackslash: "it ends with a backslash"
            }
        }
    }

    static func split(_ line: String) throws(Failure) -> [String] {
        var words: [String] = []
        var word: String?
        var rest = line[...]
        while let character = rest.popFirst() {
            switch character {
            case "'":
                guard let end = rest.firstIndex(of: "'") else { throw .openQuote("'") }
                word = (word ?? "") + rest[..<end]
                rest = rest[rest.index(after: end)...]
            case "\"": word = (word ?? "") + (try quoted(&rest))
            case "\\":
                guard let next = rest.popFirst() else { throw .openBackslash }
                // A line that goes on.
                if next != "\n" { word = (word ?? "") + String(next) }
            case _ where character.isWhitespace:
                if let word { words.append(word) }
                word = nil
            default: word = (word ?? "") + String(character)
            }
        }
        if let word { words.append(word) }
        return words
    }

    /// The rest of `"…"`: a backslash counts only before what has a meaning there.
    private static func quoted(_ rest: inout Substring) throws(Failure) -> String {
        var text = ""
        while let character = rest.popFirst() {
            switch character {
            case "\"": return text
            case "\\":
                guard let next = rest.popFirst() else { throw .openQuote("\"") }
                switch next {
                case "\"", "\\", "$", "`": text.append(next)
                case "\n": break
                default: text += "\\\(next)"
                }
            default: text.append(character)
            }
        }
        throw .openQuote("\"")
    }
}
