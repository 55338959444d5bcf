import Foundation

/// Many tasks that end within a short time, several to an executor.
struct StormOrder: Sendable {
    var tasks = 200
    var executors = 4
    /// Seconds within which they end, each at a random moment.
    var over = 5.0
    var state = "TASK_FAILED"
    var name = "storm"
    var frameworkName = "storm"
    var labels: [String: String] = [:]
}

/// What the storm's framework saw.
struct StormResult: Sendable {
    /// A task's id, the state it ended in, and when the framework saw that, in seconds since 1970.
    struct Terminal: Decodable, Sendable {
        let taskId: String
        let state: String
        let t: Double
    }

    let terminals: [Terminal]

    var ids: Set<String> { Set(terminals.map(\.taskId)) }
}

extension MesosCluster {
    /// Runs a storm to its end. Its framework stays registered for an hour, with its tasks.
    func storm(_ order: StormOrder = StormOrder()) async throws -> StormResult {
        var arguments = [
            "--master", address, "--tasks", "\(order.tasks)", "--executors", "\(order.executors)",
            "--over", "\(order.over)", "--state", order.state, "--name", order.name,
            "--framework-name", order.frameworkName, "--timeout", "300",
        ]
        for (key, value) in order.labels { arguments += ["--label", "\(key)=\(value)"] }
        let process = try runFramework("launch-many.py", arguments)
        let exit = try await process.waitForExit(within: .seconds(330))
        guard exit == .code(0) else { throw HarnessError("the storm ended: \(exit)\n\(process.tail)") }
        return StormResult(terminals: JSONLines.read(StormResult.Terminal.self, from: process.standardOutput))
    }
}
