/// A task as the agent hands it to its executor: `TaskInfo` of the v1 API, as much of it as an executor of one Docker
/// container needs. Unknown fields are passed over.
public struct TaskInfo: Sendable, Equatable {
    public var name: String
    public var taskID: String
    public var agentID: String
    public var resources: [TaskResource]
    public var executor: ExecutorInfo?
    /// With a custom executor this is only what the framework wants to pass on: arguments for the image.
    public var command: CommandInfo?
    public var container: ContainerInfo?
    public var labels: [TaskLabel]
    public var killPolicy: KillPolicy?
    public var discovery: DiscoveryInfo?
    /// Health checks of Mesos itself, by their type: `HTTP`, `TCP`, `COMMAND`.
    public var healthCheckType: String?

    public init(
        name: String = "", taskID: String, agentID: String = "", resources: [TaskResource] = [],
        executor: ExecutorInfo? = nil, command: CommandInfo? = nil, container: ContainerInfo? = nil,
        labels: [TaskLabel] = [], killPolicy: KillPolicy? = nil, discovery: DiscoveryInfo? = nil,
        healthCheckType: String? = nil
    ) {
        self.name = name
        self.taskID = taskID
        self.agentID = agentID
        self.resources = resources
        self.executor = executor
        self.command = command
        self.container = container
        self.labels = labels
        self.killPolicy = killPolicy
        self.discovery = discovery
        self.healthCheckType = healthCheckType
    }

    /// The value of the first label of that key.
    public func label(_ key: String) -> String? {
        labels.first { $0.key == key }?.value
    }

    /// The sum of a scalar resource over all roles and reservations: `cpus`, `mem` (MB), `disk` (MB), `gpus`.
    public func scalar(_ resource: String) -> Double {
        resources.reduce(0) { $1.name == resource ? $0 + ($1.scalar ?? 0) : $0 }
    }
}

extension TaskInfo: Decodable {
    private enum Key: String, CodingKey {
        case name, resources, executor, command, container, labels, discovery
        case taskID = "task_id"
        case agentID = "agent_id"
        case killPolicy = "kill_policy"
        case healthCheck = "health_check"
    }

    private struct HealthCheck: Decodable { var type: String? }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        self.init(
            name: try fields.decodeIfPresent(String.self, forKey: .name) ?? "",
            taskID: try fields.decode(Wrapped.self, forKey: .taskID).value,
            agentID: try fields.decodeIfPresent(Wrapped.self, forKey: .agentID)?.value ?? "",
            resources: try fields.decodeIfPresent([TaskResource].self, forKey: .resources) ?? [],
            executor: try fields.decodeIfPresent(ExecutorInfo.self, forKey: .executor),
            command: try fields.decodeIfPresent(CommandInfo.self, forKey: .command),
            container: try fields.decodeIfPresent(ContainerInfo.self, forKey: .container),
            labels: try fields.decodeIfPresent(TaskLabels.self, forKey: .labels)?.labels ?? [],
            killPolicy: try fields.decodeIfPresent(KillPolicy.self, forKey: .killPolicy),
            discovery: try fields.decodeIfPresent(DiscoveryInfo.self, forKey: .discovery),
            healthCheckType: try fields.decodeIfPresent(HealthCheck.self, forKey: .healthCheck)?.type)
    }
}

/// `{"value": "…"}`: how the API writes ids.
struct Wrapped: Codable {
    var value: String
}
