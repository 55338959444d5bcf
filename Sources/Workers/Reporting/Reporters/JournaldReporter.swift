import Complaints
import Observability
import Supervision

/// Writes an entry of its own into the journal for each failure: a message for people, and everything known in fields
/// for `journalctl`. The message catalog explains it by its `MESSAGE_ID`.
public struct JournaldReporter: Reporter {
    public static let kind = "journald"
    public let credit = 64
    public let order = DeliveryOrder.strict

    /// What all these entries have in common; the catalog knows it too. Made once by `systemd-id128 new`.
    public static let messageID = "ac230c007e754926bc43b8259aa48188"

    /// Of the end of a log, in bytes: an entry may have 128 KiB, a field 32.
    static let maxTail = 24 << 10

    private let settings: SettingValues
    private let format: ReportFormat
    private let socket: JournalSocket
    private let place = LocalPlace("the journal", role: "reporter/journald")

    init(_ settings: WorkerSettings, socket: JournalSocket = JournalSocket()) throws {
        self.settings = SettingValues(settings.values)
        self.socket = socket
        format = try ReportFormat(JournaldSettings.owner, self.settings)
    }

    public func deliver(_ report: Report) async throws(DeliveryError) -> DeliveryResult {
        let entry = entry(report, message: LogText.shown(try format.render(report)))
        try await place.take { () async throws(DeliveryError) in
            do throws(JournalError) {
                try socket.send(entry)
            } catch {
                throw DeliveryError(error.description, isPermanent: error.isAboutEntry)
            }
        }
        return .delivered
    }

    /// The names of what is also in complainer's log are those of the log.
    private func entry(_ report: Report, message: String) -> JournalEntry {
        let failure = report.delivery.failure
        let evidence = report.delivery.evidence
        var entry = JournalEntry()
        // The newline at the end is the journal's business.
        entry.add("MESSAGE", message.hasSuffix("\n") ? String(message.dropLast()) : message)
        entry.add("MESSAGE_ID", Self.messageID)
        entry.add("PRIORITY", priority(report))
        entry.add("SYSLOG_IDENTIFIER", "complainer")
        let fields = [
            (LogMetadata.taskID, failure.id), ("task_name", failure.name), (LogMetadata.framework, failure.framework),
            ("framework_id", failure.frameworkID), ("task_state", failure.state), ("agent", failure.slave),
            ("agent_id", failure.agentID), ("executor_id", failure.executorID),
            ("container_id", failure.containerIDs.last ?? ""), ("image", failure.image),
            ("task_message", failure.message), ("reason", failure.reason), ("source", failure.source),
            ("exit_code", failure.exitCode.map { "\($0)" } ?? ""), ("started", failure.started.rfc3339(digits: 6)),
            ("finished", failure.finished.rfc3339(digits: 6)), ("stdout_url", evidence.stdoutURL),
            ("stderr_url", evidence.stderrURL), ("logs_error", evidence.logsError ?? ""),
            (LogMetadata.case, "\(failure.key)"), (LogMetadata.reporter, Self.kind),
            (LogMetadata.instance, report.delivery.instance), ("test", report.delivery.isTest ? "1" : ""),
        ]
        for (key, value) in fields where !value.isEmpty { add(key, value, to: &entry) }
        if let held = report.delivery.held {
            add("failures", "\(held.count)", to: &entry)
            add("first_failure", held.first.rfc3339(digits: 6), to: &entry)
            add("last_failure", held.last.rfc3339(digits: 6), to: &entry)
        }
        for (name, value) in failure.openLabels.sorted(by: { $0.key < $1.key }) {
            add("label", "\(name)=\(value)", to: &entry)
        }
        // Last: what no longer fits into an entry is left out.
        for (key, tail) in [("stderr_tail", evidence.stderrTail), ("stdout_tail", evidence.stdoutTail)]
        where !tail.isEmpty {
            add(key, LogText.shown(tail, maxBytes: Self.maxTail), to: &entry)
        }
        return entry
    }

    private func add(_ key: String, _ value: String, to entry: inout JournalEntry) {
        guard let name = JournalField.name(forMetadataKey: key) else { return }
        entry.add(name, LogText.shown(value, maxBytes: JournalEntry.maximumValue))
    }

    private static let priorities = ["emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"]

    /// The number of a word; a label that is none of them does not count.
    private func priority(_ report: Report) -> String {
        let words = [report.label("priority"), settings["journald.priority"], "err"]
        return words.lazy.compactMap { $0 }.compactMap { Self.priorities.firstIndex(of: $0) }.first.map { "\($0)" }
            ?? "3"
    }
}

/// The settings of the journald reporter.
enum JournaldSettings {
    static let owner = SettingOwner(
        .reporter, "journald", summary: "an entry in systemd's journal, with everything in fields",
        settings: settings, keepsOrder: true)

    static let settings = [
        SettingDefinition(
            "journald.format", environment: "JOURNALD_FORMAT", kind: .template,
            default: "Task {{ .failure.Name }} ({{ .failure.ID }}) died with status {{ .failure.State }}",
            help: "template of the message"),
        SettingDefinition(
            "journald.priority", environment: "JOURNALD_PRIORITY",
            kind: .word(["emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"]), default: "err",
            help: "priority of the entry: emerg, alert, crit, err, warning, notice, info or debug",
            placeholder: "PRIORITY"),
    ]
}
