import ContainerExecuting

@testable import Complaints

/// The manual page sidecar-executor(1). It is made here and kept as a file, so that the program, which stands beside every
/// task, does not carry it.
enum ExecutorManPage {
    static func render() -> String {
        var lines = Roff.head(
            "sidecar-executor", section: 1, program: "sidecar-executor", version: Version.number, date: Version.date,
            title: "User Commands")
        lines += [
            ".SH NAME", "sidecar-executor \\- run one Docker container as a Mesos task",
            ".SH SYNOPSIS", ".B executor.sh", ".br", ".B sidecar-executor cleanup", "[\\fB\\-orphans\\fR]",
            ".SH DESCRIPTION",
            Roff.text(
                "executor.sh is the command of a task's executor. It starts sidecar-executor, which runs one Docker "
                    + "container, watches its health through Sidecar, reads secrets from Vault, relays log lines to "
                    + "syslog, and stops the container when the executor ends."),
            ".SH COMMANDS",
        ]
        lines += Roff.term("cleanup", "Stops the container of the task TASK_ID if it is still running.")
        lines += Roff.term("cleanup -orphans", "Stops all containers whose executor does not run any more.")
        lines += Roff.term("version", "Prints the version.")
        lines += [
            ".SH ENVIRONMENT",
            Roff.text(
                "Settings are variables of the executor's command or of the agent's environment file, "
                    + "/opt/mesos/executor-environment.sh. Durations are written as 30s or 1m30s."),
        ]
        for setting in ExecutorSettings.descriptions {
            lines += Roff.term(
                setting.name, setting.help + (setting.value.isEmpty ? "." : "; default: \(setting.value)."))
        }
        lines += [
            ".SH FILES"
        ]
        lines += Roff.term("/opt/mesos/executor-environment.sh", "Settings for all tasks of the agent, read by bash.")
        lines += Roff.term("/opt/mesos/sidecar-executor", "The program; SIDECAR_EXECUTOR_PATH names another one.")
        lines += [".SH SEE ALSO", ".BR complainer (1),", ".BR docker\\-run (1)"]
        return lines.joined(separator: "\n") + "\n"
    }
}
