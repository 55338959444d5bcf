import AgentTesting
import Complaints
import HTTPClient
import MesosClient
import TestTools
import Testing

@testable import Uploading

@Suite("Finding the sandbox of the run that failed")
struct SandboxSearchTests {
    private let http = HTTPClient(HTTPClient.Configuration(proxy: .none))

    private func failure(_ agent: FakeAgent, containers: [String] = [], terminal: Double? = nil) -> Failure {
        var failure = Failure(
            id: "web.1", name: "web", slave: "agent-1", framework: "marathon", state: "TASK_FAILED",
            started: Timestamp(nanoseconds: 1), finished: Timestamp(nanoseconds: 2), frameworkID: "F", agentID: "S1",
            terminal: terminal.map { Timestamp(seconds: $0) })
        failure.containerIDs = containers
        failure.agent = AgentAddress(hostname: "127.0.0.1", ip: "127.0.0.1", port: agent.port)
        return failure
    }

    private func run(_ container: String, executor: String = "web.1", died: Double) -> String {
        """
        {"id":"\(executor)","container":"\(container)","directory":"/mesos/\(container)","completed_tasks":[
        {"id":"web.1","statuses":[{"state":"TASK_RUNNING","timestamp":\(died - 1)},
        {"state":"TASK_FAILED","timestamp":\(died)}]}],"tasks":[],"queued_tasks":[]}
        """
    }

    private func agent(current: [String] = [], completed: [String] = []) throws -> FakeAgent {
        let agent = try FakeAgent()
        agent.show(
            state: """
                {"frameworks":[{"id":"other","executors":[\(run("x", died: 1))]},
                {"id":"F","executors":[\(current.joined(separator: ","))],
                "completed_executors":[\(completed.joined(separator: ","))]}],"completed_frameworks":[]}
                """)
        return agent
    }

    @Test func aTaskThatWasRetriedUnderTheSameIdHasTheRunThatDiedThen() async throws {
        let agent = try agent(
            current: [run("c3", died: 1003.000003)],
            completed: [run("c1", died: 1001.000001), run("c2", died: 1002.000002)])
        let locator = SandboxLocator(http: http)
        for (container, died) in [("c1", 1001.000001), ("c2", 1002.000002), ("c3", 1003.000003)] {
            let sandbox = try await locator.locate(failure(agent, terminal: died))
            #expect(sandbox.path == "/mesos/\(container)" && sandbox.doubt == nil)
        }
    }

    @Test func whenNobodyKnowsWhichItIsTheNewestWithAWordOfDoubt() async throws {
        let locator = SandboxLocator(http: http)
        let ended = try agent(completed: [run("c1", died: 1001), run("c2", died: 1002)])
        let newest = try await locator.locate(failure(ended))
        #expect(newest.path == "/mesos/c2")
        #expect(newest.doubt?.contains("2 runs") == true)
        let running = try agent(current: [run("c3", died: 1003)], completed: [run("c1", died: 1001)])
        #expect(try await locator.locate(failure(running, terminal: 5)).path == "/mesos/c3")
        let single = try await locator.locate(failure(try agent(completed: [run("c1", died: 1001)])))
        #expect(single.path == "/mesos/c1" && single.doubt == nil)
    }

    @Test func anExecutorOfSeveralTasksIsFoundByItsTasks() async throws {
        let agent = try agent(current: [run("c1", executor: "other", died: 7), run("c2", executor: "shared", died: 8)])
        #expect(try await SandboxLocator(http: http).locate(failure(agent, terminal: 8)).path == "/mesos/c2")
    }

    @Test func theStateOfAnAgentMayBeOfAnySize() async throws {
        let agent = try FakeAgent()
        agent.show(
            state: FakeAgent.largeState(completed: "\(run("c1", died: 1001)),\(run("c2", died: 1002))"))
        #expect(agent.stateBytes > 60 << 20)
        let sandbox = try await SandboxLocator(http: http).locate(failure(agent, terminal: 1001))
        #expect(sandbox.path == "/mesos/c1" && sandbox.doubt == nil)
    }

    @Test func withAContainerTheAgentsStateIsNotAskedFor() async throws {
        let agent = try agent()
        let locator = SandboxLocator(http: http)
        for _ in 1...3 {
            let sandbox = try await locator.locate(failure(agent, containers: ["outer", "inner"]))
            #expect(
                sandbox.path == "/mesos/slaves/S1/frameworks/F/executors/web.1/runs/outer/containers/inner")
        }
        #expect(agent.requests == ["GET /flags"])
    }

    @Test func aSandboxThatIsNotWhereItShouldBeIsLookedFor() async throws {
        let agent = try agent(completed: [run("outer", died: 1)])
        let locator = SandboxLocator(http: http)
        let nested = failure(agent, containers: ["outer", "inner"])
        let others = try await locator.alternatives(to: try await locator.locate(nested), nested)
        #expect(
            others.map(\.path) == [
                "/mesos/slaves/S1/frameworks/F/executors/web.1/runs/outer/tasks/web.1", "/mesos/outer/containers/inner",
            ])
    }

    @Test func anAgentWhoseNameLeadsNowhereIsAskedByItsAddress() async throws {
        let agent = try agent()
        var failure = failure(agent, containers: ["c"])
        failure.agent?.hostname = "no-such-host.invalid"
        let sandbox = try await SandboxLocator(http: http).locate(failure)
        #expect(sandbox.agent.base == "http://127.0.0.1:\(agent.port)")
    }

    @Test func anAgentThatHangsKeepsNoOtherOut() async throws {
        let hanging = try FakeAgent { _, _ in .hang }
        let well = try agent(completed: [run("c1", died: 1001)])
        let locator = SandboxLocator(http: http, timeout: .seconds(600))
        let waiting = (0..<5).map { _ in Task { try await locator.locate(failure(hanging)) } }
        try await waitUntil("a search that hangs") { !hanging.requests.isEmpty }
        var other = failure(well)
        other.agentID = "S2"
        #expect(try await locator.locate(other).path == "/mesos/c1")
        #expect(hanging.requests == ["GET /state"], "one at a time")
        for task in waiting { task.cancel() }
        for task in waiting { _ = await task.result }
    }

    @Test func anAgentThatHangsIsWaitedForOnce() async throws {
        let hanging = try FakeAgent { _, _ in .hang }
        let locator = SandboxLocator(http: http, timeout: .seconds(1))
        let waiting = (0..<5).map { _ in Task { try await locator.locate(failure(hanging)) } }
        for task in waiting {
            guard case .failure(let error as AgentError) = await task.result, case .silent = error else {
                Issue.record("it is not silent")
                continue
            }
        }
        #expect(hanging.requests == ["GET /state"])
    }
}
