/// The settings of the file reporter.
enum FileSettings {
    static let owner = SettingOwner(
        .reporter, "file", summary: "lines appended to a file", settings: settings)

    /// To the byte the original's.
    static let defaultFormat =
        "Task {{ .failure.Name }} ({{ .failure.ID }}) died with status {{ .failure.State }}:{{ .nl }}"
        + "  * {{ .stdoutURL }}{{ .nl }}  * {{ .stderrURL }}{{ .nl }}"

    static let settings = [
        SettingDefinition(
            "file.name", environment: "FILE_NAME", kind: .file, default: "/dev/stderr",
            help: "file to append to; - is standard output"),
        SettingDefinition(
            "file.format", environment: "FILE_FORMAT", kind: .template,
            default: defaultFormat,
            help: "template of the text; {{ .nl }} is a newline"),
    ]
}
