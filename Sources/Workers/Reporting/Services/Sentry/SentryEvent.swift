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
    var tags: [String: String]?
    var extra: [String: String]
    var fingerprint: [String]
    var release: String?
    var environment: String?

    private enum CodingKeys: String, CodingKey {
        case timestamp, platform, level, logger, message, tags, extra, fingerprint, release, environment
        case eventID = "event_id"
        case serverName = "server_name"
    }

    /// Of values, so many characters are taken (Sentry's normaliser cuts them there, or drops the value).
    private static let maxTag = 200
    private static let maxMessage = 8192
    private static let maxRelease = 200
    private static let maxEnvironment = 64
    /// Of one value of `extra` in bytes; and so many labels. All of it together may be 256 KiB.
    private static let maxExtra = 4096
    private static let maxLabels = 50

    init(_ report: Report, release: String?, environment: String?) {
        let failure = report.delivery.failure
        let evidence = report.delivery.evidence
        eventID = report.identifier
        timestamp = failure.finished.rfc3339(digits: 6)
        message = Self.cut(report.summary, Self.maxMessage)
        serverName = Self.tag(failure.slave)
        var tags = Self.tag(failure.state).map { ["task_state": $0] }
        if report.delivery.isTest { tags = (tags ?? [:]).merging(["test": "true"]) { $1 } }
        self.tags = tags
        fingerprint = [failure.framework, failure.name, failure.state].map { Self.cut($0, Self.maxTag) }
        self.release = release.flatMap { Self.name($0, Self.maxRelease) }
        self.environment = environment.flatMap { Self.name($0, Self.maxEnvironment) }
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
        if let held = report.delivery.held {
            extra["flood.count"] = "\(held.count)"
            extra["flood.first"] = held.first.rfc3339()
            extra["flood.last"] = held.last.rfc3339()
        }
        // The whole ends are attachments, which not everybody may see and old servers do not have.
        for (key, tail) in [("logs.stdout_tail", evidence.stdoutTail), ("logs.stderr_tail", evidence.stderrTail)]
        where !tail.isEmpty {
            extra[key] = LogText.shown(tail, maxBytes: Self.maxExtra)
        }
        for (name, value) in report.delivery.failure.openLabels.sorted(by: { $0.key < $1.key }).prefix(Self.maxLabels) {
            extra["labels.\(Self.cut(name, Self.maxTag))"] = value
        }
        if !report.remarks.isEmpty { extra["complainer.remarks"] = report.remarks.joined(separator: "\n") }
        extra = extra.mapValues { Self.cut($0, Self.maxExtra) }
    }

    /// At most so long, and without characters that Sentry or a terminal would stumble over.
    private static func cut(_ text: String, _ maxBytes: Int) -> String {
        let clean = LogText.shown(text, maxBytes: .max)
        guard clean.utf8.count > maxBytes else { return clean }
        var room = maxBytes - 3
        let kept = clean.unicodeScalars.prefix { scalar in
            room -= UTF8.width(scalar)
            return room >= 0
        }
        return String(String.UnicodeScalarView(kept)) + "…"
    }

    /// The value of a tag: one line that is not empty.
    private static func tag(_ text: String) -> String? {
        let line = cut(text, maxTag).split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return line.isEmpty ? nil : line
    }

    /// A release or an environment: one word without slashes, and none of those that mean something else.
    private static func name(_ text: String, _ limit: Int) -> String? {
        let word = cut(text, limit - 2).split { $0.isWhitespace || "/\\".contains($0) }.joined(separator: "-")
        return word.isEmpty || [".", "..", "none"].contains(word.lowercased()) ? nil : word
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
