/// The end of a log, made fit to be shown: as its lines would look in a terminal, without what else they could do there.
public enum LogText {
    /// Enough for any service; what the uploader keeps is not more.
    public static let maxBytes = 64 << 10

    /// - Parameter maxBytes: of the result, in UTF-8. What is too much is cut at the beginning, at a line if there is one
    ///   near, and `…` says so.
    public static func shown(_ text: String, maxBytes: Int = LogText.maxBytes) -> String {
        let clean = isClean(text) ? text : cleaned(text)
        guard clean.utf8.count > maxBytes else { return clean }
        let mark = "…\n"
        var rest = clean.unicodeScalars[...]
        var excess = clean.utf8.count - max(0, maxBytes - mark.utf8.count)
        while excess > 0, let scalar = rest.popFirst() { excess -= UTF8.width(scalar) }
        // The rest of a line that was cut says little, unless it is most of what there is.
        if let newline = rest.firstIndex(of: "\n"), rest.index(after: newline) != rest.endIndex,
            rest[..<newline].count < rest.count / 2
        {
            rest = rest[rest.index(after: newline)...]
        }
        return mark + String(rest)
    }

    private static func isClean(_ text: String) -> Bool { !text.unicodeScalars.contains { isDangerous($0) } }

    /// Control characters but for newlines and tabs, and characters that change the direction of those around them.
    private static func isDangerous(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 9, 10: false
        case 0..<32, 127..<160, 0x200E, 0x200F, 0x2028, 0x2029, 0x202A...0x202E, 0x2066...0x2069, 0xFEFF: true
        // Noncharacters and tags; some services refuse them.
        case 0xFFFE, 0xFFFF, 0xE0000...0xE007F: true
        default: false
        }
    }

    private static func cleaned(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        var rest = text.unicodeScalars[...]
        while let scalar = rest.popFirst() {
            switch scalar {
            // Colours and the like.
            case "\u{1B}": skipSequence(&rest)
            case "\r":
                if rest.first == "\n" { rest.removeFirst() }
                result.append("\n")
            case "\u{2028}", "\u{2029}", "\u{85}": result.append("\n")
            default: result.append(isDangerous(scalar) ? "\u{FFFD}" : scalar)
            }
        }
        return String(result)
    }

    /// What follows ESC (ECMA-48): a control sequence, a string for the terminal, or one more character.
    private static func skipSequence(_ rest: inout Substring.UnicodeScalarView) {
        switch rest.first {
        case "[":
            rest.removeFirst()
            while let next = rest.first, (0x20...0x3F).contains(next.value) { rest.removeFirst() }
            if let final = rest.first, (0x40...0x7E).contains(final.value) { rest.removeFirst() }
        case "]", "P", "_", "^":
            // Up to BEL or ESC \, but not over the end of the line.
            while let next = rest.first, next != "\n" {
                rest.removeFirst()
                if next == "\u{7}" { return }
                if next == "\u{1B}" {
                    if rest.first == "\\" { rest.removeFirst() }
                    return
                }
            }
        case let next? where (0x20...0x7E).contains(next.value):
            rest.removeFirst()
            if (0x20...0x2F).contains(next.value), let final = rest.first, (0x30...0x7E).contains(final.value) {
                rest.removeFirst()
            }
        default: break
        }
    }
}
