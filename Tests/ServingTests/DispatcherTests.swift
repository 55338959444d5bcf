import Complaints
import HTTPClient
import Logging
import Supervision
import Synchronization
import TestTools
import Testing

@testable import Serving

@Suite struct DispatcherTests {
    @Test func withoutADispatcherThereIsNoHealth() async throws {
        let instance = try Instance()
        try await instance.ready()
        let response = try await instance.get("/health")
        #expect(response.status == 500)
        #expect(response.text == "Something is fishy: the dispatcher is not running at the moment\n")
        #expect(try await instance.get("/api/workers").status == 503)
    }

    @Test func aRestartedDispatcherIsBridgedFromMemory() async throws {
        let first = try FakeDispatcher(FakeDispatcher.healthy)
        let instance = try Instance(dispatcher: first)
        try await instance.ready()
        #expect(try await instance.get("/health").status == 200)
        first.die()
        try await waitUntil { try await instance.get("/api/workers").status == 503 }
        #expect(try await instance.get("/health").text == "I am mostly okay, thanks.\n")
        let second = try FakeDispatcher(FakeDispatcher.fishy)
        instance.replaceDispatcher(second)
        try await waitUntil { try await instance.get("/health").status == 500 }
        #expect(try await instance.get("/api/workers").status == 200)
    }

    @Test func aQuestionEndsWithTheDispatcherThatWasAsked() async throws {
        let first = try FakeDispatcher()
        let instance = try Instance(dispatcher: first)
        try await instance.ready()
        async let answer = instance.get("/api/failures")
        try await waitUntil { first.asked.contains("failures") }
        let start = ContinuousClock.now
        instance.replaceDispatcher(try FakeDispatcher(FakeDispatcher.healthy))
        #expect(try await answer.status == 503)
        #expect(ContinuousClock.now - start < .seconds(4), "at once, not when the time was over")
    }

    @Test func aSilentDispatcherDoesNotHoldAnybody() async throws {
        let dispatcher = try FakeDispatcher()
        let run = LinkRun(timeout: .milliseconds(50))
        defer { run.stop() }
        run.connect(dispatcher)
        try await waitUntil { dispatcher.asked.contains("health") }
        await #expect(throws: AskError.late(.milliseconds(50))) { try await run.link.ask("failures") }
        // What comes too late is nobody's, and no offence.
        try await dispatcher.send(.answer(id: 1, json: "{}"))
        dispatcher.answer(FakeDispatcher.healthy)
        try await waitUntil { (try? await run.link.ask("failures")) == "[]" }
        #expect(run.messages.isEmpty)
    }

    @Test func theSameQuestionIsAskedOnce() async throws {
        let dispatcher = try FakeDispatcher()
        let run = LinkRun(timeout: .seconds(60))
        defer { run.stop() }
        run.connect(dispatcher)
        try await waitUntil { dispatcher.asked == ["health"] }
        let answers = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<100 { group.addTask { try await run.link.ask("failures") } }
            try await waitUntil { dispatcher.asked.contains("failures") }
            // All of them have asked when one more question, asked after them, has arrived.
            group.addTask { try await run.link.ask("summary") }
            try await waitUntil { dispatcher.asked.contains("summary") }
            try await dispatcher.send(.answer(id: 2, json: "[2]"))
            try await dispatcher.send(.answer(id: 3, json: "[2]"))
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(answers == Array(repeating: "[2]", count: 101))
        #expect(dispatcher.asked.filter { $0 == "failures" }.count == 1)
    }

    @Test func anAnswerThatNobodyAskedForIsAnOffence() async throws {
        let dispatcher = try FakeDispatcher(FakeDispatcher.healthy)
        let instance = try Instance(dispatcher: dispatcher)
        try await instance.ready()
        try await dispatcher.send(.answer(id: 4711, json: "{}"))
        try await waitUntil { !instance.offences.isEmpty }
    }

    @Test func nonsenseAboutHealthIsNotHealth() async throws {
        let dispatcher = try FakeDispatcher { _ in "[1" }
        let instance = try Instance(dispatcher: dispatcher)
        try await instance.ready()
        #expect(
            try await instance.get("/health").text
                == "Something is fishy: the dispatcher's answer about health cannot be read\n")
    }

    @Test func memoryLastsFifteenSeconds() {
        var memory = HealthMemory()
        let start = ContinuousClock.now
        #expect(memory.verdict(at: start, because: .away).reason == "\(AskError.away)")
        memory.keep(HealthAnswer(ok: true, mode: "stream"), at: start)
        #expect(memory.verdict(at: start + .seconds(14), because: .away).ok)
        #expect(!memory.verdict(at: start + .seconds(15), because: .away).ok)
    }

    @Test func pendingAsksAreCountedOnce() {
        var pending = PendingAsks<Int>()
        #expect(!pending.wasAsked(0) && !pending.wasAsked(1))
        let numbers = [pending.join("health", 1), pending.join("health", 2), pending.join("summary", 3)]
        #expect(numbers == [1, nil, 2])
        #expect(pending.wasAsked(2) && !pending.wasAsked(3) && !pending.wasAsked(0))
        let ended = [pending.end(1), pending.end(1)]
        #expect(ended == [[1, 2], []])
        let again = pending.join("health", 4)
        #expect(again == 3)
        let rest = Set(pending.endAll())
        #expect(rest == [3, 4])
        let last = pending.join("health", 5)
        #expect(last == 4)
    }
}

/// A link without a worker around it.
private final class LinkRun: Sendable {
    let link: DispatcherLink
    private let peers: AsyncStream<Peer>.Continuation
    private let sent: SentMessages
    private let task: Task<Void, Never>

    var messages: [WorkerMessage] { sent.all }

    init(timeout: Duration) {
        let (stream, peers) = AsyncStream.makeStream(of: Peer.self)
        let sent = SentMessages()
        let link = DispatcherLink(timeout: timeout, logger: Logger(label: "test"))
        let context = WorkerContext(
            role: "server", settings: WorkerSettings(), peers: stream, reports: AsyncStream { $0.finish() }
        ) { sent.add($0) }
        self.peers = peers
        self.sent = sent
        self.link = link
        task = Task { await link.run(context) }
    }

    func connect(_ dispatcher: FakeDispatcher) { peers.yield(dispatcher.peer) }
    func stop() { task.cancel() }
}

private final class SentMessages: Sendable {
    private let list = Mutex<[WorkerMessage]>([])
    func add(_ message: WorkerMessage) { list.withLock { $0.append(message) } }
    var all: [WorkerMessage] { list.withLock { $0 } }
}
