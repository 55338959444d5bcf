import Complaints
import Supervision

/// The reporters there are: one line for each.
public enum ReporterRegistry {
    /// What the program needs to know of a kind of reporter.
    public struct Kind: Sendable {
        /// The reporter, in its worker.
        var make: @Sendable (WorkerSettings) throws -> any Reporter
        /// What keeps it from working and can be found out before anything is started, on this machine alone.
        public var problem: @Sendable (SettingValues) -> Finding? = { _ in nil }
    }

    public static let all: [String: Kind] = [
        FileReporter.kind: Kind(make: { try FileReporter($0) }, problem: FileReporter.problem),
        SlackReporter.kind: Kind(make: { try SlackReporter($0) }),
        HipChatReporter.kind: Kind(make: { try HipChatReporter($0) }),
        WebhookReporter.kind: Kind(make: { try WebhookReporter($0) }),
        SentryReporter.kind: Kind(make: { try SentryReporter($0) }),
        PagerDutyReporter.kind: Kind(make: { try PagerDutyReporter($0) }),
    ]
}
