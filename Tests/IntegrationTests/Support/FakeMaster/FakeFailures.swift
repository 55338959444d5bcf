import AgentTesting
import Foundation

/// A master that is polled and lists tasks that failed when it was made, on fake agents: each has its sandbox there, and
/// nothing else of a cluster is needed.
struct FakeFailures: Sendable {
    struct Task: Sendable {
        var id: String
        var agent: FakeAgent
        /// nil: nobody knows it, and the agent has to be asked where the sandbox is.
        var container: String? = "c"
    }

    let master: FakeMaster
    private let time = Date().timeIntervalSince1970

    /// Flags with which complainer reports what the first poll lists.
    static let flags = ["-detect", "poll", "-poll-interval", "200ms", "-catch-up", "10m"]

    init(_ tasks: [Task]) throws {
        let document = Self.state(tasks, time: time)
        master = try FakeMaster { _ in .json(document) }
    }

    /// What the next poll lists.
    func list(_ tasks: [Task]) {
        let document = Self.state(tasks, time: time)
        master.behave { _ in .json(document) }
    }

    func stop() { master.stop() }

    /// Where the sandbox of a task with a container is.
    static func sandbox(_ id: String, on agent: FakeAgent) -> String {
        "/mesos/slaves/S\(agent.port)/frameworks/F/executors/\(id)/runs/c"
    }

    private static func state(_ tasks: [Task], time: Double) -> String {
        let failed = tasks.map { task in
            let container = task.container.map {
                #","container_status":{"container_id":{"value":"\#($0)"}}"#
            }
            return """
                {"id":"\(task.id)","name":"\(task.id)","framework_id":"F","executor_id":"","slave_id":"S\(task.agent.port)",
                "state":"TASK_FAILED","statuses":[{"state":"TASK_FAILED","timestamp":\(time)\(container ?? "")}]}
                """
        }
        let agents = Set(tasks.map(\.agent.port)).map { port in
            """
            {"id":"S\(port)","hostname":"127.0.0.1","port":\(port),"pid":"slave(1)@127.0.0.1:\(port)"}
            """
        }
        return """
            {"version":"1.11.0","pid":"master@127.0.0.1:1","leader":"master@127.0.0.1:1",
            "slaves":[\(agents.joined(separator: ","))],
            "frameworks":[{"id":"F","name":"fake","tasks":[],"completed_tasks":[\(failed.joined(separator: ","))]}],
            "completed_frameworks":[]}
            """
    }
}
