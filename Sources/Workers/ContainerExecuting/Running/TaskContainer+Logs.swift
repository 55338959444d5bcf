import DockerClient
import Glibc

extension TaskContainer {
    /// From where on the container's last output is to be copied.
    ///
    /// - Parameter begun: where a process before this one began to copy it.
    func prepareLogs(_ id: String, begunAt begun: LogMark?) async -> LogMark {
        guard let begun else {
            return LogMark(
                since: await end(of: id).earlier(by: settings.logsSince), stdout: STDOUT_FILENO, stderr: STDERR_FILENO)
        }
        do throws(DockerError) {
            return try await docker.mark(ofCopy: id, begunAt: begun, stdout: STDOUT_FILENO, stderr: STDERR_FILENO)
        } catch {
            if !Task.isCancelled { logger.warning("the container's output may be here twice: \(error)") }
            return begun
        }
    }

    /// That may have been long ago: when dockerd or this worker's predecessor were away meanwhile.
    private func end(of id: String) async -> LogTime {
        let finished = (try? await docker.inspect(id)).flatMap { LogTime(rfc3339: $0.state.finishedAt.utf8) }
        // Of one that never ended Docker says the year 1.
        guard let finished, finished.seconds > 0 else { return .now }
        return finished
    }

    /// How long the relay may still take for what the container wrote at last.
    private static let relayPatience: Duration = .seconds(10)

    /// Puts the container's last output into the executor's own stdout and stderr, which are files of the sandbox. What
    /// cannot be read is said there instead. Nothing of it is there twice: what was relayed to stdout is not copied.
    func copyLogs(_ id: String, from mark: LogMark) async {
        if settings.containerLogsStdout,
            await RelayMark.isThere(in: environment.sandbox, within: Self.relayPatience)
        {
            return
        }
        do throws(DockerError) {
            let copy = try await docker.copyLog(of: id, from: mark, stdout: STDOUT_FILENO, stderr: STDERR_FILENO)
            for problem in copy.problems { logger.error("the container's output is not here: \(problem)") }
        } catch {
            if !Task.isCancelled { logger.error("the container's output is not here: \(error)") }
        }
    }
}
