import Complaints
import HTTPClient
import MesosClient
import Synchronization

/// Finds the sandbox of exactly the run that failed.
///
/// The path follows from the agent's work directory and the ids that came with the failure, so the usual case costs one
/// small request per agent and none per failure. Only a failure whose container is not known has the agent's `/state`
/// searched.
final class SandboxLocator: Sendable {
    /// A sandbox and the agent that serves it.
    struct Sandbox: Equatable, Sendable {
        var agent: String
        var path: String
        /// Why the path may be another run's, or not there at all; nil when it is exact.
        var doubt: String?
        var stdoutURL: String
        var stderrURL: String
    }

    private let http: HTTPClient
    private let timeout: Duration
    /// Work directories by agent id: an agent keeps its own for life.
    private let workDirectories = Mutex<[String: String]>([:])
    /// Agents remembered; a cluster has a few thousand at most, and old ones are gone for good.
    private static let remembered = 20_000

    init(http: HTTPClient, timeout: Duration = .seconds(10)) {
        self.http = http
        self.timeout = timeout
    }

    func locate(_ failure: Failure) async -> Sandbox {
        guard let address = failure.agent else {
            // The best guess there is: Mesos' own default port.
            let agent = AgentClient(http: http, host: failure.slave, port: 5051)
            return virtual(failure, agent, doubt: "the master no longer knows agent \(failure.agentID)")
        }
        let host = address.hostname.isEmpty ? address.ip : address.hostname
        let agent = AgentClient(http: http, host: host, port: address.port)
        guard !failure.containerIDs.isEmpty else { return await search(failure, agent) }
        do throws(AgentError) {
            let root = try await workDirectory(failure.agentID, agent)
            return sandbox(failure, agent, path: Self.path(failure, root: root), doubt: nil)
        } catch {
            return virtual(failure, agent, doubt: error.description)
        }
    }

    /// `<work_dir>/slaves/<agent>/frameworks/<framework>/executors/<executor>/runs/<container>`, and for a task of a
    /// task group its own directory below that.
    static func path(_ failure: Failure, root: String) -> String {
        let executor = failure.executorID.isEmpty ? failure.id : failure.executorID
        let container = failure.containerIDs.first ?? "latest"
        let base = root.last == "/" ? String(root.dropLast()) : root
        let run =
            "\(base)/slaves/\(failure.agentID)/frameworks/\(failure.frameworkID)/executors/\(executor)/runs/\(container)"
        return failure.containerIDs.dropFirst().reduce(run) { "\($0)/containers/\($1)" }
    }

    private func workDirectory(_ id: String, _ agent: AgentClient) async throws(AgentError) -> String {
        if let known = workDirectories.withLock({ $0[id] }) { return known }
        let directory = try await agent.workDirectory(timeout: timeout)
        workDirectories.withLock { known in
            if known.count >= Self.remembered { known.removeAll() }
            known[id] = directory
        }
        return directory
    }

    /// The container is unknown (a task that died before it had one, or a status without it).
    private func search(_ failure: Failure, _ agent: AgentClient) async -> Sandbox {
        do throws(AgentError) {
            let executors = try await agent.executors(ofFramework: failure.frameworkID, timeout: timeout)
            let name = failure.executorID.isEmpty ? failure.id : failure.executorID
            let match = executors.first { $0.ran(failure.id) } ?? executors.first { $0.id == name }
            guard let directory = match?.directory else {
                return virtual(failure, agent, doubt: "the agent knows no executor of task \(failure.id)")
            }
            return sandbox(failure, agent, path: directory, doubt: nil)
        } catch {
            return virtual(failure, agent, doubt: error.description)
        }
    }

    /// The path that every agent maps to the newest run of an executor, wherever its work directory is.
    private func virtual(_ failure: Failure, _ agent: AgentClient, doubt: String) -> Sandbox {
        let executor = failure.executorID.isEmpty ? failure.id : failure.executorID
        return sandbox(
            failure, agent, path: AgentClient.newestSandbox(framework: failure.frameworkID, executor: executor),
            doubt: doubt)
    }

    private func sandbox(_ failure: Failure, _ agent: AgentClient, path: String, doubt: String?) -> Sandbox {
        Sandbox(
            agent: agent.base, path: path, doubt: doubt, stdoutURL: agent.downloadURL(path: path + "/stdout"),
            stderrURL: agent.downloadURL(path: path + "/stderr"))
    }
}
