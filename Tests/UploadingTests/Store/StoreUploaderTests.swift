import AgentTesting
import Complaints
import HTTPClient
import Logging
import ObjectStorage
import Synchronization
import TestTools
import Testing

@testable import Uploading

/// What becomes of a case whose logs cannot be saved; nothing listens where the store should be.
@Suite("Without a store, or without an agent")
struct StoreUploaderTests {
    private static let sandbox = "/mesos/slaves/S1/frameworks/F/executors/web.1/runs/c"

    private func uploader(
        prefix: String = "{{ .failure.ID }}", store: String = "http://127.0.0.1:1", scheme: String = "http",
        health: StoreHealth = StoreHealth()
    ) throws -> StoreUploader {
        let values = [
            "access_key": "A", "secret_key": "B", "bucket": "logs", "region": "us-east-1", "prefix": prefix,
            "timeout": "24h", "endpoint": store, "path_style": "true",
        ]
        var access = AgentAccess()
        access.scheme = scheme
        return StoreUploader(
            http: HTTPClient(HTTPClient.Configuration(proxy: .none)),
            target: try StoreTarget(
                "s3aws", SettingValues(Dictionary(uniqueKeysWithValues: values.map { ("s3aws.\($0)", [$1]) }))),
            access: access, settings: LogSettings(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, retry: RetryPolicy(attempts: 1),
            health: health)
    }

    private func agent(_ behaviour: @escaping FakeAgent.Behaviour = { _, _ in nil }) throws -> FakeAgent {
        try FakeAgent(
            ["\(Self.sandbox)/stdout": FakeFile("out\n"), "\(Self.sandbox)/stderr": FakeFile("err\n")],
            behaviour: behaviour)
    }

    private func failure(port: Int, reason: String = "") -> Failure {
        var failure = Failure(
            id: "web.1", name: "web", slave: "127.0.0.1", framework: "marathon", state: "TASK_FAILED",
            started: Timestamp(nanoseconds: 1), finished: Timestamp(nanoseconds: 2), frameworkID: "F", agentID: "S1")
        failure.containerIDs = ["c"]
        failure.reason = reason
        failure.agent = AgentAddress(hostname: "127.0.0.1", ip: "127.0.0.1", port: port)
        return failure
    }

    private struct Outcome {
        var evidence: Evidence?
        var error: UploadError?
        var preliminary: [Evidence]
    }

    private func collect(
        _ uploader: StoreUploader, _ failure: Failure, _ standing: CollectionStanding = CollectionStanding()
    ) async -> Outcome {
        let told = Mutex<[Evidence]>([])
        do throws(UploadError) {
            let evidence = try await uploader.collect(failure, standing) { evidence in
                told.withLock { $0.append(evidence) }
            }
            return Outcome(evidence: evidence, preliminary: told.withLock { $0 })
        } catch {
            return Outcome(error: error, preliminary: told.withLock { $0 })
        }
    }

    @Test func theReportWaitsForTheStoreAsLongAsItMay() async throws {
        let agent = try agent()
        let outcome = await collect(
            try uploader(), failure(port: agent.port), CollectionStanding(age: 100, attempts: 9))
        #expect(outcome.preliminary == [])
        let error = try #require(outcome.error)
        #expect(error.reason.contains("connection refused") && error.reason.contains("logs/web.1/std"))
        #expect(try #require(error.retryAfter) <= 20, "before its patience of two minutes is over")
    }

    @Test func thenItIsMadeWithLinksToTheAgentAndTheLastLines() async throws {
        let agent = try agent()
        let outcome = await collect(try uploader(), failure(port: agent.port), CollectionStanding(age: 120))
        let evidence = try #require(outcome.preliminary.first)
        #expect(outcome.preliminary.count == 1 && outcome.error != nil)
        #expect(
            evidence.stdoutURL == "http://127.0.0.1:\(agent.port)/files/download?path=\(Self.sandbox)/stdout")
        #expect(evidence.stdoutTail == "out\n" && evidence.stderrTail == "err\n")
        #expect(evidence.logsError?.hasSuffix("connection refused; the links lead to the agent") == true)
    }

    @Test func onceReportedItIsOnlyTriedAgain() async throws {
        let agent = try agent()
        let outcome = await collect(
            try uploader(), failure(port: agent.port), CollectionStanding(age: 900, attempts: 9, isReported: true))
        #expect(outcome.preliminary == [] && outcome.evidence == nil)
        #expect(outcome.error?.retryAfter == nil, "the dispatcher knows when")
    }

    @Test func whileTheStoreIsDownAgentsAreNotAskedForNothing() async throws {
        let agent = try agent()
        let uploader = try uploader(health: StoreHealth(firstPause: StoreHealth.longest))
        _ = await collect(uploader, failure(port: agent.port))
        let asked = agent.requests.count
        let outcome = await collect(uploader, failure(port: agent.port))
        #expect(outcome.error?.reason.contains("connection refused") == true)
        #expect(agent.requests.count == asked)
    }

    @Test func anAgentThatMayComeBackIsWaitedForHalfAMinute() async throws {
        let gone = failure(port: 1)
        let young = await collect(try uploader(), gone, CollectionStanding(age: 5))
        #expect(young.preliminary == [] && young.error?.retryAfter.map { $0 <= 25 } == true)
        let old = await collect(try uploader(), gone, CollectionStanding(age: 30))
        #expect(old.preliminary.count == 1)
        #expect(old.preliminary.first?.logsError?.contains("GET http://127.0.0.1:1/flags: connection refused") == true)
    }

    @Test func oneThatTheMasterHasGivenUpIsNot() async throws {
        let lost = failure(port: 1, reason: "REASON_SLAVE_REMOVED")
        #expect(await collect(try uploader(), lost).preliminary.count == 1)
    }

    @Test func anAgentThatTheMasterHasForgottenIsTheEndOfItAndSaysSo() async throws {
        var lost = failure(port: 1)
        (lost.agent, lost.slave) = (nil, "")
        let outcome = await collect(try uploader(), lost)
        #expect(outcome.preliminary == [] && outcome.evidence?.stdoutURL == "")
        #expect(
            outcome.evidence?.logsError == "the logs could not be saved: the master no longer knows agent S1")
    }

    @Test func aSandboxThatIsGoneIsTheEndOfIt() async throws {
        let agent = try FakeAgent()
        let outcome = await collect(try uploader(), failure(port: agent.port))
        #expect(outcome.error == nil && outcome.preliminary == [])
        #expect(outcome.evidence?.logsError?.contains("neither stdout nor stderr in \(Self.sandbox)") == true)
        #expect(agent.requests.contains { $0 == "GET /state" }, "it may be somewhere else")
    }

    @Test func anAgentThatRefusesIsTriedAgainAndTheRemedyIsNamed() async throws {
        let agent = try agent { _, request in request.contains("/files/") ? .status(403) : nil }
        let outcome = await collect(try uploader(), failure(port: agent.port), CollectionStanding(age: 30))
        #expect(outcome.evidence == nil && outcome.error != nil, "the password may be changed on one side first")
        #expect(outcome.preliminary.first?.logsError?.contains("-agents.user") == true)
    }

    @Test func aBrokenHandshakeLosesNoLogs() async throws {
        // As an agent that is just being restarted.
        let agent = try LoopbackServer()
        agent.start { connection in
            connection.resetAtEnd()
            _ = connection.isClosed(within: 100)
        }
        let outcome = await collect(try uploader(scheme: "https"), failure(port: agent.port))
        #expect(outcome.evidence == nil && outcome.preliminary == [])
        #expect(outcome.error?.reason.contains("https://127.0.0.1:\(agent.port)/flags") == true)
        agent.stop()
    }

    /// A store that takes everything.
    private func store() throws -> LoopbackServer {
        let server = try LoopbackServer()
        server.start { connection in
            while connection.nextRequest() != nil {
                guard connection.respond(200, headers: ["ETag: \"e\""]) else { return }
            }
        }
        return server
    }

    @Test func aCaseWhoseAgentHangsDoesNotUseUpTheTryThatTheStoreGets() async throws {
        let (hanging, well, store) = (try agent { _, _ in .hang }, try agent(), try store())
        let health = StoreHealth(firstPause: StoreHealth.longest)
        let uploader = try uploader(store: store.url, health: health)
        health.failed("503", at: .now - StoreHealth.longest)
        var dead = failure(port: hanging.port)
        dead.agentID = "S0"
        let waiting = Task { [dead] in await collect(uploader, dead) }
        try await waitUntil("a request to the agent that hangs") { !hanging.requests.isEmpty }
        let outcome = await collect(uploader, failure(port: well.port))
        #expect(outcome.evidence?.stdoutURL.hasPrefix(store.url) == true)
        waiting.cancel()
        _ = await waiting.value
        store.stop()
    }

    @Test func norDoesOneWhoseAgentRefusesInTheMiddle() async throws {
        let odd = try agent { _, request in request.contains("/files/download") ? .status(403) : nil }
        let (well, store) = (try agent(), try store())
        let health = StoreHealth(firstPause: StoreHealth.longest)
        let uploader = try uploader(store: store.url, health: health)
        health.failed("503", at: .now - StoreHealth.longest)
        #expect(await collect(uploader, failure(port: odd.port)).error != nil)
        #expect(await collect(uploader, failure(port: well.port)).evidence?.logsError == nil)
        #expect(await collect(uploader, failure(port: well.port)).evidence != nil)
        store.stop()
    }

    @Test func aDoubtAboutTheRunIsNotLostBecauseALogIsMissing() async throws {
        func run(_ container: String) -> String {
            #"{"id":"web.1","container":"\#(container)","directory":"/mesos/\#(container)","tasks":[],"#
                + #""completed_tasks":[{"id":"web.1","statuses":[{"state":"TASK_FAILED","timestamp":1}]}]}"#
        }
        let (agent, store) = (try FakeAgent(["/mesos/c2/stdout": FakeFile("out\n")]), try store())
        agent.show(state: #"{"frameworks":[{"id":"F","completed_executors":[\#(run("c1")),\#(run("c2"))]}]}"#)
        var failure = failure(port: agent.port)
        failure.containerIDs = []
        let problem = await collect(try uploader(store: store.url), failure).evidence?.logsError
        #expect(problem?.contains("2 runs") == true && problem?.contains("there is no stderr") == true)
        store.stop()
    }

    @Test func whatADeadWorkerLeftIsSweptAlsoWhenTheSandboxIsGone() async throws {
        let agent = try FakeAgent()
        let aborted = Mutex<[String]>([])
        let store = try FakeUploads(of: "web.1/stdout") { aborted.withLock { $0.append("x") } }
        let outcome = await collect(
            try uploader(store: store.url), failure(port: agent.port), CollectionStanding(age: 1, attempts: 1))
        #expect(outcome.evidence?.logsError?.contains("neither stdout nor stderr") == true)
        try await waitUntil("the upload's end") { !aborted.withLock { $0 }.isEmpty }
        store.stop()
    }

    @Test func aKeyThatCannotBeMadeIsTheEndOfIt() async throws {
        let agent = try agent()
        let outcome = await collect(
            try uploader(prefix: "{{ index .failure.Labels 1 2 3 }}"), failure(port: agent.port))
        #expect(outcome.evidence?.logsError?.contains("s3aws.prefix") == true)
        let long = await collect(
            try uploader(prefix: String(repeating: "k", count: 1100)), failure(port: agent.port))
        #expect(long.evidence?.logsError?.contains("1024") == true)
        #expect(long.evidence?.stdoutTail == "out\n")
    }
}
