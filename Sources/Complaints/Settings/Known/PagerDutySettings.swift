/// The settings of the PagerDuty reporter.
enum PagerDutySettings {
    static let owner = SettingOwner(
        .reporter, "pagerduty", summary: "an incident in PagerDuty (Events API v2)", settings: settings)

    static let settings = [
        SettingDefinition(
            "pagerduty.routing_key", environment: "PAGERDUTY_ROUTING_KEY", help: "integration key of the service",
            placeholder: "KEY", isSecret: true),
        SettingDefinition(
            "pagerduty.url", environment: "PAGERDUTY_URL", kind: .url(schemes: ["https", "http"]),
            default: "https://events.pagerduty.com/v2/enqueue", help: "where events are sent to"),
        SettingDefinition(
            "pagerduty.severity", environment: "PAGERDUTY_SEVERITY",
            kind: .word(["critical", "error", "warning", "info"]), default: "error",
            help: "how bad a failure is: critical, error, warning or info"),
    ]
}
