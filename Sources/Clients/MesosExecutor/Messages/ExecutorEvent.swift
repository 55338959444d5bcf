import FoundationEssentials

/// What the agent says on the subscription: `mesos.v1.executor.Event`.
public enum ExecutorEvent: Sendable, Equatable {
    case subscribed(agentHost: String?)
    /// The whole `TaskInfo`, and its id.
    case launch(taskID: String, document: JSONValue)
    case launchGroup(taskIDs: [String])
    case kill(taskID: String, policy: KillPolicy?)
    case acknowledged(taskID: String, uuid: String)
    case message(bytes: Int)
    case shutdown
    case error(String)
    case heartbeat
    /// Of a later version.
    case unknown(String)
}

extension ExecutorEvent: Decodable {
    private enum Key: String, CodingKey {
        case type, subscribed, launch, kill, acknowledged, message, error
        case launchGroup = "launch_group"
    }
    private struct Subscribed: Decodable {
        struct Agent: Decodable { var hostname: String? }
        var agent: Agent?

        enum CodingKeys: String, CodingKey { case agent = "agent_info" }
    }
    private struct Launch: Decodable { var task: JSONValue }
    private struct LaunchGroup: Decodable {
        struct Group: Decodable { var tasks: [JSONValue]? }
        var group: Group?

        enum CodingKeys: String, CodingKey { case group = "task_group" }
    }
    private struct Kill: Decodable {
        var task: Wrapped
        var policy: KillPolicy?

        enum CodingKeys: String, CodingKey {
            case task = "task_id"
            case policy = "kill_policy"
        }
    }
    private struct Acknowledged: Decodable {
        var task: Wrapped
        var uuid: String

        enum CodingKeys: String, CodingKey {
            case uuid
            case task = "task_id"
        }
    }
    private struct Message: Decodable { var data: String? }
    private struct Failure: Decodable { var message: String? }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        switch try fields.decode(String.self, forKey: .type) {
        case "SUBSCRIBED":
            let subscribed = try fields.decodeIfPresent(Subscribed.self, forKey: .subscribed)
            self = .subscribed(agentHost: subscribed?.agent?.hostname)
        case "LAUNCH":
            let task = try fields.decode(Launch.self, forKey: .launch).task
            guard let id = task["task_id"]?["value"]?.text else {
                throw DecodingError.dataCorruptedError(
                    forKey: .launch, in: fields, debugDescription: "a task without task_id")
            }
            self = .launch(taskID: id, document: task)
        case "LAUNCH_GROUP":
            let tasks = try fields.decode(LaunchGroup.self, forKey: .launchGroup).group?.tasks ?? []
            self = .launchGroup(taskIDs: tasks.compactMap { $0["task_id"]?["value"]?.text })
        case "KILL":
            let kill = try fields.decode(Kill.self, forKey: .kill)
            self = .kill(taskID: kill.task.value, policy: kill.policy)
        case "ACKNOWLEDGED":
            let acknowledged = try fields.decode(Acknowledged.self, forKey: .acknowledged)
            self = .acknowledged(taskID: acknowledged.task.value, uuid: acknowledged.uuid)
        case "MESSAGE":
            self = .message(bytes: try fields.decodeIfPresent(Message.self, forKey: .message)?.data?.utf8.count ?? 0)
        case "SHUTDOWN": self = .shutdown
        case "ERROR":
            self = .error(try fields.decodeIfPresent(Failure.self, forKey: .error)?.message ?? "without a message")
        case "HEARTBEAT": self = .heartbeat
        case let other: self = .unknown(other)
        }
    }
}
