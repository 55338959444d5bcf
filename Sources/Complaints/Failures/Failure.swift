/// A task that failed: everything that is known about it when the master says so.
public struct Failure: Codable, Hashable, Sendable {
    /// The task's id.
    public var id: String
    /// The task's name.
    public var name: String
    /// Host name of the agent it ran on.
    public var slave: String
    /// Name of its framework.
    public var framework: String
    /// Docker image, or "".
    public var image: String
    /// State of the last status, e.g. `TASK_FAILED`; `UNKNOWN` when the task has none.
    public var state: String
    /// When the first status was sent.
    public var started: Timestamp
    /// When the last status was sent.
    public var finished: Timestamp
    public var labels: [String: String]

    // What the original did not tell.

    /// The terminal status' own words; "" in poll mode, where the master does not tell them.
    public var message = ""
    /// e.g. `REASON_EXECUTOR_TERMINATED`, or "".
    public var reason = ""
    /// e.g. `SOURCE_AGENT`, or "".
    public var source = ""
    public var frameworkID: String
    public var agentID: String
    /// The executor's id as Mesos tells it: "" for a plain command task, whose executor has the task's id.
    public var executorID = ""
    /// The container of exactly this run, innermost last: a task in a task group has its executor's container before
    /// its own. Empty when the master did not tell.
    public var containerIDs: [String] = []
    public var exitCode: Int?
    /// Where the agent is, when the master told.
    public var agent: AgentAddress?

    /// The timestamp of the terminal status; nil while the master knows the state but not the status.
    public var terminal: Timestamp?

    public init(
        id: String, name: String, slave: String, framework: String, image: String = "", state: String,
        started: Timestamp, finished: Timestamp, labels: [String: String] = [:], frameworkID: String, agentID: String,
        terminal: Timestamp? = nil
    ) {
        self.id = id
        self.name = name
        self.slave = slave
        self.framework = framework
        self.image = image
        self.state = state
        self.started = started
        self.finished = finished
        self.labels = labels
        self.frameworkID = frameworkID
        self.agentID = agentID
        self.terminal = terminal
    }

    /// Tolerant of missing fields, because the ledger keeps failures across versions; only what makes the key is needed.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        func text(_ key: CodingKeys) throws -> String { try fields.decodeIfPresent(String.self, forKey: key) ?? "" }
        let unknown = Timestamp(nanoseconds: 0)
        id = try fields.decode(String.self, forKey: .id)
        frameworkID = try fields.decode(String.self, forKey: .frameworkID)
        terminal = try fields.decodeIfPresent(Timestamp.self, forKey: .terminal)
        name = try text(.name)
        slave = try text(.slave)
        framework = try text(.framework)
        image = try text(.image)
        state = try fields.decodeIfPresent(String.self, forKey: .state) ?? "UNKNOWN"
        started = try fields.decodeIfPresent(Timestamp.self, forKey: .started) ?? unknown
        finished = try fields.decodeIfPresent(Timestamp.self, forKey: .finished) ?? terminal ?? unknown
        labels = try fields.decodeIfPresent([String: String].self, forKey: .labels) ?? [:]
        message = try text(.message)
        reason = try text(.reason)
        source = try text(.source)
        agentID = try text(.agentID)
        executorID = try text(.executorID)
        containerIDs = try fields.decodeIfPresent([String].self, forKey: .containerIDs) ?? []
        exitCode = try fields.decodeIfPresent(Int.self, forKey: .exitCode)
        agent = try fields.decodeIfPresent(AgentAddress.self, forKey: .agent)
    }

    /// What this failure is known by, whichever way it was found.
    public var key: FailureKey {
        FailureKey(framework: frameworkID, task: id, microseconds: terminal?.microseconds ?? 0)
    }
}

/// The identity of a failure: one run of one task, however it was detected.
public struct FailureKey: Codable, Hashable, Sendable, CustomStringConvertible {
    public var framework: String
    public var task: String
    /// Timestamp of the terminal status in microseconds since 1970; 0 when it is not known.
    public var microseconds: Int64

    public init(framework: String, task: String, microseconds: Int64) {
        self.framework = framework
        self.task = task
        self.microseconds = microseconds
    }

    public var description: String { "\(framework)/\(task)@\(microseconds)" }
}

/// Where an agent listens.
public struct AgentAddress: Codable, Hashable, Sendable {
    /// Host name as the agent registered it.
    public var hostname: String
    /// The agent's address out of its pid (`slave(1)@10.0.0.7:5051`), without brackets for IPv6.
    public var ip: String
    public var port: Int
    /// The process id before the `@`, e.g. `slave(1)`: a path prefix that answers in any case.
    public var process: String

    public init(hostname: String, ip: String, port: Int, process: String = "slave(1)") {
        self.hostname = hostname
        self.ip = ip
        self.port = port
        self.process = process
    }
}
