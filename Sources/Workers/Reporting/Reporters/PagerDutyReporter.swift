import Complaints
import GoNotation
import HTTPClient
import Supervision
import Templates

/// Triggers an incident in PagerDuty for each failure, by the Events API v2.
///
/// A failure has the same `dedup_key` in each try, so that there is one incident of it.
public struct PagerDutyReporter: Reporter {
    public static let kind = "pagerduty"
    public let credit = 4

    /// The longest summary that PagerDuty takes.
    static let maxSummary = 1024
    /// Of the end of a log, so many bytes: events may have 512 KB.
    static let maxTail = 8000

    private let service: ServiceAccess

    init(_ settings: WorkerSettings, client: ServiceClient = ServiceClient()) {
        service = ServiceAccess(settings, client: client)
    }

    private struct Event: Encodable {
        struct Payload: Encodable {
            var summary: String
            var source: String
            var severity: String
            var component: String
            var group: String
            var `class`: String
            var details: [String: String]

            private enum CodingKeys: String, CodingKey {
                case summary, source, severity, component, group, `class`
                case details = "custom_details"
            }
        }

        struct Link: Encodable {
            var href: String
            var text: String
        }

        var routingKey: String
        var action = "trigger"
        var dedupKey: String
        var client = "complainer"
        var payload: Payload
        var links: [Link]

        private enum CodingKeys: String, CodingKey {
            case client, payload, links
            case routingKey = "routing_key"
            case action = "event_action"
            case dedupKey = "dedup_key"
        }
    }

    public func deliver(_ report: Report) async throws(DeliveryError) -> DeliveryResult {
        guard let key = service.value("routing_key", report) else { return .notConfigured("routing_key") }
        guard let url = service.value("url", report) else { return .notConfigured("url") }
        let request = try HTTPRequest.post(url, json: event(report, key: key))
        try await service.send(ServiceCall("PagerDuty", request, destination: "\(url) \(key)", secrets: [key]))
        return .delivered
    }

    private func event(_ report: Report, key: String) -> Event {
        let failure = report.delivery.failure
        let evidence = report.delivery.evidence
        let lifetime = failure.finished.nanoseconds.subtractingReportingOverflow(failure.started.nanoseconds)
        var details = [
            "task": failure.id, "image": failure.image, "message": failure.message, "reason": failure.reason,
            "exit code": failure.exitCode.map { "\($0)" } ?? "", "started": failure.started.rfc3339(),
            "finished": failure.finished.rfc3339(),
            "lifetime": lifetime.overflow ? "" : GoDuration.format(nanoseconds: lifetime.partialValue),
            "stdout": LogText.shown(evidence.stdoutTail, maxBytes: Self.maxTail),
            "stderr": LogText.shown(evidence.stderrTail, maxBytes: Self.maxTail), "logs": evidence.logsError ?? "",
        ]
        if let held = report.delivery.held {
            details["failures"] = "\(held.count)"
            details["first failure"] = held.first.rfc3339()
            details["last failure"] = held.last.rfc3339()
        }
        if report.delivery.isTest { details["test"] = "yes" }
        details["remarks"] = report.remarks.joined(separator: "\n")
        let links = [("stdout", evidence.stdoutURL), ("stderr", evidence.stderrURL)]
        return Event(
            routingKey: key, dedupKey: report.identifier,
            payload: Event.Payload(
                summary: String(String.UnicodeScalarView(report.summary.unicodeScalars.prefix(Self.maxSummary))),
                // PagerDuty wants one.
                source: failure.slave.isEmpty ? "mesos" : failure.slave, severity: severity(report),
                component: failure.name, group: failure.framework, class: failure.state,
                details: details.filter { !$0.value.isEmpty }),
            links: links.filter { !$0.1.isEmpty }.map { Event.Link(href: $0.1, text: $0.0) })
    }

    /// A label that is none of the words that PagerDuty knows does not keep anybody from being called.
    private func severity(_ report: Report) -> String {
        let known = ["critical", "error", "warning", "info"]
        if let label = report.label("severity"), known.contains(label) { return label }
        return service.settings["pagerduty.severity"] ?? "error"
    }
}

/// The settings of the PagerDuty reporter.
enum PagerDutySettings {
    static let owner = SettingOwner(
        .reporter, "pagerduty", summary: "an incident in PagerDuty (Events API v2)", settings: settings)

    static let settings = [
        SettingDefinition(
            "pagerduty.routing_key", environment: "PAGERDUTY_ROUTING_KEY", help: "integration key of the service",
            placeholder: "KEY", isSecret: true, required: .unlessLabelled, isDestination: true, place: .room),
        SettingDefinition(
            "pagerduty.url", environment: "PAGERDUTY_URL", kind: .url(schemes: ["https", "http"]),
            default: "https://events.pagerduty.com/v2/enqueue", help: "where events are sent to",
            isDestination: true),
        SettingDefinition(
            "pagerduty.severity", environment: "PAGERDUTY_SEVERITY",
            kind: .word(["critical", "error", "warning", "info"]), default: "error",
            help: "how bad a failure is: critical, error, warning or info"),
    ]
}
