import DockerClient
import Foundation
import Testing

/// A real Mesos and a real dockerd, and tasks that executor.sh runs there.
struct ExecutorBox: Sendable {
    let cluster: MesosCluster
    let engine: DockerEngine
    let docker: DockerClient

    static func run(
        agentFlags: [String] = [], liveRestore: Bool = false, _ body: (ExecutorBox) async throws -> Void
    ) async throws {
        try await DockerEngine.run(liveRestore: liveRestore) { engine in
            try await MesosCluster.with(agentFlags: agentFlags) { cluster in
                try await body(ExecutorBox(cluster: cluster, engine: engine, docker: try engine.client()))
            }
        }
    }

    /// Launches a task whose container runs `script` in a shell.
    func launch(
        _ script: String, name: String = "task", image: String? = nil, checkpoint: Bool = false,
        settings: [String: String] = [:], arguments: [String] = []
    ) async throws -> LaunchedTask {
        var variables = settings
        variables["DOCKER_HOST"] = engine.host
        // There is no Sidecar unless the test has one.
        variables["EXECUTOR_SIDECAR_DRAINING_DURATION"] = settings["EXECUTOR_SIDECAR_DRAINING_DURATION"] ?? "0s"
        variables["SIDECAR_EXECUTOR_PATH"] = try Checkout.binary("sidecar-executor")
        variables["SIDECAR_EXECUTOR_CUSTOM_ENV_PATH"] = variables["SIDECAR_EXECUTOR_CUSTOM_ENV_PATH"] ?? "/nowhere"
        var all = arguments
        for (key, value) in variables { all += ["--env", "\(key)=\(value)"] }
        var order = TaskOrder(name: name)
        order.executor = Checkout.root.appending(path: "executor.sh").path
        order.image = image ?? engine.image
        order.labels = ["executor.ShellCommand": "sh -c '\(script.replacing("'", with: "'\\''"))'"]
        order.checkpoint = checkpoint
        order.failoverTimeout = checkpoint ? 600 : 0
        order.arguments = all
        return try await cluster.launch(order)
    }

    /// The sandbox on this machine's disk.
    func sandbox(_ task: LaunchedTask) async throws -> URL {
        let agents = await cluster.agents
        for agent in agents {
            let executors = agent.workDir.appending(
                path: "slaves/\(task.agentID)/frameworks/\(task.frameworkID)/executors")
            let runs = executors.appending(path: "\(task.id)/runs/latest")
            if FileManager.default.fileExists(atPath: runs.path) { return runs.resolvingSymlinksInPath() }
        }
        throw HarnessError("there is no sandbox of \(task.id)")
    }

    func read(_ file: String, of task: LaunchedTask) async throws -> String {
        try String(contentsOf: try await sandbox(task).appending(path: file), encoding: .utf8)
    }

    /// The task's containers, running or not.
    func containers(of task: LaunchedTask) async throws -> [ContainerInspection] {
        let sandbox = try await sandbox(task).path
        let all = try await docker.containers(labels: ["sidecar-executor.sandbox=\(sandbox)"])
        var found: [ContainerInspection] = []
        for summary in all { found.append(try await docker.inspect(summary.id)) }
        return found
    }

    /// Sends a signal to the task's container until it has ended: a script may not yet have set its trap.
    func signal(_ signal: String, _ task: LaunchedTask) async throws {
        let container = try #require(try await containers(of: task).first)
        try await waitUntil("the end of the container of \(task.id) by \(signal)") {
            guard try await docker.inspect(container.id).state.isRunning else { return true }
            try? await docker.kill(container.id, signal: signal)
            return try await !docker.inspect(container.id).state.isRunning
        }
    }
}

extension LaunchedTask {
    /// The states of the updates, in the order in which the framework saw them first. An agent sends an update again, with
    /// the same uuid, when it was away and does not know whether it was acknowledged; that is no second one.
    var states: [String] {
        var seen: Set<String> = []
        return events.filter { event in
            event.event == "UPDATE" && (event.uuid.map { seen.insert($0).inserted } ?? true)
        }.compactMap(\.state)
    }
}
