import Complaints
import HTTPClient
import Supervision

/// Notifies a HipChat room of each report, by the v2 API. The message is HTML, as the format makes it.
public struct HipChatReporter: Reporter {
    public static let kind = "hipchat"
    public let credit = 4
    public let order = DeliveryOrder.perDestination

    /// The longest message that HipChat takes.
    static let maxMessage = 10_000

    private let service: ServiceAccess
    private let format: ReportFormat

    init(_ settings: WorkerSettings, client: ServiceClient = ServiceClient()) throws {
        service = ServiceAccess(settings, client: client)
        format = try ReportFormat(HipChatSettings.owner, service.settings)
    }

    private struct Notification: Encodable {
        var color = "red"
        var message: String
        var messageFormat = "html"
        var notify = true

        private enum CodingKeys: String, CodingKey {
            case color, message, notify
            case messageFormat = "message_format"
        }
    }

    public func deliver(_ report: Report) async throws(DeliveryError) -> DeliveryResult {
        guard let room = service.value("room", report) else { return .notConfigured("room") }
        guard let token = service.value("token", report) else { return .notConfigured("token") }
        guard let base = service.value("base_url", report) else { return .notConfigured("base_url") }
        let text = try format.render(report, lineBreak: "<br>", escape: Self.escape).unicodeScalars.prefix(
            Self.maxMessage)
        let url = "\(base)\(base.hasSuffix("/") ? "" : "/")room/\(room.percentEncoded)/notification"
        var request = try HTTPRequest.post(url, json: Notification(message: String(String.UnicodeScalarView(text))))
        request.credentials = .bearer(token)
        var call = ServiceCall("HipChat", request, destination: "\(url) \(token)", secrets: [token])
        call.rateLimit = { RetryAfter.epoch($0["X-RateLimit-Reset"], now: $1) }
        try await service.send(call)
        return .delivered
    }

    /// The characters that mean something in HTML, as entities.
    static func escape(_ text: String) -> String {
        text.unicodeScalars.reduce(into: "") { result, scalar in
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            default: result.unicodeScalars.append(scalar)
            }
        }
    }
}

/// The settings of the HipChat reporter.
enum HipChatSettings {
    static let owner = SettingOwner(
        .reporter, "hipchat", summary: "a notification in a HipChat room (v2 API)", settings: settings)

    static let settings = [
        SettingDefinition(
            "hipchat.base_url", environment: "HIPCHAT_BASE_URL", kind: .url(schemes: ["https", "http"]),
            default: "https://api.hipchat.com/v2/", help: "where the API is", isDestination: true),
        SettingDefinition(
            "hipchat.room", environment: "HIPCHAT_ROOM", help: "the room's id or name", placeholder: "ROOM",
            isDestination: true, place: .room),
        SettingDefinition(
            "hipchat.token", environment: "HIPCHAT_TOKEN", help: "token that may notify the room",
            placeholder: "TOKEN", isSecret: true, required: .unlessLabelled, isDestination: true),
        SettingDefinition(
            "hipchat.format", environment: "HIPCHAT_FORMAT", kind: .template,
            default: "Task {{ .failure.Name }} ({{ .failure.ID }}) died with status {{ .failure.State }} "
                + #"[<a href="{{ .stdoutURL }}">stdout</a>, <a href="{{ .stderrURL }}">stderr</a>]"#,
            help: "template of the message, in HTML"),
    ]
}
