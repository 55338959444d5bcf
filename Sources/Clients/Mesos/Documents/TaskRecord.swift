/// A task as a master told it, with what its statuses say.
public struct TaskRecord: Equatable, Sendable {
    public var id: String
    public var name: String
    public var frameworkID: String
    public var agentID: String
    /// "" for a plain command task.
    public var executorID: String
    /// The newest state that the master knows; statuses may lag behind. "" when the master did not tell.
    public var state: String
    /// Docker image, or "".
    public var image: String
    public var labels: [String: String]
    public var history: StatusHistory

    public init(
        id: String, name: String = "", frameworkID: String, agentID: String = "", executorID: String = "",
        state: String = "", image: String = "", labels: [String: String] = [:],
        history: StatusHistory = StatusHistory()
    ) {
        self.id = id
        self.name = name
        self.frameworkID = frameworkID
        self.agentID = agentID
        self.executorID = executorID
        self.state = state
        self.image = image
        self.labels = labels
        self.history = history
    }

    /// Bytes of labels from which on no more are kept: 1 MiB.
    private static let maximumLabels = 1 << 20

    /// Nil for what has no id or no framework. Texts of more than 64 KiB are cut, with a mark.
    public init?(_ view: TaskView) {
        guard let id = view.id, let framework = view.frameworkID else { return nil }
        let state = view.state?.string ?? ""
        self.init(
            id: id.string, name: view.name?.kept ?? "", frameworkID: framework.string,
            agentID: view.agentID?.string ?? "", executorID: view.executorID?.string ?? "", state: state,
            image: view.image?.kept ?? "")
        var size = 0
        view.forEachLabel { key, value in
            guard size < Self.maximumLabels else { return }
            let (name, text) = (key.kept, value?.kept ?? "")
            size += name.utf8.count + text.utf8.count
            labels[name] = text
        }
        view.statuses?.items { item in
            if let status = StatusRecord(item) { history.append(status, terminal: state) }
        }
    }
}

/// One status of a task.
public struct StatusRecord: Equatable, Sendable {
    public var state: String
    /// Seconds since 1970; nil when the master did not tell.
    public var timestamp: Double?
    public var message: String
    public var reason: String
    public var source: String
    public var agentID: String
    public var executorID: String
    /// Outermost container first; empty when the master did not tell.
    public var containerIDs: [String]

    public init(
        state: String, timestamp: Double? = nil, message: String = "", reason: String = "", source: String = "",
        agentID: String = "", executorID: String = "", containerIDs: [String] = []
    ) {
        self.state = state
        self.timestamp = timestamp
        self.message = message
        self.reason = reason
        self.source = source
        self.agentID = agentID
        self.executorID = executorID
        self.containerIDs = containerIDs
    }

    /// Nil for what is not an object with a state.
    init?(_ element: JSONElement) {
        guard let state = element.member("state")?.text else { return nil }
        self.init(state: state.string)
        element.members { key, value in
            switch key.count {
            case 6 where key.equals("reason"): reason = value.text?.kept ?? ""
            case 6 where key.equals("source"): source = value.text?.string ?? ""
            case 7 where key.equals("message"): message = value.text?.kept ?? ""
            case 8 where key.equals("agent_id") || key.equals("slave_id"): agentID = value.textOrValue?.string ?? ""
            case 9 where key.equals("timestamp"): timestamp = value.number
            case 11 where key.equals("executor_id"): executorID = value.textOrValue?.string ?? ""
            case 16 where key.equals("container_status"):
                value.member("container_id")?.eachContainerID { containerIDs.insert($0.string, at: 0) }
            default: break
            }
            return true
        }
    }
}

extension JSONElement {
    /// Deeper nested containers are not believed; Mesos has at most three levels.
    private static var maximumContainers: Int { 16 }

    /// The container's own id first, then that of its parent, and so on.
    func eachContainerID(_ body: (JSONText) -> Void) {
        var container: JSONElement? = self
        var level = 0
        while let current = container, level < Self.maximumContainers {
            guard let value = current.member("value")?.text else { return }
            body(value)
            container = current.member("parent")
            level += 1
        }
    }
}

/// What the statuses of one task say together.
public struct StatusHistory: Equatable, Sendable {
    /// When the first status was sent, in seconds since 1970.
    public var firstTimestamp: Double?
    public var last: StatusRecord?
    /// The status that ended the task; nil while it has not been told.
    public var terminal: StatusRecord?
    /// The container of the newest status that tells one, outermost first.
    public var containerIDs: [String] = []

    public init() {}

    /// Takes the next status; `terminal` is the state of the task, if it is one.
    public mutating func append(_ status: StatusRecord, terminal state: String) {
        if last == nil, firstTimestamp == nil { firstTimestamp = status.timestamp }
        if terminal == nil, status.state == state { terminal = status }
        if !status.containerIDs.isEmpty { containerIDs = status.containerIDs }
        last = status
    }
}
