import Complaints
import HTTPClient
import Supervision

/// Posts each report to a Slack channel, by an incoming webhook.
///
/// Slack wants about one message a second for each hook; a delivery waits up to 5 s for its turn in the worker, and goes
/// back to the dispatcher when that is not enough.
public struct SlackReporter: Reporter {
    public static let kind = "slack"
    public let credit = 4
    public let order = DeliveryOrder.perDestination

    /// The longest text that Slack takes without cutting it.
    static let maxText = 40_000

    private let service: ServiceAccess
    private let format: ReportFormat

    init(_ settings: WorkerSettings, client: ServiceClient = ServiceClient(interval: .seconds(1))) throws {
        service = ServiceAccess(settings, client: client)
        format = try ReportFormat(SlackSettings.owner, service.settings)
    }

    private struct Message: Encodable {
        var text: String
        var channel: String?
        var username: String?
        var iconEmoji: String?
        var iconURL: String?
        var attachments: [Attachment]?

        private enum CodingKeys: String, CodingKey {
            case text, channel, username, attachments
            case iconEmoji = "icon_emoji"
            case iconURL = "icon_url"
        }
    }

    /// The end of a log, below the message.
    private struct Attachment: Encodable {
        var color = "danger"
        var title: String
        var fallback: String
        var text: String
        var markdown = ["text"]

        private enum CodingKeys: String, CodingKey {
            case color, title, fallback, text
            case markdown = "mrkdwn_in"
        }

        init(_ name: String, _ tail: String) {
            title = "end of \(name)"
            fallback = title
            // Three of them would end the block of code: a space of no width between them does not show.
            let code = tail.replacing("```", with: "`\u{200B}`\u{200B}`")
            text = "```\n\(SlackReporter.escape(code))\n```"
        }
    }

    /// Of the end of a log, in bytes: Slack folds longer texts away.
    static let maxTail = 3000

    public func deliver(_ report: Report) async throws(DeliveryError) -> DeliveryResult {
        guard let hook = service.value("hook_url", report) else { return .notConfigured("hook_url") }
        let message = Message(
            text: Self.cut(try format.render(report, escape: Self.escape)), channel: service.value("channel", report),
            username: service.value("username", report), iconEmoji: service.value("icon_emoji", report),
            iconURL: service.value("icon_url", report), attachments: attachments(report))
        var request = try HTTPRequest.post(hook, json: message)
        request.hidesPath = true
        try await service.send(ServiceCall("Slack", request, destination: hook, secrets: [hook]))
        return .delivered
    }

    private func attachments(_ report: Report) -> [Attachment]? {
        guard report.flag("tail", service.settings) == true else { return nil }
        let evidence = report.delivery.evidence
        let tails = [("stdout", evidence.stdoutTail), ("stderr", evidence.stderrTail)]
            .map { ($0.0, LogText.shown($0.1, maxBytes: Self.maxTail)) }.filter { !$0.1.isEmpty }
        return tails.isEmpty ? nil : tails.map { Attachment($0.0, $0.1) }
    }

    /// The three characters that mean something in Slack's markup, as entities.
    static func escape(_ text: String) -> String {
        guard text.utf8.contains(where: { "&<>".utf8.contains($0) }) else { return text }
        return text.reduce(into: "") { result, character in
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            default: result.append(character)
            }
        }
    }

    /// At most as long as Slack takes, and without the first half of an entity at the end.
    static func cut(_ text: String) -> String {
        guard text.unicodeScalars.count > maxText else { return text }
        var scalars = text.unicodeScalars.prefix(maxText)
        if let start = scalars.suffix(4).lastIndex(of: "&"), !scalars[start...].contains(";") {
            scalars = scalars[..<start]
        }
        return String(String.UnicodeScalarView(scalars))
    }
}

/// The settings of the Slack reporter.
enum SlackSettings {
    static let owner = SettingOwner(
        .reporter, "slack", summary: "a message to a Slack channel, by an incoming webhook", settings: settings)

    static let settings = [
        SettingDefinition(
            "slack.hook_url", environment: "SLACK_HOOK_URL", kind: .url(schemes: ["https", "http"]),
            help: "URL of the incoming webhook", isSecret: true, required: .unlessLabelled, isDestination: true),
        SettingDefinition(
            "slack.channel", environment: "SLACK_CHANNEL", help: "channel, if not the webhook's own",
            placeholder: "#CHANNEL", place: .room),
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
        SettingDefinition(
            "slack.tail", environment: "SLACK_TAIL", kind: .bool, default: "false",
            help: "whether the ends of the logs are below the message"),
    ]
}
