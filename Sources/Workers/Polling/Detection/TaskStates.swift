/// The task states of Mesos that matter here.
enum TaskStates {
    /// A task in one of these will never be in another.
    static let terminal: Set<String> = [
        "TASK_FINISHED", "TASK_FAILED", "TASK_KILLED", "TASK_ERROR", "TASK_LOST", "TASK_DROPPED", "TASK_GONE",
        "TASK_GONE_BY_OPERATOR",
    ]

    /// Of a task whose agent the master does not reach; it may come back.
    static let unreachable = "TASK_UNREACHABLE"

    /// How long a task's statuses may lag behind its state. A task that fails at once is STARTING, RUNNING and FAILED
    /// within milliseconds; its framework has to acknowledge each before the master tells the next.
    static let patience = Duration.seconds(5)
}

/// Which task.
struct TaskKey: Hashable, Sendable {
    var framework: String
    var task: String
}
