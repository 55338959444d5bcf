/// The settings of the file reporter.
enum FileSettings {
    static let owner = SettingOwner(
        .reporter, "file", summary: "lines appended to a file", settings: settings)

    static let settings = [
        SettingDefinition(
            "file.name", environment: "FILE_NAME", kind: .file, default: "/dev/stderr",
            help: "file to append to; - is standard output"),
        SettingDefinition(
            "file.format", environment: "FILE_FORMAT", kind: .template,
            default: "Task {{ .failure.Name }} ({{ .failure.ID }}) died with status {{ .failure.State }}:{{ .nl }}"
                + "  * {{ .stdoutURL }}{{ .nl }}  * {{ .stderrURL }}{{ .nl }}",
            help: "template of the text; {{ .nl }} is a newline"),
    ]
}
