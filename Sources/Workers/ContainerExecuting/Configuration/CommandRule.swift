import DockerClient
import MesosExecutor

/// The label that says what the container is to run.
enum ShellCommand {
    static let label = "executor.ShellCommand"
}

/// What the container runs: the label `executor.ShellCommand`, a Docker label or one of the task; else what the task's
/// command says, as Mesos' own Docker containerizer takes it; else what the image says.
enum CommandRule {
    static func apply(
        _ task: TaskInfo, to specification: inout ContainerSpecification
    ) throws(ContainerConfigurationError) {
        let label = ContainerConfiguration.dockerLabel(ShellCommand.label, of: task) ?? task.label(ShellCommand.label)
        if let label, label.contains(where: { !$0.isWhitespace }) {
            do {
                specification.command = try ShellWords.split(label)
            } catch {
                throw ContainerConfigurationError("label \(ShellCommand.label) cannot be split into words: \(error)")
            }
            return
        }
        guard let command = task.command else { return }
        if command.shell {
            guard let line = command.value, !line.isEmpty else {
                if !command.arguments.isEmpty { specification.command = command.arguments }
                return
            }
            specification.entrypoint = ["/bin/sh"]
            specification.command = ["-c", line]
        } else {
            if let program = command.value, !program.isEmpty { specification.entrypoint = [program] }
            if !command.arguments.isEmpty { specification.command = command.arguments }
        }
    }
}
