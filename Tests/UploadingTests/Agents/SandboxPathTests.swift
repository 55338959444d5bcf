import Complaints
import HTTPClient
import MesosClient
import Testing

@testable import Uploading

@Suite struct SandboxPathTests {
    private func failure(
        task: String = "web.1", executor: String = "", containers: [String] = ["c1"], agent: AgentAddress? = nil
    ) -> Failure {
        var failure = Failure(
            id: task, name: "web", slave: "agent-1", framework: "marathon", state: "TASK_FAILED",
            started: Timestamp(nanoseconds: 1), finished: Timestamp(nanoseconds: 2), frameworkID: "F", agentID: "S1")
        failure.executorID = executor
        failure.containerIDs = containers
        failure.agent = agent
        return failure
    }

    @Test func aCommandTasksExecutorHasTheTasksId() {
        let path = SandboxLocator.path(failure(), root: "/var/lib/mesos")
        #expect(path == "/var/lib/mesos/slaves/S1/frameworks/F/executors/web.1/runs/c1")
    }

    @Test func aCustomExecutorHasItsOwn() {
        let path = SandboxLocator.path(failure(executor: "my executor"), root: "/w/")
        #expect(path == "/w/slaves/S1/frameworks/F/executors/my executor/runs/c1")
    }

    @Test func aTaskOfATaskGroupHasItsContainerBelowTheExecutors() {
        let path = SandboxLocator.path(failure(executor: "group", containers: ["outer", "inner"]), root: "/w")
        #expect(path == "/w/slaves/S1/frameworks/F/executors/group/runs/outer/containers/inner")
    }

    @Test func oddIdsAreEncodedInURLs() {
        let client = AgentClient(http: HTTPClient(), host: "::1", port: 5051)
        #expect(client.base == "http://[::1]:5051")
        let url = client.downloadURL(path: "/w/executors/a b:c%d&e#f+ä/runs/x/stdout")
        #expect(
            url == "http://[::1]:5051/files/download?path=/w/executors/a%20b%3Ac%25d%26e%23f%2B%C3%A4/runs/x/stdout")
    }

    @Test func withoutAnAgentThereIsAGuessThatSaysSo() async throws {
        let sandbox = try await SandboxLocator(http: HTTPClient()).locate(failure())
        #expect(
            sandbox.evidence().stdoutURL
                == "http://agent-1:5051/files/download?path=/frameworks/F/executors/web.1/runs/latest/stdout")
        #expect(sandbox.doubt == "the master no longer knows agent S1")
    }

    @Test func withoutAHostThereIsNothingToLinkTo() async throws {
        var lost = failure()
        lost.slave = ""
        let evidence = try await NoopUploader(http: HTTPClient()).collect(lost, CollectionStanding()) { _ in }
        #expect(evidence.stdoutURL == "" && evidence.stderrURL == "")
        #expect(evidence.logsError == "there are no logs to link to: the master no longer knows agent S1")
    }

    @Test func anAgentThatIsGoneGivesTheVirtualPathAndTheReason() async {
        // Port 1 of the loopback refuses.
        let address = AgentAddress(hostname: "127.0.0.1", ip: "127.0.0.1", port: 1)
        let locator = SandboxLocator(http: HTTPClient())
        await #expect(throws: AgentError.unreachable("GET http://127.0.0.1:1/flags: connection refused")) {
            _ = try await locator.locate(failure(agent: address))
        }
        let sandbox = locator.guess(failure(agent: address), doubt: nil)
        #expect(sandbox.path == "/frameworks/F/executors/web.1/runs/latest")
    }
}
