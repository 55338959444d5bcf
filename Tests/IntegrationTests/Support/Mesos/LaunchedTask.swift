import Foundation

/// What a test wants to run on a `MesosCluster`.
struct TaskOrder: Sendable {
    var name = "task"
    /// Steps of the kit's example executor: `running`, `out:TEXT`, `err:TEXT`, `sleep:SECONDS`, `failed:MESSAGE`,
    /// `finished`, `wait`, `exit:STATUS`; `_` in a text stands for a blank.
    var plan = "running failed:as_planned"
    /// A shell command, run by the kit's command executor in place of the plan.
    var command: String?
    /// The path of another custom executor, which gets no plan.
    var executor: String?
    var labels: [String: String] = [:]
    var image: String?
    var frameworkName = "integration-test"
    /// The task survives a restart of its agent.
    var checkpoint = false
    /// The framework stays registered for this long when its process hangs up.
    var failoverTimeout = 0.0
    /// More arguments of `launch-task.py`.
    var arguments: [String] = []
}

/// A task that runs on a `MesosCluster`, and the framework that launched it, which stays registered
/// until `endFramework()` or the end of the cluster.
struct LaunchedTask: Sendable {
    /// One line of `launch-task.py`.
    struct Event: Decodable, Sendable {
        let event: String
        /// When the framework saw it, in seconds since 1970.
        let t: Double
        let taskId: String?
        let frameworkId: String?
        let agentId: String?
        let state: String?
        let reason: String?
        let source: String?
        let message: String?
        /// Base64; tells two updates apart. Those that the master makes have none.
        let uuid: String?
    }

    static let terminal: Set = [
        "TASK_FINISHED", "TASK_FAILED", "TASK_KILLED", "TASK_ERROR", "TASK_LOST", "TASK_DROPPED", "TASK_GONE",
        "TASK_GONE_BY_OPERATOR",
    ]

    let id: String
    let frameworkID: String
    let agentID: String
    let process: ChildProcess

    /// What has happened so far.
    var events: [Event] { JSONLines.read(Event.self, from: process.standardOutput) }

    /// Waits for a status update with this state.
    @discardableResult
    func waitFor(state: String) async throws -> Event {
        try await waitForUpdate("\(state) of \(id)") { $0.state == state }
    }

    /// Waits for the end of the task.
    @discardableResult
    func waitForEnd() async throws -> Event {
        try await waitForUpdate("the end of \(id)") { Self.terminal.contains($0.state ?? "") }
    }

    /// The framework tears down and moves, with its tasks, to the completed ones.
    func endFramework() async {
        await process.stop()
    }

    private func waitForUpdate(_ what: String, _ wanted: (Event) -> Bool) async throws -> Event {
        try await IntegrationTests.waitFor(what) {
            if let found = events.first(where: { $0.event == "UPDATE" && wanted($0) }) { return found }
            if let exit = process.exit { throw Hopeless(description: "launch-task ended: \(exit)\n\(process.tail)") }
            return nil
        }
    }
}

extension MesosCluster {
    /// Launches a task; returns as soon as the master has it.
    func launch(_ order: TaskOrder = TaskOrder()) async throws -> LaunchedTask {
        var arguments = [
            "--master", address, "--name", order.name, "--framework-name", order.frameworkName,
            "--failover-timeout", "\(order.failoverTimeout)", "--linger", "3600", "--timeout", "600",
            "--user", NSUserName(),
        ]
        if let command = order.command {
            arguments += ["--command", command]
        } else if let executor = order.executor {
            arguments += ["--executor-command", executor]
        } else {
            arguments += ["--executor-command", try MesosKit.program("example-executor.py"), "--command", order.plan]
        }
        for (key, value) in order.labels { arguments += ["--label", "\(key)=\(value)"] }
        if let image = order.image { arguments += ["--image", image] }
        if order.checkpoint { arguments.append("--checkpoint") }
        let process = try runFramework("launch-task.py", arguments + order.arguments)
        return try await waitFor("an offer for \(order.name)") {
            let events = JSONLines.read(LaunchedTask.Event.self, from: process.standardOutput)
            if let launch = events.first(where: { $0.event == "LAUNCH" }), let id = launch.taskId,
                let agent = launch.agentId, let framework = events.lazy.compactMap(\.frameworkId).first
            {
                return LaunchedTask(id: id, frameworkID: framework, agentID: agent, process: process)
            }
            if let exit = process.exit { throw Hopeless(description: "launch-task ended: \(exit)\n\(process.tail)") }
            return nil
        }
    }
}
