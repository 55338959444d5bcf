/// What the uploader found out and saved for a case.
public struct Evidence: Codable, Hashable, Sendable {
    public var stdoutURL: String
    public var stderrURL: String
    /// Last lines of the logs; "" when there are none.
    public var stdoutTail = ""
    public var stderrTail = ""
    /// Why the logs are not there, in a sentence; nil when they are.
    public var logsError: String?

    public init(stdoutURL: String, stderrURL: String, logsError: String? = nil) {
        self.stdoutURL = stdoutURL
        self.stderrURL = stderrURL
        self.logsError = logsError
    }

    /// Tolerant of missing fields, because the ledger keeps evidence across versions.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        func text(_ key: CodingKeys) throws -> String { try fields.decodeIfPresent(String.self, forKey: key) ?? "" }
        stdoutURL = try text(.stdoutURL)
        stderrURL = try text(.stderrURL)
        stdoutTail = try text(.stdoutTail)
        stderrTail = try text(.stderrTail)
        logsError = try fields.decodeIfPresent(String.self, forKey: .logsError)
    }
}

/// One report that is to be made: a failure with its evidence, to one instance of one reporter.
public struct Delivery: Codable, Hashable, Sendable {
    /// The ledger's number for it.
    public var id: Int64
    public var failure: Failure
    public var evidence: Evidence
    /// The reporter's instance, `default` or as the task's labels say.
    public var instance: String
    /// 1 for the first try.
    public var attempt: Int
    /// Where the reporter stood when this was first given to it, in its own words, when it is given out again because
    /// somebody died: the report may have been made.
    public var note: String?
    /// Made by `test-report`, not by a failed task.
    public var isTest = false
    /// The service stumbles over it, or over others about the same task, while it takes others: whether the service works
    /// does not show in it.
    public var isSuspect = false
    /// The failure is the newest of several that are reported together; nil when it stands for itself.
    public var held: HeldFailures?

    public init(id: Int64, failure: Failure, evidence: Evidence, instance: String, attempt: Int = 1) {
        self.id = id
        self.failure = failure
        self.evidence = evidence
        self.instance = instance
        self.attempt = attempt
    }
}
