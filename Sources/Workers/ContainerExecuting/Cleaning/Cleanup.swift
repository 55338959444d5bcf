import DockerClient
import HTTPClient
import MesosExecutor

/// Stops containers that nobody looks after any more.
public struct Cleanup: Sendable {
    private let docker: DockerClient
    private let variables: [String: String]
    private let settings: ExecutorSettings

    public init(_ variables: [String: String]) throws {
        self.variables = variables
        settings = ExecutorSettings.resolve(variables).settings
        docker = DockerClient(
            try DockerEndpoint(environment: variables), http: HTTPClient(HTTPClient.Configuration(proxy: .none)))
    }

    /// Stops the container of the task `TASK_ID`, if it runs; without that variable, of the executor's task by the
    /// executor's id. What was done, for people.
    public func stopTask() async throws -> [String] {
        let ids = ["TASK_ID", "MESOS_TASK_ID", "MESOS_EXECUTOR_ID"].compactMap { variables[$0] }.filter { !$0.isEmpty }
        guard let id = ids.first else {
            throw CleanupError("TASK_ID is not set: which task's container is to be stopped?")
        }
        let name = ContainerName.make(taskID: id, prefix: settings.containerNamePrefix)
        guard let container = try await find(name), container.state.isRunning else { return [] }
        try await docker.stop(container.id, grace: settings.killTaskTimeout)
        return ["stopped container \(container.shortID), which the executor of \(id) left behind"]
    }

    private func find(_ name: String) async throws(DockerError) -> ContainerInspection? {
        do {
            return try await docker.inspect(name)
        } catch {
            guard error.kind == .notFound else { throw error }
            return nil
        }
    }

    /// Stops every container whose executor has ended, as the lock in its sandbox tells. What was done, for people.
    public func stopOrphans() async throws -> [String] {
        var lines: [String] = []
        for container in try await docker.containers(labels: [ContainerLabel.sandbox], runningOnly: true) {
            guard let sandbox = container.labels[ContainerLabel.sandbox], Self.isAbandoned(sandbox) else { continue }
            try await docker.stop(container.id, grace: settings.killTaskTimeout)
            lines.append("stopped container \(container.id.prefix(12)), whose executor in \(sandbox) is gone")
        }
        return lines
    }

    /// A sandbox that is not there, or cannot be seen from here, proves nothing.
    private static func isAbandoned(_ sandbox: String) -> Bool {
        do throws(SandboxLockError) {
            return try SandboxLock(SandboxLock.executor, in: sandbox, create: false) != nil
        } catch {
            return false
        }
    }
}

/// Why nothing could be cleaned up.
struct CleanupError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
