/// A `TASK_UPDATED` event of the operator stream.
public struct TaskUpdate: Equatable, Sendable {
    public var frameworkID: String
    public var taskID: String
    /// The newest state that the master knows; the status may lag behind it.
    public var state: String
    public var status: StatusRecord

    public init(frameworkID: String, taskID: String, state: String, status: StatusRecord) {
        self.frameworkID = frameworkID
        self.taskID = taskID
        self.state = state
        self.status = status
    }

    /// Nil for what does not say which task it is about.
    init?(_ element: JSONElement) {
        guard let framework = element.member("framework_id")?.textOrValue,
            let statusElement = element.member("status"), let status = StatusRecord(statusElement),
            let task = statusElement.member("task_id")?.textOrValue
        else { return nil }
        self.init(
            frameworkID: framework.string, taskID: task.string,
            state: element.member("state")?.text?.string ?? status.state, status: status)
    }
}
