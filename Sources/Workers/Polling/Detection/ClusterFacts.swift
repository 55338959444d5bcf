import Complaints
import MesosClient

/// What is known of a cluster besides its tasks, and how a failure is made of it all.
struct ClusterFacts: Sendable {
    /// Of frameworks that are gone, so many are remembered: their last tasks' failures may come after them.
    private static let remembered = 1000

    /// Whether a framework of that name is watched.
    let watches: @Sendable (String) -> Bool
    private var agents = AgentMemory()
    private var frameworks: [String: (name: String, watched: Bool)] = [:]
    private var removedFrameworks: [String] = []

    init(watches: @escaping @Sendable (String) -> Bool) {
        self.watches = watches
    }

    /// Agents that are remembered.
    var agentCount: Int { agents.count }

    mutating func add(_ agent: AgentRecord) { agents.add(agent) }

    mutating func add(_ framework: FrameworkRecord) {
        frameworks[framework.id] = (framework.name, watches(framework.name))
    }

    mutating func removeAgent(_ id: String) { agents.remove(id) }

    /// More agents are remembered than have tasks.
    var hasCrowdOfAgents: Bool { agents.isCrowded }

    /// Forgets the oldest agents that are not among these.
    mutating func forgetAgents(but busy: Set<String>) { agents.prune(busy: busy) }

    mutating func removeFramework(_ id: String) {
        removedFrameworks.append(id)
        guard removedFrameworks.count > Self.remembered else { return }
        frameworks[removedFrameworks.removeFirst()] = nil
    }

    /// A document begins that tells everything anew. Agents that are not in it any more are remembered for a while.
    mutating func beginDocument() {
        agents.beginDocument()
        frameworks = [:]
        removedFrameworks = []
    }

    /// Whether failures of that framework are wanted. One that nobody told the name of has the name "".
    func isWatched(_ framework: String) -> Bool { frameworks[framework]?.watched ?? watches("") }

    /// The failure of a task; nil if its framework is not watched.
    ///
    /// - Parameter now: stands in for the moments of a task that has no status.
    func failure(_ task: TaskRecord, now: Timestamp) -> Failure? {
        guard isWatched(task.frameworkID) else { return nil }
        let history = task.history
        let agentID = task.agentID.isEmpty ? history.last?.agentID ?? "" : task.agentID
        let agent = agents[agentID]
        let finished = history.last?.timestamp.map(Timestamp.init(seconds:))
        let started = history.firstTimestamp.map(Timestamp.init(seconds:))
        var failure = Failure(
            id: task.id, name: task.name, slave: agent?.hostname ?? "",
            framework: frameworks[task.frameworkID]?.name ?? "", image: task.image,
            state: Self.state(of: task), started: started ?? finished ?? now,
            finished: finished ?? started ?? now, labels: task.labels, frameworkID: task.frameworkID,
            agentID: agentID, terminal: history.terminal?.timestamp.map(Timestamp.init(seconds:)))
        failure.executorID = task.executorID
        failure.containerIDs = history.containerIDs
        if let terminal = history.terminal {
            failure.message = terminal.message
            failure.reason = terminal.reason
            failure.source = terminal.source
            if !terminal.containerIDs.isEmpty { failure.containerIDs = terminal.containerIDs }
            failure.exitCode = ExitCode.find(in: terminal.message)
        }
        failure.agent = agent.flatMap(Self.address)
        failure.shorten()
        return failure
    }

    /// That of the last status. One that lags behind is not the state in which the task ended, which the master knows.
    private static func state(of task: TaskRecord) -> String {
        guard let last = task.history.last else { return "UNKNOWN" }
        return task.history.terminal != nil || task.state.isEmpty ? last.state : task.state
    }

    private static func address(_ agent: AgentRecord) -> AgentAddress? {
        guard let port = agent.port ?? agent.process?.port else { return nil }
        return AgentAddress(
            hostname: agent.hostname, ip: agent.process?.ip ?? "", port: port,
            process: agent.process?.name ?? "slave(1)")
    }
}

/// A container's exit code, which Mesos tells only in words.
enum ExitCode {
    /// From messages like `Command exited with status 3` and `Container exited with status 137`.
    static func find(in message: String) -> Int? {
        guard let words = message.firstRange(of: "exited with status ") else { return nil }
        let digits = message[words.upperBound...].prefix { $0.isASCII && $0.isNumber }
        return digits.count <= 10 ? Int(digits) : nil
    }
}
