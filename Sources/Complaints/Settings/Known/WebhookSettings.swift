/// The settings of the webhook reporter.
enum WebhookSettings {
    static let owner = SettingOwner(
        .reporter, "webhook", summary: "a POST of the whole case as JSON", settings: settings)

    static let settings = [
        SettingDefinition(
            "webhook.url", environment: "WEBHOOK_URL", kind: .url(schemes: ["https", "http"]),
            help: "where cases are posted to", isSecret: true),
        SettingDefinition(
            "webhook.secret", environment: "WEBHOOK_SECRET",
            help: "key of the signature (HMAC-SHA256 of the body) in X-Complainer-Signature", placeholder: "SECRET",
            isSecret: true),
    ]
}
