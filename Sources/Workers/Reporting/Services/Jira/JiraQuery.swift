/// Looking for an issue by its summary, in JQL.
enum JiraQuery {
    /// The longest summary that Jira takes.
    static let maxSummary = 254

    /// A summary as Jira keeps it: one line, not too long.
    static func summary(_ text: String) -> String {
        let line = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        let plain = line.unicodeScalars.filter { $0.properties.generalCategory != .control }
        guard plain.count > maxSummary else { return String(String.UnicodeScalarView(plain)) }
        return String(String.UnicodeScalarView(plain.prefix(maxSummary - 1))) + "…"
    }

    /// Issues of a project that are not closed and whose summary holds these words in a row. What it finds has still to
    /// be compared: it is a search for text.
    static func open(_ summary: String, project: String, closed: String) -> String {
        // Two languages in one another: a phrase of the text search is itself a quoted word of JQL.
        "summary ~ \(quoted(quoted(summary))) AND project = \(quoted(project)) AND status != \(quoted(closed))"
    }

    static func quoted(_ text: String) -> String {
        text.reduce(into: "\"") { result, character in
            if character == "\"" || character == "\\" { result.append("\\") }
            result.append(character)
        } + "\""
    }
}
