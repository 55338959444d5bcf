/// The manual page complainer.conf(5): the file that `-config` names, by the environment names of all settings.
public enum ConfigurationManPage {
    /// - Parameters:
    ///   - version: e.g. `2.0.0`.
    ///   - date: e.g. `2026-01-31`.
    public static func render(_ registry: SettingsRegistry, version: String, date: String) -> String {
        var lines = Roff.head(
            "complainer.conf", section: 5, program: "complainer", version: version, date: date, title: "File Formats")
        lines += [
            ".SH NAME", "complainer.conf \\- settings of complainer",
            ".SH SYNOPSIS", Roff.text("/etc/default/complainer, or the file named by -config"),
            ".SH DESCRIPTION",
            Roff.text(
                "Each line is VARIABLE=value. Values are quoted as in EnvironmentFile= of systemd. A line that begins "
                    + "with # or ; is a comment. Of two lines with one name the later one counts. An empty value "
                    + "counts as unset."),
            ".PP",
            Roff.text(
                "A flag, a systemd credential and an environment variable override the file; see complainer(1). "
                    + "SIGHUP reads the file again and restarts only the workers whose settings changed. An invalid "
                    + "file is rejected, and the settings in force stay."),
            ".SH EXAMPLE",
        ]
        lines += Roff.example([
            "COMPLAINER_MASTERS=http://mesos-1:5050,http://mesos-2:5050", "COMPLAINER_UPLOADER=noop",
            "COMPLAINER_REPORTERS=slack", "SLACK_HOOK_URL=https://hooks.slack.com/services/…",
        ])
        lines.append(".SH VARIABLES")
        for owner in registry.owners where owner.kind != .command {
            let settings = owner.settings.filter { $0.environment != nil }
            guard !settings.isEmpty else { continue }
            lines.append(".SS \(Roff.escaped(owner.kind == .core ? owner.name : "\(owner.name) (\(owner.summary))"))")
            for setting in settings {
                guard let variable = setting.environment else { continue }
                lines += Roff.term(variable, "\(setting.help). Flag: -\(setting.name).")
                if let value = setting.defaultValue { lines += Roff.fact("Default", value) }
            }
        }
        lines += [
            ".SH SEE ALSO", ".BR complainer (1),", ".BR complainer\\-templates (7),", ".BR systemd.exec (5)",
        ]
        return lines.joined(separator: "\n") + "\n"
    }
}
