import Complaints
import Glibc
import Supervision
import Synchronization
import TestTools
import Testing

@testable import Dispatching

@Suite("The dispatcher with real channels", .timeLimit(.minutes(5)))
struct DispatcherTests {
    let scratch = Scratch()

    var settings: [String: [String]] { ["state": [scratch.path], "reporters": ["file"]] }

    @Test func aFailureTravelsFromDetectionToItsReport() async throws {
        let harness = try Harness(settings)
        let poller = try harness.poller()
        #expect(try await poller.receive() == .resync(seen: 0))
        for message: PollerMessage in [.snapshot(.begin), .snapshot(.end), .detected([failure()])] {
            try await poller.send(message)
        }
        #expect(try await poller.receive() == .recorded([failure().key]))

        let uploader = try harness.uploader()
        try await uploader.send(.credit(4))
        #expect(try await uploader.receive()?.failure == failure())
        try await uploader.send(.collected(failure().key, evidence))

        let reporter = try harness.reporter("file")
        try await reporter.send(.credit(4))
        guard case .deliver(let delivery) = try await reporter.receive() else { return }
        #expect(delivery.failure == failure())
        #expect(delivery.evidence == evidence)
        #expect(delivery.instance == "default")
        #expect(delivery.attempt == 1)
        try await reporter.send(.delivered(id: delivery.id))

        let server = try harness.server()
        try await waitUntil("the case is done") {
            try decode(SummaryAnswer.self, await ask(server, "summary")).cases == ["done": 1]
        }
        let cases = try decode([CaseAnswer].self, await ask(server, "failures"))
        #expect(cases.map(\.state) == ["done"])
        #expect(cases.first?.reports.map(\.state) == ["delivered"])
        #expect(harness.sent.withLock { $0.contains(.ready) })
        try await waitUntil("a line for people") {
            harness.sent.withLock { sent in
                sent.contains {
                    if case .status(let line) = $0 { line.hasPrefix("0 open, 1 done, last: web.1 at ") } else { false }
                }
            }
        }
        try await harness.stop()
        #expect(scratch.names == ["ledger.sqlite", "lock"])
    }

    /// Baselined, with a failure that waits for its collection.
    func begin(_ harness: Harness) async throws -> MessageChannel<PollerOrder, PollerMessage> {
        let poller = try harness.poller()
        for message: PollerMessage in [.snapshot(.begin), .snapshot(.end), .detected([failure()])] {
            try await poller.send(message)
        }
        while let order = try await poller.receive(), order == .resync(seen: 0) {}
        return poller
    }

    @Test func aWorkerThatBreaksTheProtocolIsCutOffAndNamed() async throws {
        let harness = try Harness(settings)
        let (ours, theirs) = try Descriptor.socketPair()
        harness.peers.yield(Peer(role: "reporter/file", descriptor: theirs))
        // A frame that is not JSON.
        let frame: [UInt8] = [0, 0, 0, 2, 0x7B, 0xFF]
        #expect(write(ours.number, frame, frame.count) == frame.count)
        try await waitUntil("the offender is named") {
            harness.sent.withLock { sent in
                sent.contains { if case .offender("reporter/file", _) = $0 { true } else { false } }
            }
        }
        var byte: UInt8 = 0
        try await waitUntil("its channel is closed") { recv(ours.number, &byte, 1, 0) == 0 }

        let server = try harness.connect("server", receiving: ServerOrder.self, sending: PollerMessage.self)
        try await server.send(.snapshot(.begin))
        try await waitUntil("so is the server") {
            harness.sent.withLock { sent in
                sent.contains { if case .offender("server", _) = $0 { true } else { false } }
            }
        }
        // Nobody else noticed.
        let poller = try await begin(harness)
        poller.close()
        try await harness.stop()
    }

    @Test func workIsGivenToTheNextWorkerWhenOneIsGone() async throws {
        let harness = try Harness(settings)
        let poller = try await begin(harness)
        let first = try harness.uploader()
        try await first.send(.credit(4))
        #expect(try await first.receive()?.failure == failure())
        first.close()
        let second = try harness.uploader()
        try await second.send(.credit(4))
        #expect(try await second.receive()?.failure == failure())
        poller.close()
        try await harness.stop()
    }

    @Test func aStopWaitsForAnswersThatAreUnderWay() async throws {
        let harness = try Harness(settings)
        let poller = try await begin(harness)
        let uploader = try harness.uploader()
        try await uploader.send(.credit(4))
        _ = try await uploader.receive()
        harness.task.withLock { $0?.cancel() }
        try await poller.send(.detected([failure("late")]))
        #expect(try await poller.receive() == .recorded([failure("late").key]))
        try await uploader.send(.collected(failure().key, evidence))
        try await harness.stop()
        #expect(try await uploader.receive() == nil)
        let desk = try Desk(scratch.path)
        #expect(try desk.states() == ["web.1": "delivering", "late": "collecting"])
    }

    @Test func aWaitingTryIsMadeWhenItsTimeComes() async throws {
        let harness = try Harness(settings)
        let poller = try await begin(harness)
        let uploader = try harness.uploader()
        try await uploader.send(.credit(4))
        _ = try await uploader.receive()
        try await uploader.send(.uncollected(failure().key, reason: "busy", retryAfter: 0.05))
        #expect(try await uploader.receive()?.failure == failure())
        poller.close()
        try await harness.stop()
    }

    /// A try that becomes due while the disk is written must not stop the clock: what waits for a later moment still comes,
    /// here the end of an orderly stop with work under way.
    @Test func aTryThatIsDueWhileTheDiskIsWrittenStopsNoClock() async throws {
        let harness = try Harness(settings)
        let poller = try await begin(harness)
        let uploader = try harness.uploader()
        try await uploader.send(.credit(4))
        for _ in 1...5 {
            #expect(try await uploader.receive()?.failure == failure())
            try await uploader.send(.uncollected(failure().key, reason: "busy", retryAfter: 0.0001))
        }
        #expect(try await uploader.receive()?.failure == failure())
        poller.close()
        // This never ended.
        try await harness.stop()
    }

    @Test func theServerIsAnswered() async throws {
        let harness = try Harness(settings)
        harness.reports.yield([WorkerReport(role: "poller", state: "ready", pid: 7)])
        let server = try harness.server()
        #expect(try decode(HealthAnswer.self, await ask(server, "health")).ok == false)
        let poller = try harness.poller()
        try await poller.send(.health(reason: nil, mode: "stream", master: "10.0.0.1:5050"))
        try await waitUntil("the poller's health is told") {
            try decode(HealthAnswer.self, await ask(server, "health"))
                == HealthAnswer(ok: true, mode: "stream", master: "10.0.0.1:5050")
        }
        try await waitUntil("the workers are told") {
            try decode([WorkerReport].self, await ask(server, "workers")).map(\.role) == ["poller"]
        }
        let summary = try decode(SummaryAnswer.self, await ask(server, "summary"))
        #expect(Set(summary.deliveries.keys).isSuperset(of: ["file"]), "also before there was anything to report")
        #expect(summary.mode == "disk")
        #expect(summary.ledger == scratch.path + "/ledger.sqlite")
        #expect(try await ask(server, "failures") == "[]")
        #expect(try await ask(server, "the \"moon\"") == #"{"error":"unknown question: the \"moon\""}"#)
        try await harness.stop()
    }

    @Test func aPollerThatStaysAwayIsAMatterOfHealth() async throws {
        let passed = Mutex(0.0)
        let harness = try Harness(settings, clock: { at(passed.withLock { $0 }) })
        let server = try harness.server()
        let poller = try harness.poller()
        try await poller.send(.health(reason: nil, mode: "poll", master: nil))
        try await waitUntil("it is healthy") { try decode(HealthAnswer.self, await ask(server, "health")).ok }
        poller.close()
        try await waitUntil("it is not, after a while") {
            passed.withLock { $0 += 31 }
            let health = try decode(HealthAnswer.self, await ask(server, "health"))
            return !health.ok && health.reason?.hasPrefix("the poller is away since ") == true
        }
        let successor = try harness.poller()
        try await successor.send(.health(reason: nil, mode: "poll", master: nil))
        try await waitUntil("it is again") { try decode(HealthAnswer.self, await ask(server, "health")).ok }
        try await harness.stop()
    }

    @Test func nonsenseInItsSettingsEndsTheWorker() async throws {
        let context = WorkerContext(
            role: "dispatcher", settings: WorkerSettings(values: ["keep": ["long"]]),
            peers: AsyncStream { $0.finish() },
            reports: AsyncStream { $0.finish() }
        ) { _ in }
        await #expect(throws: DispatchSettingsError.invalid("keep", "long", "a duration like 90s, 10m or 24h")) {
            try await DispatchingWorker().run(context)
        }
    }

    @Test func aDirectoryInUseIsWaitedFor() async throws {
        var former: StateDirectory? = StateDirectory(path: scratch.path)
        try former?.prepare()
        let harness = try Harness(settings)
        // Time for a dispatcher that does not wait to say that it is ready.
        try await Task.sleep(for: .milliseconds(100))
        #expect(harness.sent.withLock { !$0.contains(.ready) })
        former = nil
        try await waitUntil("it goes on") { harness.sent.withLock { $0.contains(.ready) } }
        try await harness.stop()
    }

    @Test func aDeliveryThatFitsNoFrameFailsAndTheOthersGoOn() async throws {
        let harness = try Harness(settings)
        let poller = try await begin(harness)
        let uploader = try harness.uploader()
        try await uploader.send(.credit(4))
        _ = try await uploader.receive()
        var huge = evidence
        huge.stdoutTail = String(repeating: "x", count: 9 << 20)
        huge.stderrTail = huge.stdoutTail
        // It came in two halves that fitted, as it were.
        let desk = try Ledger(path: scratch.path + "/ledger.sqlite")
        try await uploader.send(.collected(failure().key, evidence))
        let server = try harness.server()
        try await waitUntil("the report is to be made") {
            try decode(SummaryAnswer.self, await ask(server, "summary")).cases == ["delivering": 1]
        }
        let json = try LedgerTransaction.json(huge)
        try desk.transaction { tx in _ = try tx.run("UPDATE evidence SET json = ?", [json]) }
        let reporter = try harness.reporter("file")
        try await reporter.send(.credit(1))
        try await waitUntil("it failed") {
            try decode(SummaryAnswer.self, await ask(server, "summary")).deliveries == ["file": ["failed": 1]]
        }
        try await poller.send(.detected([failure("small")]))
        #expect(try await uploader.receive()?.failure == failure("small"))
        try await uploader.send(.collected(failure("small").key, evidence))
        guard case .deliver(let delivery) = try await reporter.receive() else { return }
        #expect(delivery.failure.id == "small")
        try await harness.stop()
    }

    @Test func floodsAreTakenInOrderAndCompletely() async throws {
        let harness = try Harness(settings)
        let poller = try await begin(harness)
        let uploader = try harness.uploader()
        let reporter = try harness.reporter("file")
        let count = 1000
        let collecting = Task {
            try await uploader.send(.credit(4))
            while case .collect(let key, _, _) = try await uploader.receive() {
                try await uploader.send(.collected(key, evidence))
            }
        }
        let delivering = Task {
            var tasks: Set<String> = []
            try await reporter.send(.credit(4))
            while tasks.count < count + 1, case .deliver(let delivery) = try await reporter.receive() {
                tasks.insert(delivery.failure.id)
                try await reporter.send(.delivered(id: delivery.id))
            }
            return tasks
        }
        for first in stride(from: 0, to: count, by: 250) {
            try await poller.send(.detected((first..<first + 250).map { failure("t\($0)", finished: Double($0)) }))
        }
        #expect(try await delivering.value.count == count + 1)
        collecting.cancel()
        try await harness.stop()
    }
}
