import FoundationEssentials

/// The states an executor may report.
public enum TaskState: String, Sendable, Codable, CaseIterable {
    case starting = "TASK_STARTING"
    case running = "TASK_RUNNING"
    case finished = "TASK_FINISHED"
    case failed = "TASK_FAILED"
    case killed = "TASK_KILLED"
    case error = "TASK_ERROR"

    public var isTerminal: Bool {
        switch self {
        case .starting, .running: false
        case .finished, .failed, .killed, .error: true
        }
    }
}

/// Reasons that are known to every Mesos from 1.4 on; an unknown one would have the whole update refused.
public enum StatusReason: String, Sendable, Codable {
    /// What Mesos' own executor says of a command that failed.
    case commandFailed = "REASON_COMMAND_EXECUTOR_FAILED"
    case launchFailed = "REASON_CONTAINER_LAUNCH_FAILED"
    case memoryLimit = "REASON_CONTAINER_LIMITATION_MEMORY"
    case taskInvalid = "REASON_TASK_INVALID"
    case taskGroupInvalid = "REASON_TASK_GROUP_INVALID"
}

/// `TaskStatus` of the v1 API, as an executor sends it.
public struct TaskStatus: Sendable, Equatable {
    public var taskID: String
    public var state: TaskState
    public var message: String?
    public var reason: StatusReason?
    /// Only false is ever said: nobody asked Mesos to look after the task's health.
    public var healthy: Bool?
    public var networks: [NetworkInfo]
    /// Seconds since 1970.
    public var timestamp: Double
    /// Base64 of 16 random bytes; the agent acknowledges the update by it.
    public var uuid: String

    public init(
        taskID: String, state: TaskState, message: String? = nil, reason: StatusReason? = nil, healthy: Bool? = nil,
        networks: [NetworkInfo] = [], timestamp: Double = Date().timeIntervalSince1970,
        uuid: String = TaskStatus.freshUUID()
    ) {
        self.taskID = taskID
        self.state = state
        self.message = message
        self.reason = reason
        self.healthy = healthy
        self.networks = networks
        self.timestamp = timestamp
        self.uuid = uuid
    }

    public static func freshUUID() -> String {
        withUnsafeBytes(of: UUID().uuid) { Data($0) }.base64EncodedString()
    }
}

extension TaskStatus: Codable {
    private enum Key: String, CodingKey {
        case state, message, reason, healthy, source, timestamp, uuid
        case taskID = "task_id"
        case container = "container_status"
    }
    private struct ContainerStatus: Codable {
        var networks: [NetworkInfo]?

        enum CodingKeys: String, CodingKey { case networks = "network_infos" }
    }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        self.init(
            taskID: try fields.decode(Wrapped.self, forKey: .taskID).value,
            state: try fields.decode(TaskState.self, forKey: .state),
            message: try fields.decodeIfPresent(String.self, forKey: .message),
            reason: try fields.decodeIfPresent(StatusReason.self, forKey: .reason),
            healthy: try fields.decodeIfPresent(Bool.self, forKey: .healthy),
            networks: try fields.decodeIfPresent(ContainerStatus.self, forKey: .container)?.networks ?? [],
            timestamp: try fields.decode(Double.self, forKey: .timestamp),
            uuid: try fields.decode(String.self, forKey: .uuid))
    }

    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encode(Wrapped(value: taskID), forKey: .taskID)
        try fields.encode(state, forKey: .state)
        try fields.encode("SOURCE_EXECUTOR", forKey: .source)
        try fields.encodeIfPresent(message, forKey: .message)
        try fields.encodeIfPresent(reason, forKey: .reason)
        try fields.encodeIfPresent(healthy, forKey: .healthy)
        if !networks.isEmpty { try fields.encode(ContainerStatus(networks: networks), forKey: .container) }
        try fields.encode(timestamp, forKey: .timestamp)
        try fields.encode(uuid, forKey: .uuid)
    }
}
