/// The answer to `ask(what: "health")`.
public struct HealthAnswer: Codable, Equatable, Sendable {
    /// Whether a Mesos master can be talked to.
    public var ok: Bool
    /// Why not, in a sentence; nil when `ok`.
    public var reason: String?
    /// The poller's way of detection, `stream` or `poll`; "" before its first report.
    public var mode: String
    /// The leading master, when the poller told.
    public var master: String?

    public init(ok: Bool, reason: String? = nil, mode: String = "", master: String? = nil) {
        self.ok = ok
        self.reason = reason
        self.mode = mode
        self.master = master
    }
}

/// One element of the answer to `ask(what: "failures")`: the newest cases first, at most ``maximumCount``.
public struct CaseAnswer: Codable, Equatable, Sendable {
    /// Cases in one answer.
    public static let maximumCount = 200

    /// One report of the case.
    public struct Report: Codable, Equatable, Sendable {
        public var reporter: String
        public var instance: String
        /// pending, delivered, failed, expired, poisoned, held (too many of the same kind came, a summary will tell of
        /// it), or summarised.
        public var state: String
        public var attempts: Int
        /// What the last try that failed said.
        public var error: String?
        public var updated: Timestamp
        /// What it tells of besides its own case.
        public var held: HeldFailures?

        public init(
            reporter: String, instance: String, state: String, attempts: Int, error: String?, updated: Timestamp,
            held: HeldFailures? = nil
        ) {
            self.reporter = reporter
            self.instance = instance
            self.state = state
            self.attempts = attempts
            self.error = error
            self.updated = updated
            self.held = held
        }
    }

    /// Logs that were not saved in time for the reports, and are still being saved.
    public struct Upload: Codable, Equatable, Sendable {
        /// Tries that failed, those before the reports included.
        public var attempts: Int
        /// What the last of them said.
        public var error: String?
        /// No try before that moment; nil when it may be tried now, or is being tried.
        public var next: Timestamp?

        public init(attempts: Int, error: String?, next: Timestamp?) {
            self.attempts = attempts
            self.error = error
            self.next = next
        }
    }

    /// The ledger's number for the case.
    public var id: Int64
    public var key: FailureKey
    public var failure: Failure
    /// collecting, delivering, done, skipped or poisoned.
    public var state: String
    /// Tries to collect the logs.
    public var attempts: Int
    /// What the last try to collect that failed said.
    public var error: String?
    /// When the ledger learned of it, and when it last changed.
    public var detected: Timestamp
    public var updated: Timestamp
    /// nil until collected; its tails are cut to some kilobytes.
    public var evidence: Evidence?
    /// nil when nothing is being saved beside the reports (any more).
    public var upload: Upload?
    public var reports: [Report]

    public init(
        id: Int64, key: FailureKey, failure: Failure, state: String, attempts: Int, error: String?,
        detected: Timestamp, updated: Timestamp, evidence: Evidence?, upload: Upload? = nil, reports: [Report]
    ) {
        self.id = id
        self.key = key
        self.failure = failure
        self.state = state
        self.attempts = attempts
        self.error = error
        self.detected = detected
        self.updated = updated
        self.evidence = evidence
        self.upload = upload
        self.reports = reports
    }
}

/// The answer to `ask(what: "summary")`.
public struct SummaryAnswer: Codable, Equatable, Sendable {
    /// A kind of failure that comes too fast for one of the instances of a reporter.
    public struct Flood: Codable, Equatable, Sendable {
        public var reporter: String
        public var instance: String
        public var name: String
        public var framework: String
        /// Of the task.
        public var state: String
        /// Failures held so far.
        public var held: Int
        /// When they are reported.
        public var until: Timestamp

        public init(
            reporter: String, instance: String, name: String, framework: String, state: String, held: Int,
            until: Timestamp
        ) {
            self.reporter = reporter
            self.instance = instance
            self.name = name
            self.framework = framework
            self.state = state
            self.held = held
            self.until = until
        }
    }

    /// Floods in one answer.
    public static let maximumFloods = 50

    /// Cases in the ledger by their state: collecting, delivering, done, skipped, poisoned.
    public var cases: [String: Int]
    /// Deliveries in the ledger by reporter and state.
    public var deliveries: [String: [String: Int]]
    /// Cases that are not finished.
    public var backlog: Int
    /// The ledger's file.
    public var ledger: String
    /// `disk`, `temporary` (in a directory that goes with the supervisor), or `memory` (the disk is in trouble).
    public var mode: String
    /// Why the ledger is in memory.
    public var trouble: String?
    /// Name and time of the newest failure recorded since the dispatcher started.
    public var lastFailure: String?
    public var lastFailureAt: Timestamp?
    /// What is held at the moment, the most first, at most ``maximumFloods``; nil when nothing is.
    public var floods: [Flood]?
    /// Failures that were reported, or are being reported, while their logs are still being saved; nil when there are
    /// none.
    public var uploads: Int?

    public init(
        cases: [String: Int], deliveries: [String: [String: Int]], backlog: Int, ledger: String, mode: String,
        trouble: String? = nil, lastFailure: String? = nil, lastFailureAt: Timestamp? = nil, floods: [Flood]? = nil,
        uploads: Int? = nil
    ) {
        self.cases = cases
        self.deliveries = deliveries
        self.backlog = backlog
        self.ledger = ledger
        self.mode = mode
        self.trouble = trouble
        self.lastFailure = lastFailure
        self.lastFailureAt = lastFailureAt
        self.floods = floods
        self.uploads = uploads
    }
}
