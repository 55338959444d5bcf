/// The few places where RE2 and Go's package `regexp` do not agree.
enum GoSyntax {
    /// Position, in characters from 1, of the first `\C`, which RE2 knows and Go does not.
    static func positionOfSingleByteEscape(in pattern: String) -> Int? {
        var found: Int?
        scan(pattern) { piece in
            if case .escape("C", let index) = piece, found == nil { found = index + 1 }
        }
        return found
    }

    /// The pattern with later uses of a group's name taken out, `(?P<n>a)(?P<n>b)` becoming `(?P<n>a)(b)`; nil when no
    /// name is there twice.
    static func withoutRepeatedNames(_ pattern: String) -> String? {
        let characters = Array(pattern.unicodeScalars)
        var seen: Set<String> = []
        var cuts: [Range<Int>] = []
        scan(pattern) { piece in
            guard case .group(let index) = piece else { return }
            let rest = characters[(index + 1)...]
            guard rest.starts(with: "?P<".unicodeScalars), let end = rest.firstIndex(of: ">") else { return }
            let name = String(String.UnicodeScalarView(characters[(index + 4)..<end]))
            if !seen.insert(name).inserted { cuts.append((index + 1)..<(end + 1)) }
        }
        guard !cuts.isEmpty else { return nil }
        var result = characters
        for cut in cuts.reversed() { result.removeSubrange(cut) }
        return String(String.UnicodeScalarView(result))
    }

    /// The text as Go's regexp sees it: every byte that is not part of a valid sequence is one U+FFFD.
    static func repaired(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        let bytes = Array(bytes)
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var rest = bytes[...]
        while let first = rest.first {
            let length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
            let sequence = rest.prefix(length)
            if String(validating: sequence, as: UTF8.self) != nil {
                result += sequence
                rest = rest.dropFirst(length)
            } else {
                result += "\u{FFFD}".utf8
                rest = rest.dropFirst()
            }
        }
        return result
    }

    private enum Piece {
        /// `\` and this scalar, outside of a class and of `\Q…\E`; index of the backslash in scalars.
        case escape(Unicode.Scalar, Int)
        /// `(`; its index in scalars.
        case group(Int)
    }

    /// Calls back for every escape and every opening parenthesis that means one.
    private static func scan(_ pattern: String, _ visit: (Piece) -> Void) {
        let scalars = Array(pattern.unicodeScalars)
        var index = 0
        while index < scalars.count {
            switch scalars[index] {
            case "\\" where index + 1 < scalars.count:
                if scalars[index + 1] == "Q" {
                    index = endOfQuote(scalars, from: index + 2)
                    continue
                }
                visit(.escape(scalars[index + 1], index))
                index += 2
            case "[":
                index = endOfClass(scalars, from: index + 1)
            case "(":
                visit(.group(index))
                index += 1
            default:
                index += 1
            }
        }
    }

    private static func endOfQuote(_ scalars: [Unicode.Scalar], from start: Int) -> Int {
        var index = start
        while index < scalars.count {
            if scalars[index] == "\\", index + 1 < scalars.count, scalars[index + 1] == "E" { return index + 2 }
            index += 1
        }
        return index
    }

    private static func endOfClass(_ scalars: [Unicode.Scalar], from start: Int) -> Int {
        var index = start
        if index < scalars.count, scalars[index] == "^" { index += 1 }
        // A bracket that comes first stands for itself.
        if index < scalars.count, scalars[index] == "]" { index += 1 }
        while index < scalars.count, scalars[index] != "]" {
            if scalars[index] == "[", index + 1 < scalars.count, scalars[index + 1] == ":",
                let end = endOfNamedClass(scalars, from: index + 2)
            {
                index = end
            } else {
                index += scalars[index] == "\\" ? 2 : 1
            }
        }
        return index + 1
    }

    /// After the `:]` of `[:alpha:]`; nil when it is not a named class.
    private static func endOfNamedClass(_ scalars: [Unicode.Scalar], from start: Int) -> Int? {
        var index = start
        while index + 1 < scalars.count, scalars[index] != "]" {
            if scalars[index] == ":", scalars[index + 1] == "]" { return index + 2 }
            index += 1
        }
        return nil
    }
}
