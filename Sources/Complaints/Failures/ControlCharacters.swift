/// Texts of others, made fit for a file that people look at in a terminal.
public enum ControlCharacters {
    /// Control characters, and those that change lines or the direction of text, as `\\x1b` or `\\u2028`. Tabs and newlines
    /// stay: tails have them.
    public static func escaped(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isDangerous) else { return text }
        return text.unicodeScalars.reduce(into: "") { result, scalar in
            guard isDangerous(scalar) else {
                result.unicodeScalars.append(scalar)
                return
            }
            let digits = String(scalar.value, radix: 16)
            let width = scalar.value < 0x100 ? 2 : 4
            result +=
                (width == 2 ? "\\x" : "\\u") + String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
    }

    /// The same for a value that is one line: newlines are escaped, too.
    public static func escapedLine(_ text: String) -> String {
        escaped(text).replacing("\n", with: "\\n")
    }

    private static func isDangerous(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 9, 10: false
        case 0..<32, 127..<160, 0x200E, 0x200F, 0x2028, 0x2029, 0x202A...0x202E, 0x2066...0x2069, 0xFEFF: true
        default: false
        }
    }
}
