/// The settings of the HipChat reporter.
enum HipChatSettings {
    static let owner = SettingOwner(
        .reporter, "hipchat", summary: "a notification in a HipChat room (v2 API)", settings: settings)

    static let settings = [
        SettingDefinition(
            "hipchat.base_url", environment: "HIPCHAT_BASE_URL", kind: .url(schemes: ["https", "http"]),
            default: "https://api.hipchat.com/v2/", help: "where the API is"),
        SettingDefinition(
            "hipchat.room", environment: "HIPCHAT_ROOM", help: "the room's id or name", placeholder: "ROOM"),
        SettingDefinition(
            "hipchat.token", environment: "HIPCHAT_TOKEN", help: "token that may notify the room",
            placeholder: "TOKEN", isSecret: true),
        SettingDefinition(
            "hipchat.format", environment: "HIPCHAT_FORMAT", kind: .template,
            default: "Task {{ .failure.Name }} ({{ .failure.ID }}) died with status {{ .failure.State }} "
                + #"[<a href="{{ .stdoutURL }}">stdout</a>, <a href="{{ .stderrURL }}">stderr</a>]"#,
            help: "template of the message, in HTML"),
    ]
}
