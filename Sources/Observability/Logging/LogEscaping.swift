/// What keeps a message from forging lines, colours or reading order in somebody's terminal.
enum LogEscaping {
    /// Appends `text` with control characters, line separators and bidirectional overrides written out
    /// (`\n`, `\u{1b}`), and those of `also` behind a backslash.
    ///
    /// - Parameter kept: control characters that stay as they are.
    static func append(_ text: String, to line: inout [UInt8], also: Set<Unicode.Scalar> = [], kept: Set<UInt32> = []) {
        for scalar in text.unicodeScalars {
            if also.contains(scalar) {
                line.append(UInt8(ascii: "\\"))
                line.append(contentsOf: String(scalar).utf8)
            } else if isDangerous(scalar), !kept.contains(scalar.value) {
                line.append(contentsOf: escape(scalar).utf8)
            } else {
                line.append(contentsOf: String(scalar).utf8)
            }
        }
    }

    /// Is this one of the scalars that ``append(_:to:also:kept:)`` writes out?
    static func isDangerous(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F..<0xA0: true  // C0, DEL, C1
        case 0x2028, 0x2029: true  // line and paragraph separator
        case 0x061C, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069: true  // bidirectional controls
        default: false
        }
    }

    private static func escape(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "\n": "\\n"
        case "\r": "\\r"
        case "\t": "\\t"
        default: "\\u{\(String(scalar.value, radix: 16))}"
        }
    }

    /// `text`, or as much of its beginning as fits into `limit` bytes of UTF-8, with a mark that it was cut.
    static func cut(_ text: String, to limit: Int) -> String {
        guard text.utf8.count > limit else { return text }
        let mark = "…[cut]"
        var end = text.utf8.index(text.startIndex, offsetBy: max(0, limit - mark.utf8.count))
        // Never inside a scalar: step back to where one starts.
        while end > text.startIndex, end.samePosition(in: text.unicodeScalars) == nil {
            end = text.utf8.index(before: end)
        }
        return String(text[..<end]) + mark
    }
}
