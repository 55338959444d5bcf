/// The settings of the Slack reporter.
enum SlackSettings {
    static let owner = SettingOwner(
        .reporter, "slack", summary: "a message to a Slack channel, by an incoming webhook", settings: settings)

    static let settings = [
        SettingDefinition(
            "slack.hook_url", environment: "SLACK_HOOK_URL", kind: .url(schemes: ["https", "http"]),
            help: "URL of the incoming webhook", isSecret: true),
        SettingDefinition(
            "slack.channel", environment: "SLACK_CHANNEL", help: "channel, if not the webhook's own",
            placeholder: "#CHANNEL"),
        SettingDefinition(
            "slack.username", environment: "SLACK_USERNAME", help: "name the message is from", placeholder: "NAME"),
        SettingDefinition(
            "slack.icon_emoji", environment: "SLACK_ICON_EMOJI", help: "emoji for the icon", placeholder: ":EMOJI:"),
        SettingDefinition(
            "slack.icon_url", environment: "SLACK_ICON_URL", kind: .url(schemes: ["https", "http"]),
            help: "image for the icon"),
        SettingDefinition(
            "slack.format", environment: "SLACK_FORMAT", kind: .template,
            default: "Task {{ .failure.Name }} ({{ .failure.ID }}) died with status {{ .failure.State }} "
                + "[<{{ .stdoutURL }}|stdout>, <{{ .stderrURL }}|stderr>]",
            help: "template of the message"),
    ]
}
