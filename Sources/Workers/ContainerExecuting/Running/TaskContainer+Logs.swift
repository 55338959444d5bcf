import DockerClient
import Glibc

extension TaskContainer {
    /// Puts the container's last output into the executor's own stdout and stderr, which are files of the sandbox. What
    /// cannot be read is said there instead.
    func copyLogs(_ id: String) async {
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
