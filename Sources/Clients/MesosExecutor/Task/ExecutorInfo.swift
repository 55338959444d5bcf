/// The executor as the framework described it.
public struct ExecutorInfo: Sendable, Equatable {
    public var executorID: String
    public var frameworkID: String?
    public var name: String?
    public var source: String?
    /// Its environment is where frameworks put the task's.
    public var command: CommandInfo?
    public var labels: [TaskLabel]

    public init(
        executorID: String, frameworkID: String? = nil, name: String? = nil, source: String? = nil,
        command: CommandInfo? = nil, labels: [TaskLabel] = []
    ) {
        self.executorID = executorID
        self.frameworkID = frameworkID
        self.name = name
        self.source = source
        self.command = command
        self.labels = labels
    }
}

extension ExecutorInfo: Decodable {
    private enum Key: String, CodingKey {
        case name, source, command, labels
        case executorID = "executor_id"
        case frameworkID = "framework_id"
    }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        self.init(
            executorID: try fields.decodeIfPresent(Wrapped.self, forKey: .executorID)?.value ?? "",
            frameworkID: try fields.decodeIfPresent(Wrapped.self, forKey: .frameworkID)?.value,
            name: try fields.decodeIfPresent(String.self, forKey: .name),
            source: try fields.decodeIfPresent(String.self, forKey: .source),
            command: try fields.decodeIfPresent(CommandInfo.self, forKey: .command),
            labels: try fields.decodeIfPresent(TaskLabels.self, forKey: .labels)?.labels ?? [])
    }
}
