/// The manual page complainer(1), in roff with the macros of man(7).
public enum ManPage {
    /// - Parameters:
    ///   - version: e.g. `2.0.0`.
    ///   - date: e.g. `2026-01-31`.
    public static func render(_ registry: SettingsRegistry, version: String, date: String) -> String {
        var lines = Roff.head(
            "complainer", section: 1, program: "complainer", version: version, date: date, title: "User Commands")
        lines += [
            ".SH NAME",
            "complainer \\- report failed tasks of a Mesos cluster",
            ".SH SYNOPSIS",
            ".B complainer",
            ".BI \\-masters= URL,...",
            ".BI \\-uploader= NAME",
            ".BI \\-reporters= NAME,...",
            "[\\fIflags\\fR]",
        ]
        for command in registry.commands {
            lines += [".br", ".B complainer \(Roff.escaped(command.name))"]
            if !command.settings.isEmpty { lines.append("[\\fIflags\\fR]") }
        }
        lines += [".SH DESCRIPTION"]
        lines += [
            Roff.text(
                "Finds out that a task on a Mesos cluster failed, saves its logs somewhere that outlives the sandbox, "
                    + "and tells people why it died."),
            ".PP",
            Roff.text(
                "A flag is written -name=value, --name=value or -name value; one that is true or false is written "
                    + "-name or -name=false. An unknown flag, a value that cannot be parsed or a required setting "
                    + "that is missing prints one line and the usage."),
            ".SH COMMANDS",
        ]
        for command in registry.commands {
            lines += [".TP", ".B \(Roff.escaped(command.name))", Roff.text(command.summary + ".")]
            lines += command.settings.flatMap { entry($0, nested: true) }
        }
        lines += [".SH OPTIONS"]
        for owner in registry.owners where owner.kind != .command && !owner.settings.isEmpty {
            lines += [".SS \(Roff.escaped(title(owner)))"]
            lines += owner.settings.flatMap { entry($0, nested: false) }
        }
        lines += sources
        lines += exitStatus
        return lines.joined(separator: "\n") + "\n"
    }

    private static func title(_ owner: SettingOwner) -> String {
        let heading = Usage.heading(owner)
        return String(heading.dropLast(heading.hasSuffix(":") ? 1 : 0))
    }

    private static func entry(_ definition: SettingDefinition, nested: Bool) -> [String] {
        var lines = nested ? [".RS"] : []
        lines.append(".TP")
        let flag = "\\fB\(Roff.escaped("-" + definition.name))\\fR"
        lines.append(definition.kind == .bool ? flag : "\(flag)=\\fI\(Roff.escaped(definition.placeholder))\\fR")
        var help = definition.help
        if ![.never, .unlessLabelled].contains(definition.required), definition.defaultValue == nil {
            help += " (required)"
        }
        if !definition.aliases.isEmpty {
            help += "; also " + definition.aliases.map { "-\($0)" }.joined(separator: ", ")
        }
        lines.append(Roff.text(help + "."))
        if let environment = definition.environment {
            lines += [".br", "Environment: \\fB\(Roff.escaped(environment))\\fR"]
        }
        if let value = definition.defaultValue { lines += Roff.fact("Default", value) }
        if nested { lines.append(".RE") }
        return lines
    }

    private static let sources = [
        ".SH CONFIGURATION",
        Roff.text(
            "The first of these that has a value for a setting wins; one that is empty counts as not there, but for a "
                + "flag:"),
        ".IP 1. 4", "the flag;",
        ".IP 2. 4", Roff.text("a file with the flag's name in $CREDENTIALS_DIRECTORY (LoadCredential= of systemd);"),
        ".IP 3. 4", "the environment variable;",
        ".IP 4. 4",
        Roff.text(
            "the file given by -config: lines NAME=value with the names of the environment variables, comments after "
                + "# or ; at the beginning of a line, quoted as in EnvironmentFile= of systemd;"),
        ".IP 5. 4", "the default.",
        ".PP",
        Roff.text("SIGHUP reads the files again and restarts only the workers whose settings changed."),
    ]

    private static let exitStatus = [
        ".SH EXIT STATUS",
        ".IP 0 4", "Stopped as asked.",
        ".IP 1 4", Roff.text("A setting turned out to be unusable at start, or check found an error."),
        ".IP 2 4", "Wrong usage.",
        ".SH SEE ALSO",
        ".BR complainer.conf (5),", ".BR complainer\\-templates (7),", ".BR systemd.exec (5),",
        ".BR journalctl (1)",
    ]
}
