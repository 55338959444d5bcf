import Complaints
import HTTPClient
import MesosClient
import ObjectStorage
import Synchronization

/// A sandbox and the agent that serves it.
struct Sandbox: Sendable {
    var agent: AgentClient
    var path: String
    /// Why the path may be another run's, or not there at all; nil when it is exact.
    var doubt: String?
    /// Nobody knows on which host it is: there is nothing to ask or to link to.
    var isNowhere = false

    func file(_ name: String) -> String { "\(path)/\(name)" }

    /// Links to the agent's own copy, with what is wrong with them.
    func evidence(_ problem: String? = nil) -> Evidence {
        guard !isNowhere else { return Evidence(stdoutURL: "", stderrURL: "", logsError: problem) }
        return Evidence(
            stdoutURL: agent.downloadURL(path: file("stdout")), stderrURL: agent.downloadURL(path: file("stderr")),
            logsError: problem)
    }
}

/// Finds the sandbox of exactly the run that failed.
///
/// The path follows from the agent's work directory and the ids that came with the failure, so the usual case costs one
/// small request per agent and none per failure. Only a failure whose container is not known, or not where it should be,
/// has the agent's `/state` searched.
final class SandboxLocator: Sendable {
    /// What is known of an agent once it has answered.
    private struct Known {
        var root: String
        /// Its name leads nowhere, its address does.
        var byAddress: Bool
    }

    private let http: HTTPClient
    private let access: AgentAccess
    private let timeout: Duration
    /// By agent id: an agent keeps its work directory for life.
    private let agents = Mutex<[String: Known]>([:])
    private let searching = AgentTurns()
    /// The documents are large: so many are read at a time. Agents that have not begun to answer take none of these.
    private let reading = Turns(limit: 4)
    /// Agents that let a search wait in vain, by id: until when nobody waits for them.
    private let silent = Mutex<[String: ContinuousClock.Instant]>([:])
    private static let silence = Duration.seconds(10)
    /// For a whole `/state`.
    private static let longestReading = Duration.seconds(30)
    /// Agents remembered; a cluster has a few thousand at most, and old ones are gone for good.
    private static let remembered = 20_000

    init(http: HTTPClient, access: AgentAccess = AgentAccess(), timeout: Duration = .seconds(10)) {
        self.http = http
        self.access = access
        self.timeout = timeout
    }

    /// Where the sandbox is, as far as that can be said without asking anybody.
    func guess(_ failure: Failure, doubt: String?) -> Sandbox {
        if let known = known(failure), !failure.containerIDs.isEmpty {
            return Sandbox(agent: client(failure, known), path: Self.path(failure, root: known.root), doubt: doubt)
        }
        // The path that every agent maps to the newest run of an executor, wherever its work directory is.
        let path = AgentClient.newestSandbox(framework: failure.frameworkID, executor: failure.executor)
        return Sandbox(agent: client(failure, nil), path: path, doubt: doubt, isNowhere: failure.isOnNoHost)
    }

    /// - Parameter answered: called as soon as the agent has answered something; what follows may be a wait for others.
    /// - Throws: ``AgentError`` when the agent does not tell.
    func locate(_ failure: Failure, answered: @Sendable () async -> Void = {}) async throws(AgentError) -> Sandbox {
        guard failure.agent != nil else { return guess(failure, doubt: Self.unknown(failure)) }
        guard !failure.containerIDs.isEmpty else {
            return try await search(failure, answered)
                ?? guess(failure, doubt: "the agent knows no executor of task \(failure.id)")
        }
        let known = try await agent(failure)
        await answered()
        return Sandbox(agent: client(failure, known), path: Self.path(failure, root: known.root))
    }

    /// Other places of a sandbox that is not where it should be.
    func alternatives(
        to sandbox: Sandbox, _ failure: Failure, answered: @Sendable () async -> Void = {}
    ) async throws(AgentError) -> [Sandbox] {
        var places: [Sandbox] = []
        if failure.containerIDs.count > 1, let known = known(failure) {
            let run = Self.run(failure, root: known.root)
            places.append(Sandbox(agent: sandbox.agent, path: "\(run)/tasks/\(failure.id)"))
        }
        if let found = try await search(failure, answered), found.path != sandbox.path { places.append(found) }
        return places
    }

    static func unknown(_ failure: Failure) -> String {
        "the master no longer knows agent \(failure.agentID)"
    }

    // MARK: Paths

    /// `<work_dir>/slaves/<agent>/frameworks/<framework>/executors/<executor>/runs/<container>`, and for a task of a
    /// task group its own directory below that.
    static func path(_ failure: Failure, root: String) -> String {
        nested(failure, in: run(failure, root: root))
    }

    private static func run(_ failure: Failure, root: String) -> String {
        let base = root.last == "/" ? String(root.dropLast()) : root
        return "\(base)/slaves/\(failure.agentID)/frameworks/\(failure.frameworkID)/executors/\(failure.executor)"
            + "/runs/\(failure.containerIDs.first ?? "latest")"
    }

    private static func nested(_ failure: Failure, in run: String) -> String {
        failure.containerIDs.dropFirst().reduce(run) { "\($0)/containers/\($1)" }
    }

    // MARK: Agents

    private func known(_ failure: Failure) -> Known? { agents.withLock { $0[failure.agentID] } }

    private func client(_ failure: Failure, _ known: Known?) -> AgentClient {
        // Without an address, the best guess there is: Mesos' own default port.
        guard let address = failure.agent else {
            return access.client(http, host: failure.slave, port: nil)
        }
        let name = address.hostname.isEmpty || known?.byAddress == true ? address.ip : address.hostname
        return access.client(http, host: name, port: address.port)
    }

    /// Asks by name, and where that leads nowhere by address.
    private func agent(_ failure: Failure) async throws(AgentError) -> Known {
        if let known = known(failure) { return known }
        let found: Known
        do throws(AgentError) {
            found = Known(root: try await client(failure, nil).workDirectory(timeout: timeout), byAddress: false)
        } catch {
            guard case .unreachable = error, let address = failure.agent, !address.ip.isEmpty,
                address.ip != address.hostname
            else { throw error }
            let other = Known(root: "", byAddress: true)
            guard let root = try? await client(failure, other).workDirectory(timeout: timeout) else { throw error }
            found = Known(root: root, byAddress: true)
        }
        agents.withLock { agents in
            if agents.count >= Self.remembered { agents.removeAll() }
            agents[failure.agentID] = found
        }
        return found
    }

    /// Looks for the run in what the agent says of itself: by container, by task and time of death, by executor; of
    /// several that fit the newest. nil when none fits.
    private func search(
        _ failure: Failure, _ answered: @Sendable () async -> Void
    ) async throws(AgentError) -> Sandbox? {
        let agent = client(failure, known(failure))
        let outcome = await searching.run(failure.agentID) { () async -> Result<[AgentClient.Executor], AgentError> in
            do throws(AgentError) {
                // Whoever had the turn before may have waited in vain.
                guard !isSilent(failure.agentID) else { throw .silent("the agent did not answer a moment ago") }
                return .success(try await executors(failure, agent, answered))
            } catch {
                if case .silent = error { leaveAlone(failure.agentID) }
                return .failure(error)
            }
        }
        guard let outcome else { throw .unreachable("the search was stopped") }
        let (found, doubt) = Self.match(failure, try outcome.get())
        guard let directory = found?.directory else { return nil }
        return Sandbox(agent: agent, path: Self.nested(failure, in: directory), doubt: doubt)
    }

    private func executors(
        _ failure: Failure, _ agent: AgentClient, _ answered: () async -> Void
    ) async throws(AgentError) -> [AgentClient.Executor] {
        let state = try await agent.state(patience: timeout)
        await answered()
        guard (try? await reading.take()) != nil else { throw .unreachable("the search was stopped") }
        defer { reading.give() }
        return try await agent.executors(
            ofFramework: failure.frameworkID, task: failure.id, executor: failure.executor,
            container: failure.containerIDs.first, in: state, within: Self.longestReading)
    }

    private func isSilent(_ agent: String) -> Bool {
        silent.withLock { $0[agent].map { $0 > .now } ?? false }
    }

    private func leaveAlone(_ agent: String) {
        silent.withLock { silent in
            let now = ContinuousClock.now
            silent = silent.filter { $0.value > now }
            // Not longer for each that finds it so.
            if silent[agent] == nil { silent[agent] = now + Self.silence }
        }
    }

    static func match(
        _ failure: Failure, _ executors: [AgentClient.Executor]
    ) -> (AgentClient.Executor?, doubt: String?) {
        if let container = failure.containerIDs.first {
            return (executors.first { $0.container == container }, nil)
        }
        let ran = executors.filter { !$0.runs.isEmpty }
        if let terminal = failure.terminal?.microseconds {
            let exact = ran.first { executor in
                executor.runs.contains { run in
                    run.timestamps.contains { Timestamp(seconds: $0).microseconds == terminal }
                }
            }
            if let exact { return (exact, nil) }
        }
        let candidates = ran.isEmpty ? executors.filter { $0.id == failure.executor } : ran
        // Those that run come first, then those that ended, the newest last.
        let newest = candidates.first { $0.isCurrent } ?? candidates.last
        let doubt =
            "the agent knows \(candidates.count) runs of task \(failure.id), and not which one failed: "
            + "this is the newest"
        return (newest, candidates.count > 1 ? doubt : nil)
    }
}

extension Failure {
    /// The id of its executor: that of a plain command task is the task's.
    var executor: String { executorID.isEmpty ? id : executorID }

    /// The master told neither where its agent listens nor the name of the agent's host.
    var isOnNoHost: Bool { agent == nil && slave.isEmpty }
}
