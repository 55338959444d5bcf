import Complaints
import HTTPClient
import MesosClient

/// Saves nothing: reports carry the URLs of the sandbox itself, as long as the agent keeps it.
struct NoopUploader: Uploader {
    /// Many: those that wait for an agent that hangs must not keep the others out.
    let credit = 256
    private let locator: SandboxLocator
    private let tails: TailReader

    init(http: HTTPClient, access: AgentAccess = AgentAccess(), settings: LogSettings = LogSettings()) {
        locator = SandboxLocator(http: http, access: access)
        tails = TailReader(settings.tail)
    }

    func collect(
        _ failure: Failure, _ standing: CollectionStanding, preliminary: @escaping @Sendable (Evidence) async -> Void
    ) async throws(UploadError) -> Evidence {
        let sandbox: Sandbox
        do throws(AgentError) {
            guard !tails.isSlow(failure.agentID) else { throw .silent("the agent did not answer a moment ago") }
            sandbox = try await locator.locate(failure)
        } catch {
            if case .silent = error { tails.leaveAlone(failure.agentID) }
            sandbox = locator.guess(failure, doubt: nil)
            return sandbox.evidence("the logs may not be there: \(error)")
        }
        guard !sandbox.isNowhere else {
            return sandbox.evidence("there are no logs to link to: \(SandboxLocator.unknown(failure))")
        }
        let evidence = sandbox.evidence(sandbox.doubt.map { "the logs may not be there: \($0)" })
        return failure.agent == nil ? evidence : await tails.complete(evidence, from: sandbox, of: failure.agentID)
    }
}
