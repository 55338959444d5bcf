import DockerClient
import Foundation

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

    /// The executor's own processes, the supervisor first: those whose environment names the sandbox.
    func processes(of task: LaunchedTask) async throws -> [(pid: Int32, name: String)] {
        let sandbox = Data("MESOS_SANDBOX=\(try await sandbox(task).path)".utf8)
        let names = try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap { Int32($0) }.sorted()
        return names.compactMap { pid in
            guard let environment = FileManager.default.contents(atPath: "/proc/\(pid)/environ"),
                environment.firstRange(of: sandbox) != nil,
                let name = try? String(contentsOfFile: "/proc/\(pid)/comm", encoding: .utf8)
            else { return nil }
            return (pid, name.trimmingCharacters(in: .whitespacesAndNewlines))
        }
    }

    /// The process of that name, which must be there: `sidecar-execut` is the supervisor, `container` the worker.
    func process(_ name: String, of task: LaunchedTask) async throws -> Int32 {
        try await waitFor("the process \(name) of \(task.id)") {
            try await processes(of: task).first { $0.name == name }?.pid
        }
    }
}

extension LaunchedTask {
    /// The states in the order in which the framework saw them, each as often as it came.
    var states: [String] { events.filter { $0.event == "UPDATE" }.compactMap(\.state) }
}
