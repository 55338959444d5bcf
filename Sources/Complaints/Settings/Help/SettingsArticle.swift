/// The article of the user guide that lists all settings, in Markdown.
///
/// The file in the documentation catalog is a copy of it; a test fails when the copy is stale.
public enum SettingsArticle {
    public static func render(_ registry: SettingsRegistry) -> String {
        var lines = [
            "# Settings",
            "",
            "Every flag of complainer with its environment variable, its default and its meaning.",
            "",
            "## Overview",
            "",
            "A value comes from the first of these that has one:",
            "",
            "1. the flag, written `-name=value`, `--name=value` or `-name value`; a boolean also `-name`;",
            "2. the file with the flag's name in `$CREDENTIALS_DIRECTORY` (systemd's `LoadCredential=`);",
            "3. the environment variable;",
            "4. the file named by `-config`, with lines `VARIABLE=value` and systemd's quoting;",
            "5. the default.",
            "",
            "An empty variable, credential or line counts as unset. `complainer check` validates all settings,",
            "`complainer -h` prints this list.",
        ]
        for owner in registry.owners where owner.kind != .command && !owner.settings.isEmpty {
            lines += [
                "", "## \(title(owner))", "", "| flag | variable | default | meaning |", "| --- | --- | --- | --- |",
            ]
            lines += owner.settings.map(row)
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func title(_ owner: SettingOwner) -> String {
        switch owner.kind {
        case .core, .command: owner.name
        case .uploader: "Uploader \(owner.name)"
        case .reporter: "Reporter \(owner.name)"
        }
    }

    private static func row(_ definition: SettingDefinition) -> String {
        var meaning = definition.help
        if !definition.aliases.isEmpty {
            meaning += "; also " + definition.aliases.map { "`-\($0)`" }.joined(separator: ", ")
        }
        let defaultValue =
            switch (definition.defaultValue, definition.required) {
            case (let value?, _): value.isEmpty ? "empty" : code(value)
            case (nil, .always), (nil, .whenOwnerIsUsed): "required"
            case (nil, .never), (nil, .unlessLabelled): ""
            }
        let cells = [
            "`-\(definition.name)`", definition.environment.map { "`\($0)`" } ?? "", defaultValue, escaped(meaning),
        ]
        return "| " + cells.joined(separator: " | ") + " |"
    }

    /// A code span of one table cell: line breaks are shown as `\n`.
    private static func code(_ text: String) -> String {
        "`\(escaped(text.replacing("\n", with: "\\n")))`"
    }

    /// What a table cell takes for its end.
    private static func escaped(_ text: String) -> String { text.replacing("|", with: "\\|") }
}
