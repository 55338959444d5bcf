/// The text of `-h`.
public enum Usage {
    static let width = 100
    private static let indent = 30

    /// Every flag with its environment variable, default and help, in groups, wrapped to 100 columns.
    public static func render(_ registry: SettingsRegistry) -> String {
        var lines = [
            "Usage: complainer -masters=URL,… -uploader=NAME -reporters=NAME,… [flags]",
            "       complainer COMMAND [flags]",
            "",
        ]
        lines += wrap(
            "Finds failed tasks on a Mesos cluster, saves their logs and reports them. "
                + "A flag is -name=value or -name value; for booleans -name or -name=false. "
                + "A value comes from the flag, else from the file of the flag's name in "
                + "$CREDENTIALS_DIRECTORY, else from the environment variable, else from the file given by "
                + "-config, else it is the default.", column: 0)
        lines += ["", "Commands:"]
        for command in registry.commands {
            lines += row("  \(command.name)", command.summary)
            for definition in command.settings { lines += row("    \(label(definition))", definition.help) }
        }
        for owner in registry.owners where owner.kind != .command && !owner.settings.isEmpty {
            lines += ["", heading(owner)]
            for definition in owner.settings { lines += entry(definition) }
        }
        lines += ["", "Exit status: 0 well, 1 a setting turned out unusable at start, 2 wrong usage."]
        return lines.joined(separator: "\n") + "\n"
    }

    /// Title of an owner's group.
    static func heading(_ owner: SettingOwner) -> String {
        switch owner.kind {
        case .core: "\(owner.name):"
        case .uploader: "Uploader \(owner.name), \(owner.summary):"
        case .reporter: "Reporter \(owner.name), \(owner.summary):"
        case .command: "Command \(owner.name), \(owner.summary):"
        }
    }

    /// `-name PLACEHOLDER`, or `-name` for a boolean.
    static func label(_ definition: SettingDefinition) -> String {
        definition.kind == .bool ? "-\(definition.name)" : "-\(definition.name) \(definition.placeholder)"
    }

    private static func entry(_ definition: SettingDefinition) -> [String] {
        var help = definition.help
        switch definition.required {
        case .never, .unlessLabelled: break
        case .always: help += " (required)"
        case .whenOwnerIsUsed: help += definition.defaultValue == nil ? " (required)" : ""
        }
        if !definition.aliases.isEmpty {
            help += "; also " + definition.aliases.map { "-\($0)" }.joined(separator: ", ")
        }
        var facts: [String] = []
        if let environment = definition.environment { facts.append("env: \(environment)") }
        if let value = definition.defaultValue { facts.append("default: \(breakable(value))") }
        if facts.joined(separator: "  ").count <= width - indent { facts = [facts.joined(separator: "  ")] }
        return row("  " + label(definition), help) + facts.flatMap { wrap($0, column: indent) }
    }

    /// Two columns; a left one that is too wide has a line of its own.
    private static func row(_ left: String, _ right: String) -> [String] {
        let right = wrap(right, column: indent)
        guard left.count + 2 <= indent, let first = right.first else { return [left] + right }
        let gap = String(repeating: " ", count: indent - left.count)
        return [left + gap + first.dropFirst(indent)] + right.dropFirst()
    }

    /// A place where a line may end without a space.
    private static let mark: Character = "\u{200B}"

    /// The text with marks: a list may be broken after its commas, a template before its actions but not within.
    private static func breakable(_ text: String) -> String {
        var result = ""
        var isInAction = false
        for character in text.replacing("{{", with: "\(mark){{") {
            if character == mark { isInAction = true }
            if character == "}" { isInAction = false }
            result.append(isInAction && character == " " ? "\u{A0}" : character)
            if !isInAction, character == "," || character == ";" { result.append(mark) }
        }
        return result
    }

    /// Lines that begin at a column and end before the width, broken at spaces and marks.
    static func wrap(_ text: String, column: Int) -> [String] {
        let room = width - column
        var lines: [String] = []
        var line = ""
        var separator = ""
        for piece in text.split(omittingEmptySubsequences: false, whereSeparator: { $0 == " " || $0 == mark }) {
            if !line.isEmpty, line.count + separator.count + piece.count > room {
                lines.append(line)
                line = String(piece)
            } else {
                line += (line.isEmpty ? "" : separator) + piece
            }
            separator = piece.endIndex < text.endIndex && text[piece.endIndex] == " " ? " " : ""
            while line.count > room {
                lines.append(String(line.prefix(room)))
                line = String(line.dropFirst(room))
            }
        }
        if !line.isEmpty { lines.append(line) }
        let margin = String(repeating: " ", count: column)
        return lines.map { line in
            let end = line.lastIndex { $0 != " " }.map { line.index(after: $0) } ?? line.startIndex
            return margin + line[..<end].replacing("\u{A0}", with: " ")
        }
    }
}
