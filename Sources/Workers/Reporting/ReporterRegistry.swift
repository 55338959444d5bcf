import Complaints
import Supervision

/// The reporters there are: one line for each.
public enum ReporterRegistry {
    /// What the program needs to know of a kind of reporter.
    public struct Kind: Sendable {
        /// Its name and its settings.
        public let owner: SettingOwner
        /// The reporter, in its worker; nil for one whose settings are known, but which is not part of this version.
        let make: (@Sendable (WorkerSettings) throws -> any Reporter)?
        /// What keeps it from working and can be found out before anything is started, on this machine alone.
        public let problem: @Sendable (SettingValues) -> Finding?
        /// Asks the service whether it would work, without leaving anything there: what is wrong. Services that cannot
        /// be asked so answer nothing. It takes some seconds at the most.
        public let inquiry: @Sendable (SettingValues) async -> Finding?

        init(
            _ owner: SettingOwner, problem: @escaping @Sendable (SettingValues) -> Finding? = { _ in nil },
            inquiry: @escaping @Sendable (SettingValues) async -> Finding? = { _ in nil },
            make: (@Sendable (WorkerSettings) throws -> any Reporter)?
        ) {
            self.owner = owner
            self.problem = problem
            self.inquiry = inquiry
            self.make = make
        }

        /// Whether this version can make such reports.
        public var isAvailable: Bool { make != nil }
    }

    /// Those of the original in its order, then ours.
    public static let all = [
        Kind(SentrySettings.owner) { SentryReporter($0) },
        Kind(HipChatSettings.owner) { try HipChatReporter($0) },
        Kind(SlackSettings.owner) { try SlackReporter($0) },
        Kind(JiraSettings.owner, inquiry: JiraReporter.inquire) { try JiraReporter($0) },
        Kind(FileSettings.owner, problem: FileReporter.problem) { try FileReporter($0) },
        Kind(WebhookSettings.owner) { WebhookReporter($0) },
        Kind(PagerDutySettings.owner) { PagerDutyReporter($0) },
        Kind(EmailSettings.owner, inquiry: EmailReporter.inquire) { try EmailReporter($0) },
        Kind(JournaldSettings.owner) { try JournaldReporter($0) },
    ]

    /// The reporter of that name, if this version has it.
    public static func kind(_ name: String) -> Kind? { all.first { $0.owner.name == name && $0.isAvailable } }

    /// The names of those that this version has.
    public static var names: [String] { all.filter(\.isAvailable).map(\.owner.name) }
}
