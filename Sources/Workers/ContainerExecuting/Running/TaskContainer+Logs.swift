import DockerClient
import Glibc

extension TaskContainer {
    /// How long the relay may still take for what the container wrote at last.
    private static let relayPatience: Duration = .seconds(10)

    /// Puts the container's last output into the executor's own stdout and stderr, which are files of the sandbox. What
    /// cannot be read is said there instead. Nothing of it is there twice: what was relayed to stdout is not copied.
    func copyLogs(_ id: String) async {
        if settings.containerLogsStdout,
            await RelayMark.isThere(in: environment.sandbox, within: Self.relayPatience)
        {
            return
        }
        do throws(DockerError) {
            let copy = try await docker.copyLog(
                of: id, since: LogTime.now.earlier(by: settings.logsSince), stdout: STDOUT_FILENO, stderr: STDERR_FILENO
            )
            for problem in copy.problems { logger.error("the container's output is not here: \(problem)") }
        } catch {
            if !Task.isCancelled { logger.error("the container's output is not here: \(error)") }
        }
    }
}
