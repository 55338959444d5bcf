import Complaints
import Crypto
import HTTPClient
import Supervision

/// Posts the whole case of each failure as JSON, signed when there is a secret.
///
/// `X-Complainer-Signature: sha256=HEX` is the HMAC-SHA256 of the body. `Idempotency-Key` is the same in each try.
public struct WebhookReporter: Reporter {
    public static let kind = "webhook"
    public let credit = 4

    private let service: ServiceAccess

    init(_ settings: WorkerSettings, client: ServiceClient = ServiceClient()) {
        service = ServiceAccess(settings, client: client)
    }

    public func deliver(_ report: Report) async throws(DeliveryError) -> DeliveryResult {
        guard let url = service.value("url", report) else { return .notConfigured("url") }
        let body = try ServiceJSON.bytes(WebhookCase(report))
        var headers: HTTPHeaders = [
            "Content-Type": "application/json; charset=utf-8",
            "Idempotency-Key": WebhookCase.identifier(report),
        ]
        let secret = service.value("secret", report)
        if let secret { headers["X-Complainer-Signature"] = Self.signature(of: body, secret: secret) }
        var request = HTTPRequest(.post, url, headers: headers, body: .bytes(body))
        request.hidesPath = true
        let secrets = [url, secret].compactMap(\.self)
        try await service.send(ServiceCall("the webhook", request, destination: url, secrets: secrets))
        return .delivered
    }

    static func signature(of body: [UInt8], secret: String) -> String {
        let key = SymmetricKey(data: Array(secret.utf8))
        return "sha256=" + HMAC<SHA256>.authenticationCode(for: body, using: key).hexadecimal
    }
}

/// The settings of the webhook reporter.
enum WebhookSettings {
    static let owner = SettingOwner(
        .reporter, "webhook", summary: "a POST of the whole case as JSON", settings: settings)

    static let settings = [
        SettingDefinition(
            "webhook.url", environment: "WEBHOOK_URL", kind: .url(schemes: ["https", "http"]),
            help: "where cases are posted to", isSecret: true, required: .unlessLabelled, isDestination: true),
        SettingDefinition(
            "webhook.secret", environment: "WEBHOOK_SECRET",
            help: "key of the signature (HMAC-SHA256 of the body) in X-Complainer-Signature", placeholder: "SECRET",
            isSecret: true),
    ]
}
