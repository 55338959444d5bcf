import MesosExecutor
import Observability

/// What a task means for its life.
enum TaskReading {
    /// - Parameter problem: what is wrong with the settings, if anything is: no task can be run then.
    static func read(
        _ task: TaskInfo, settings: ExecutorSettings, environment: ExecutorEnvironment, problem: String?
    ) -> (TaskOrder, TaskOutcome?) {
        let docker = task.container?.docker
        let order = TaskOrder(
            taskID: task.taskID, image: docker?.image ?? "", memoryMegabytes: task.scalar("mem"),
            gracePeriod: task.killPolicy?.gracePeriod ?? settings.killTaskTimeout,
            unhealthyGracePeriod: settings.stopOnUnhealthyGrace,
            draining: ContainerConfiguration.isWatchedBySidecar(task) ? settings.sidecarDrainingDuration : .zero)
        if let problem { return (order, .launchFailed(Redactor.shared.redact(problem))) }
        // What cannot be made into a container is better known before the image is pulled.
        do {
            let surroundings = ContainerConfiguration.Surroundings(environment, variables: [:], hostCPUs: 1)
            let specification = try ContainerConfiguration.make(task, settings: settings, in: surroundings)
            _ = try SecretVariables(specification.environment)
            return (order, nil)
        } catch {
            return (order, .launchFailed(Redactor.shared.redact("\(error)")))
        }
    }
}
