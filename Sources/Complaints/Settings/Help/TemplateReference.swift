/// What a template can use, described once for the guide and for the manual page.
public enum TemplateReference {
    /// Names with one meaning.
    public struct Entry: Sendable {
        public var names: [String]
        public var meaning: String
    }

    /// The values beside the failure.
    public static let values = [
        Entry(names: ["failure"], meaning: "the failed task; printed as NAME (ID) from SLAVE"),
        Entry(names: ["stdoutURL", "stderrURL"], meaning: "links to the logs"),
        Entry(names: ["nl"], meaning: "a line break"),
        Entry(names: ["config"], meaning: "the function config, as a value"),
    ]

    /// Functions beside those of Go.
    public static let functions = [
        Entry(names: ["config \"KEY\""], meaning: "the label KEY of this reporter instance, empty if there is none")
    ]

    /// Fields of `.failure`.
    public static let fields = [
        Entry(names: ["ID", "Name"], meaning: "id and name of the task"),
        Entry(names: ["Slave"], meaning: "host name of the agent"),
        Entry(names: ["Framework", "FrameworkID"], meaning: "name and id of the framework"),
        Entry(names: ["Image"], meaning: "Docker image, empty if there is none"),
        Entry(names: ["State"], meaning: "state of the last status, such as TASK_FAILED"),
        Entry(names: ["Started", "Finished"], meaning: "times of the first and the last status, as Go's time.Time"),
        Entry(names: ["Labels"], meaning: "labels of the task, a map"),
        Entry(
            names: ["Message", "Reason", "Source"],
            meaning: "of the last status; empty if the failure was found by polling"),
        Entry(names: ["AgentID", "ExecutorID", "ContainerID"], meaning: "ids in Mesos"),
        Entry(names: ["ExitCode"], meaning: "exit status of the task, empty if it is not known"),
        Entry(names: ["StdoutTail", "StderrTail"], meaning: "last lines of the logs"),
        Entry(names: ["LogsError"], meaning: "why the logs could not be saved; empty if they were"),
        Entry(names: ["Held"], meaning: "number of failures that a summary stands for; 0 for an ordinary report"),
        Entry(names: ["HeldFirst", "HeldLast"], meaning: "times of the first and the last of these failures"),
        Entry(names: ["HeldSummary"], meaning: "a sentence about them; empty for an ordinary report"),
    ]

    static let introduction = """
        Formats of reports, fields of Jira issues and prefixes of saved logs are Go templates: text/template with all of \
        its built-in functions.
        """
    static let checking = """
        Templates in settings are checked at the start; an error names line and column. complainer render prints what a \
        template makes of a failure.
        """
    static let examples = [
        "{{ .failure.Name }} failed on {{ .failure.Slave }} after {{ .failure.Finished.Sub .failure.Started }}",
        "{{ with .failure.Message }}Mesos says: {{ . }}{{ end }}",
        "{{ index .failure.Labels \"team\" }}: {{ .stderrURL }}",
    ]

    /// The article of the user guide, in Markdown.
    public static func article() -> String {
        func table(_ title: String, _ entries: [Entry], prefix: String) -> [String] {
            ["", "## \(title)", "", "| name | meaning |", "| --- | --- |"]
                + entries.map { entry in
                    "| \(entry.names.map { "`\(prefix)\($0)`" }.joined(separator: ", ")) | \(entry.meaning) |"
                }
        }
        var lines = ["# Report templates", "", introduction, "", "## Overview", "", checking]
        lines += table("Values", values, prefix: ".") + table("Functions", functions, prefix: "")
        lines += table("Fields of a failure", fields, prefix: ".failure.")
        lines += ["", "## Examples", ""] + examples.map { "    \($0)" }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The manual page complainer-templates(7).
    public static func manPage(version: String, date: String) -> String {
        func section(_ title: String, _ entries: [Entry], prefix: String) -> [String] {
            [".SH \(title)"]
                + entries.flatMap { entry in
                    Roff.term(entry.names.map { prefix + $0 }.joined(separator: ", "), entry.meaning + ".")
                }
        }
        var lines = Roff.head(
            "complainer-templates", section: 7, program: "complainer", version: version, date: date,
            title: "Miscellaneous")
        lines += [
            ".SH NAME", "complainer\\-templates \\- templates of complainer's reports", ".SH DESCRIPTION",
            Roff.text(introduction), ".PP", Roff.text(checking),
        ]
        lines += section("VALUES", values, prefix: ".") + section("FUNCTIONS", functions, prefix: "")
        lines += section("FIELDS OF A FAILURE", fields, prefix: ".failure.")
        lines += [".SH EXAMPLES"] + examples.flatMap { Roff.example([$0]) }
        lines += [".SH SEE ALSO", ".BR complainer (1),", ".BR complainer.conf (5)"]
        return lines.joined(separator: "\n") + "\n"
    }
}
