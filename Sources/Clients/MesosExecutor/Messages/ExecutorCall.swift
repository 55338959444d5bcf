import FoundationEssentials

/// What the executor says: `mesos.v1.executor.Call`.
public enum ExecutorCall: Sendable, Equatable {
    /// With everything that the agent has not acknowledged yet.
    case subscribe(tasks: [JSONValue], updates: [TaskStatus])
    case update(TaskStatus)

    /// The call as the agent wants it.
    public func encoded(frameworkID: String, executorID: String) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
        return Array(try encoder.encode(Body(call: self, frameworkID: frameworkID, executorID: executorID)))
    }

    private struct Body: Encodable {
        let call: ExecutorCall
        let frameworkID: String
        let executorID: String

        private enum Key: String, CodingKey {
            case type, subscribe, update
            case frameworkID = "framework_id"
            case executorID = "executor_id"
        }
        private struct Subscribe: Encodable {
            var tasks: [JSONValue]
            var updates: [Update]

            enum CodingKeys: String, CodingKey {
                case tasks = "unacknowledged_tasks"
                case updates = "unacknowledged_updates"
            }
        }
        private struct Update: Encodable {
            var status: TaskStatus
        }

        func encode(to encoder: any Encoder) throws {
            var fields = encoder.container(keyedBy: Key.self)
            try fields.encode(Wrapped(value: frameworkID), forKey: .frameworkID)
            try fields.encode(Wrapped(value: executorID), forKey: .executorID)
            switch call {
            case .subscribe(let tasks, let updates):
                try fields.encode("SUBSCRIBE", forKey: .type)
                try fields.encode(Subscribe(tasks: tasks, updates: updates.map(Update.init)), forKey: .subscribe)
            case .update(let status):
                try fields.encode("UPDATE", forKey: .type)
                try fields.encode(Update(status: status), forKey: .update)
            }
        }
    }
}
