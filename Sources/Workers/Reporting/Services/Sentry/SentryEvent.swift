import Complaints
import GoNotation
import Templates

/// A failure as an event of Sentry.
struct SentryEvent: Encodable {
    var eventID: String
    var timestamp: String
    var platform = "other"
    var level = "error"
    var logger = "complainer"
    var message: String
    var serverName: String?
    var tags: [String: String]
    var extra: [String: String]
    var fingerprint: [String]
    var release: String?
    var environment: String?

    private enum CodingKeys: String, CodingKey {
        case timestamp, platform, level, logger, message, tags, extra, fingerprint, release, environment
        case eventID = "event_id"
        case serverName = "server_name"
    }

    /// The longest value of a tag (the server name becomes one), and the longest message, that Sentry takes.
    private static let maxTag = 200
    private static let maxMessage = 8192

    init(_ report: Report, release: String?, environment: String?) {
        let failure = report.delivery.failure
        let evidence = report.delivery.evidence
        eventID = report.identifier
        timestamp = failure.finished.rfc3339(digits: 6)
        message = String(report.summary.prefix(Self.maxMessage))
        serverName = failure.slave.isEmpty ? nil : String(failure.slave.prefix(Self.maxTag))
        tags = ["task_state": String(failure.state.prefix(Self.maxTag))]
        fingerprint = [failure.framework, failure.name, failure.state]
        self.release = release
        self.environment = environment
        let lifetime = failure.finished.nanoseconds.subtractingReportingOverflow(failure.started.nanoseconds)
        extra = [
            "task.id": failure.id,
            "timings.lifetime": GoDuration.format(nanoseconds: lifetime.overflow ? 0 : lifetime.partialValue),
            "timings.started": failure.started.rfc3339(), "timings.finished": failure.finished.rfc3339(),
            "logs.stdout": evidence.stdoutURL, "logs.stderr": evidence.stderrURL,
            "framework.name": failure.framework, "container.image": failure.image,
        ]
        // What the original did not tell.
        for (key, text) in [
            ("task.message", failure.message), ("task.reason", failure.reason),
            ("logs.error", evidence.logsError ?? ""),
        ] where !text.isEmpty { extra[key] = text }
        if report.delivery.isTest { tags["test"] = "true" }
        if let held = report.delivery.held {
            extra["flood.count"] = "\(held.count)"
            extra["flood.first"] = held.first.rfc3339()
            extra["flood.last"] = held.last.rfc3339()
        }
        for (name, value) in report.openLabels { extra["labels.\(name)"] = value }
    }
}

/// The body of a request to Sentry's envelope endpoint: lines of JSON, each followed by what it announces.
struct SentryEnvelope {
    private struct Header: Encodable {
        var eventID: String
        var dsn: String
        var sentAt: String

        private enum CodingKeys: String, CodingKey {
            case dsn
            case eventID = "event_id"
            case sentAt = "sent_at"
        }
    }

    private struct ItemHeader: Encodable {
        var type: String
        var length: Int
        var filename: String?
        var contentType: String?
        var attachmentType: String?

        private enum CodingKeys: String, CodingKey {
            case type, length, filename
            case contentType = "content_type"
            case attachmentType = "attachment_type"
        }
    }

    private(set) var bytes: [UInt8]

    init(eventID: String, dsn: SentryDSN, sentAt: Timestamp) throws(DeliveryError) {
        bytes = try ServiceJSON.bytes(
            Header(eventID: eventID, dsn: dsn.publicText, sentAt: sentAt.rfc3339(digits: 3)))
        bytes.append(UInt8(ascii: "\n"))
    }

    mutating func add(event: [UInt8]) throws(DeliveryError) {
        try add(ItemHeader(type: "event", length: event.count, contentType: "application/json"), event)
    }

    mutating func add(attachment text: String, named name: String) throws(DeliveryError) {
        let payload = Array(text.utf8)
        try add(
            ItemHeader(
                type: "attachment", length: payload.count, filename: name, contentType: "text/plain",
                attachmentType: "event.attachment"), payload)
    }

    private mutating func add(_ header: ItemHeader, _ payload: [UInt8]) throws(DeliveryError) {
        bytes += try ServiceJSON.bytes(header) + [UInt8(ascii: "\n")] + payload + [UInt8(ascii: "\n")]
    }
}
