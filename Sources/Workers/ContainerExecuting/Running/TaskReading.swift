import MesosExecutor

/// What a task means for its life.
enum TaskReading {
    /// - Parameter problem: what is wrong with the settings, if anything is: no task can be run then.
    static func read(
        _ task: TaskInfo, settings: ExecutorSettings, problem: String?
    ) -> (TaskOrder, TaskOutcome?) {
        let docker = task.container?.docker
        let order = TaskOrder(
            taskID: task.taskID, image: docker?.image ?? "", memoryMegabytes: task.scalar("mem"),
            gracePeriod: task.killPolicy?.gracePeriod ?? settings.killTaskTimeout,
            unhealthyGracePeriod: settings.stopOnUnhealthyGrace, draining: .zero)
        if let problem { return (order, TaskOutcome(.failed, problem, reason: .launchFailed)) }
        guard let docker, !docker.image.isEmpty else {
            return (order, TaskOutcome(.error, "the task has no container.docker.image", reason: .taskInvalid))
        }
        return (order, nil)
    }
}
