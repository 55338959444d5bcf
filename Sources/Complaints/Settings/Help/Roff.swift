/// Text in roff, the language of manual pages, for the macros of man(7).
enum Roff {
    /// The first lines of a page: its title, and no hyphens or stretched spaces, as names are to be typed as they stand.
    static func head(
        _ name: String, section: Int, program: String, version: String, date: String, title: String
    ) -> [String] {
        [
            ".TH \(name.uppercased()) \(section) \(quoted(date)) \(quoted("\(program) \(version)")) \(quoted(title))",
            ".nh", ".ad l",
        ]
    }

    /// A line of running text, which must not begin like a request.
    static func text(_ line: String) -> String {
        let line = escaped(line)
        return line.hasPrefix(".") || line.hasPrefix("'") ? "\\&" + line : line
    }

    /// A term in bold with its explanation below.
    static func term(_ term: String, _ explanation: String) -> [String] {
        [".TP", "\\fB\(escaped(term))\\fR", text(explanation)]
    }

    /// A value on a line of its own; a list may be broken after its commas.
    static func fact(_ name: String, _ value: String) -> [String] {
        [".br", "\(name): \(escaped(value.replacing("\n", with: "\\n")).replacing(",", with: ",\\:"))"]
    }

    /// Lines that are shown as they are.
    static func example(_ lines: [String]) -> [String] {
        [".PP", ".RS 4", ".nf"] + lines.map(text) + [".fi", ".RE"]
    }

    static func quoted(_ argument: String) -> String {
        "\"" + escaped(argument).replacing("\"", with: "\\(dq") + "\""
    }

    /// What roff takes for itself; dashes are those that one types.
    static func escaped(_ text: String) -> String {
        var result = ""
        for character in text {
            switch character {
            case "\\": result += "\\e"
            case "-": result += "\\-"
            case "'": result += "\\(aq"
            case "`": result += "\\(ga"
            case "^": result += "\\(ha"
            case "~": result += "\\(ti"
            case "…": result += "\\&..."
            default: result.append(character)
            }
        }
        return result
    }
}
