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
