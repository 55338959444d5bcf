import Complaints
import MesosClient

extension Evidence {
    /// For a case that goes on without its uploader: nothing was saved, but as long as the agent keeps the sandbox, the
    /// logs are there. Nobody is asked, so the path is the one of the executor's newest run; when the task was started
    /// again meanwhile, that is another run than the one that failed.
    ///
    /// - Parameters:
    ///   - reason: why nothing was saved, in a sentence.
    ///   - scheme: how agents are asked, `http` or `https`.
    static func sandbox(of failure: Failure, because reason: String, scheme: String = "http") -> Evidence {
        let reason = Engine.cut(reason)
        let host = failure.agent.map { $0.hostname.isEmpty ? $0.ip : $0.hostname } ?? failure.slave
        guard !host.isEmpty else { return Evidence(stdoutURL: "", stderrURL: "", logsError: reason) }
        // Without an address the best guess is Mesos' own default port.
        let agent = AgentClient.base(host: host, port: failure.agent?.port ?? 5051, scheme: scheme)
        let sandbox = AgentClient.newestSandbox(
            framework: failure.frameworkID, executor: failure.executorID.isEmpty ? failure.id : failure.executorID)
        return Evidence(
            stdoutURL: AgentClient.downloadURL(base: agent, path: "\(sandbox)/stdout"),
            stderrURL: AgentClient.downloadURL(base: agent, path: "\(sandbox)/stderr"),
            logsError: "\(reason); the links lead to the newest sandbox of the task, as long as its agent keeps it")
    }
}
