import Complaints
import HTTPClient
import Supervision

/// Notifies a HipChat room of each report, by the v2 API. The message is HTML, as the format makes it.
public struct HipChatReporter: Reporter {
    public static let kind = "hipchat"
    public let credit = 4

    /// The longest message that HipChat takes.
    static let maxMessage = 10_000

    private let settings: SettingValues
    private let format: ReportFormat
    private let client: ServiceClient

    init(_ settings: WorkerSettings, client: ServiceClient = ServiceClient()) throws {
        self.settings = SettingValues(settings.values)
        self.client = client
        format = try ReportFormat(Self.kind, self.settings)
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
        guard let room = report.value("room", settings) else { return .notConfigured("room") }
        guard let token = report.value("token", settings) else { return .notConfigured("token") }
        guard let base = report.value("base_url", settings) else { return .notConfigured("base_url") }
        let text = try format.render(report).unicodeScalars.prefix(Self.maxMessage)
        let url = "\(base)\(base.hasSuffix("/") ? "" : "/")room/\(Self.encoded(room))/notification"
        var request = HTTPRequest(
            .post, url, headers: ["Content-Type": "application/json; charset=utf-8"],
            body: .bytes(try ServiceJSON.bytes(Notification(message: String(String.UnicodeScalarView(text))))))
        request.credentials = .bearer(token)
        var call = ServiceCall("HipChat", request, destination: "\(url) \(token)", secrets: [token])
        call.rateLimit = { RetryAfter.epoch($0["X-RateLimit-Reset"], now: $1) }
        do throws(ServiceError) {
            try await client.send(call)
        } catch {
            throw error.delivery
        }
        return .delivered
    }

    /// As one segment of a path: everything but unreserved characters as %XX.
    static func encoded(_ text: String) -> String {
        let unreserved = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~".utf8)
        return text.utf8.reduce(into: "") { result, byte in
            if unreserved.contains(byte) {
                result.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                result += "%" + CollectionOfOne(byte).hexadecimal.uppercased()
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
