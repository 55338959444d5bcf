import DockerClient
import HTTPClient
import MesosExecutor

/// Stops containers that nobody looks after any more.
public struct Cleanup: Sendable {
    /// What was done, for people.
    public struct Report: Sendable, Equatable {
        public var lines: [String] = []
        /// Nothing is left of what should have been stopped.
        public var isComplete = true
    }

    private enum Condition {
        case running, created, ended
    }

    private let docker: DockerClient
    private let variables: [String: String]
    private let settings: ExecutorSettings
    private let patience: Duration

    /// - Parameter patience: how long dockerd may be away.
    public init(_ variables: [String: String], patience: Duration = .seconds(60)) throws {
        self.variables = variables
        self.patience = patience
        settings = ExecutorSettings.resolve(variables).settings
        docker = DockerClient(
            try DockerEndpoint(environment: variables), http: HTTPClient(HTTPClient.Configuration(proxy: .none)))
    }

    /// Stops the container that the executor of this sandbox made; without a sandbox, the one of the task `TASK_ID`.
    public func stopTask() async throws -> Report {
        func first(_ names: String...) -> String? { names.lazy.compactMap { variables[$0] }.first { !$0.isEmpty } }
        let id = first("TASK_ID", "MESOS_TASK_ID", "MESOS_EXECUTOR_ID")
        // By the path on the host, as the label has it.
        let sandbox = first("MESOS_DIRECTORY", "MESOS_SANDBOX")
        var report = Report()
        let whose = ", which the executor of \(id ?? sandbox ?? "") left behind"
        if let sandbox {
            for container in try await containers("\(ContainerLabel.sandbox)=\(sandbox)") {
                await end(container.id, Self.condition(container), whose, &report)
            }
        } else if let id {
            let name = ContainerName.make(taskID: id, prefix: settings.containerNamePrefix)
            if let container = try await find(name) {
                let state = container.state
                await end(
                    container.id, state.isRunning ? .running : state.isCreated ? .created : .ended, whose, &report)
            }
        } else {
            throw CleanupError("neither MESOS_SANDBOX nor TASK_ID is set: which task's container is to be stopped?")
        }
        return report
    }

    private func find(_ name: String) async throws(DockerError) -> ContainerInspection? {
        do {
            return try await whileDockerIsAway { () throws(DockerError) in try await docker.inspect(name) }
        } catch {
            guard error.kind == .notFound else { throw error }
            return nil
        }
    }

    /// Stops every container whose executor has ended, as the lock in its sandbox tells. One that cannot be stopped does
    /// not keep the others.
    public func stopOrphans() async throws -> Report {
        var report = Report()
        for container in try await containers(ContainerLabel.sandbox) {
            let condition = Self.condition(container)
            guard condition != .ended, let sandbox = container.labels[ContainerLabel.sandbox] else { continue }
            switch Self.isAbandoned(sandbox) {
            case true?: await end(container.id, condition, ", whose executor in \(sandbox) is gone", &report)
            case false?: break
            case nil:
                let id = container.id.prefix(12)
                report.lines.append("left container \(id) alone: its sandbox \(sandbox) cannot be seen from here")
            }
        }
        return report
    }

    private func containers(_ label: String) async throws(DockerError) -> [ContainerSummary] {
        try await whileDockerIsAway { () throws(DockerError) in try await docker.containers(labels: [label]) }
    }

    private static func condition(_ container: ContainerSummary) -> Condition {
        switch container.status {
        case "created": .created
        case "exited", "dead", "removing": .ended
        default: .running
        }
    }

    private func end(_ id: String, _ condition: Condition, _ whose: String, _ report: inout Report) async {
        do throws(DockerError) {
            switch condition {
            case .running:
                try await whileDockerIsAway { () throws(DockerError) in
                    try await docker.stop(id, grace: settings.killTaskTimeout)
                }
                report.lines.append("stopped container \(id.prefix(12))\(whose)")
            case .created:
                // It may be about to run: dockerd goes on with a start whose client is gone, and removes it after that.
                try await whileDockerIsAway { () throws(DockerError) in
                    try await docker.remove(id, force: true, volumes: true)
                }
                report.lines.append("removed container \(id.prefix(12))\(whose) before it ran")
            case .ended: break
            }
        } catch  where error.kind == .notFound {
            // It has gone by itself.
        } catch {
            report.lines.append("\(error)")
            report.isComplete = false
        }
    }

    private func whileDockerIsAway<Value: Sendable>(
        _ work: () async throws(DockerError) -> Value
    ) async throws(DockerError) -> Value {
        let until = ContinuousClock.now + patience
        while true {
            do throws(DockerError) {
                return try await work()
            } catch {
                guard error.isDockerAway, .now < until else { throw error }
                try? await Task.sleep(for: .milliseconds(250))
            }
        }
    }

    /// A sandbox that is not there, or cannot be seen from here, proves nothing: nil.
    private static func isAbandoned(_ sandbox: String) -> Bool? {
        do throws(SandboxLockError) {
            return try SandboxLock(SandboxLock.executor, in: sandbox, create: false) != nil
        } catch {
            return nil
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
