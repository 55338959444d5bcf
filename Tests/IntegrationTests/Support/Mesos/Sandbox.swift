import Foundation

extension MesosCluster {
    /// Where the agent serves a file of a task's sandbox, found out by other code than that under test.
    func sandboxURL(of task: LaunchedTask, file: String) async throws -> String {
        let listed = try await HTTPGet.json(AgentList.self, "\(url)/master/slaves")
        guard let agent = listed.slaves.first(where: { $0.id == task.agentID }) else {
            throw HarnessError("agent \(task.agentID) is not listed at \(url)")
        }
        let base = "http://127.0.0.1:\(agent.port)"
        let shown = try await HTTPGet.json(AgentState.self, "\(base)/state")
        let executors = (shown.frameworks + shown.completedFrameworks).filter { $0.id == task.frameworkID }
            .flatMap { $0.executors + $0.completedExecutors }
        // These tasks have an executor each, with the task's id.
        guard let executor = executors.first(where: { $0.id == task.id }) else {
            throw HarnessError("agent \(base) knows no executor \(task.id)")
        }
        let path = "\(executor.directory)/\(file)"
        return
            "\(base)/files/download?path=\(path.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? path)"
    }

    private struct AgentList: Decodable {
        struct Agent: Decodable {
            let id: String
            let port: Int
        }
        let slaves: [Agent]
    }

    private struct AgentState: Decodable {
        struct Framework: Decodable {
            let id: String
            let executors: [Executor]
            let completedExecutors: [Executor]
        }
        struct Executor: Decodable {
            let id: String
            let directory: String
        }
        let frameworks: [Framework]
        let completedFrameworks: [Framework]
    }
}
