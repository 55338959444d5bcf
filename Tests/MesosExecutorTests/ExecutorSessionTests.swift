import Testing

@testable import MesosExecutor

/// The conversation with the agent, without an agent and without a clock.
@Suite struct ExecutorSessionTests {
    private struct Rig {
        var now = ContinuousClock.now
        var session: ExecutorSession

        init(checkpoint: Bool = false, resuming snapshot: ExecutorSession.Snapshot = .init()) {
            var timing = ExecutorSession.Timing()
            timing.jitter = { 0 }
            let environment = ExecutorEnvironment(
                endpoint: "127.0.0.1:5051", frameworkID: "f", executorID: "e", sandbox: "/tmp", checkpoint: checkpoint,
                recoveryTimeout: .seconds(900))
            session = ExecutorSession(environment, resuming: snapshot, now: now, timing: timing)
        }

        mutating func feed(
            _ event: ExecutorSession.Event, after delay: Duration = .zero
        ) -> [ExecutorSession.Action] {
            now += delay
            return session.handle(event, now: now)
        }

        mutating func connect() {
            _ = feed(.tick)
            _ = feed(.opened)
            _ = feed(.received(.subscribed(agentHost: nil)))
        }

        var wait: Duration? { session.deadline.map { now.duration(to: $0) } }
    }

    private func status(_ number: Int, _ state: TaskState = .running) -> TaskStatus {
        TaskStatus(taskID: "t", state: state, timestamp: 1, uuid: "u\(number)")
    }

    private func taken(_ number: Int) -> ExecutorSession.Action {
        .taken(uuid: "u\(number)", isToBeAcknowledged: true)
    }

    private let task = JSONValue.object(["task_id": .object(["value": .string("t")])])

    @Test func updatesAreSentOneAfterTheOtherAndKeptUntilAcknowledged() {
        var rig = Rig()
        #expect(rig.feed(.update(status(1))) == [])
        #expect(rig.feed(.tick) == [.subscribe(tasks: [], updates: [status(1)])])
        // What comes while the subscription is being made follows it.
        #expect(rig.feed(.update(status(2))) == [])
        #expect(rig.feed(.opened) == [.connected, .send(status(2))])
        #expect(rig.feed(.update(status(3))) == [])
        #expect(rig.feed(.delivered(uuid: "u2")) == [taken(2), .send(status(3))])
        #expect(rig.feed(.received(.acknowledged(taskID: "t", uuid: "u1"))) == [.acknowledged(uuid: "u1")])
        #expect(rig.session.snapshot.updates == [status(2), status(3)])
        #expect(rig.feed(.received(.acknowledged(taskID: "t", uuid: "u2"))) == [.acknowledged(uuid: "u2")])
        #expect(rig.feed(.received(.acknowledged(taskID: "t", uuid: "u3"))) == [.acknowledged(uuid: "u3")])
        #expect(rig.feed(.delivered(uuid: "u3")) == [])
        #expect(rig.session.snapshot.updates.isEmpty && rig.session.deadline == nil)
    }

    @Test func aTaskIsUnacknowledgedUntilItsFirstAcknowledgement() {
        var rig = Rig()
        rig.connect()
        let launch = ExecutorEvent.launch(taskID: "t", document: task)
        #expect(rig.feed(.received(launch)) == [.deliver(launch)])
        _ = rig.feed(.update(status(1)))
        #expect(rig.feed(.closed("reset")) == [.disconnected("reset", retryIn: .milliseconds(50))])
        #expect(
            rig.feed(.tick, after: .milliseconds(50)) == [.subscribe(tasks: [task], updates: [status(1)])])
        _ = rig.feed(.opened)
        _ = rig.feed(.received(.acknowledged(taskID: "t", uuid: "u1")))
        #expect(rig.session.snapshot == ExecutorSession.Snapshot())
    }

    @Test func retriesAreFastAtFirstAndNeverSlowerThanASecond() {
        var rig = Rig(checkpoint: true)
        rig.connect()
        var pauses: [Duration] = []
        for _ in 0..<7 {
            _ = rig.feed(.closed("refused"))
            pauses.append(rig.wait ?? .zero)
            #expect(rig.feed(.tick, after: pauses.last ?? .zero).count == 1)
        }
        #expect(pauses == [50, 100, 200, 400, 800, 1000, 1000].map { .milliseconds($0) })
        // It is all forgotten when the agent is back.
        _ = rig.feed(.opened)
        _ = rig.feed(.received(.subscribed(agentHost: nil)))
        #expect(rig.feed(.closed("reset")) == [.disconnected("reset", retryIn: .milliseconds(50))])
    }

    @Test func anAgentThatShutsUsDownIsToldTheEndAllTheSame() {
        var snapshot = ExecutorSession.Snapshot()
        snapshot.updates = [status(1)]
        var rig = Rig(resuming: snapshot)
        _ = rig.feed(.tick)
        #expect(rig.feed(.opened) == [.connected])
        // Instead of SUBSCRIBED, and that was all: what went along with the subscription is lost.
        #expect(rig.feed(.received(.shutdown)) == [.deliver(.shutdown), .send(status(1))])
        #expect(rig.feed(.closed("closed")) == [.disconnected("closed", retryIn: .milliseconds(50))])
        #expect(rig.feed(.undelivered(uuid: "u1", reason: "reset")) == [])
        let delay = rig.wait ?? .zero
        #expect(delay == .milliseconds(50))
        #expect(rig.feed(.update(status(2, .killed))) == [])
        #expect(rig.feed(.tick, after: delay) == [.subscribe(tasks: [], updates: [status(1), status(2, .killed)])])
        #expect(rig.feed(.tick, after: .milliseconds(50)) == [.send(status(1))])
        #expect(
            rig.feed(.delivered(uuid: "u1")) == [
                .taken(uuid: "u1", isToBeAcknowledged: false), .send(status(2, .killed)),
            ])
        // It says so each time, and less and less often; it is not away for that.
        var pauses: [Duration] = []
        for _ in 0..<9 {
            _ = rig.feed(.opened)
            #expect(rig.feed(.received(.shutdown)) == [.deliver(.shutdown)])
            _ = rig.feed(.closed("closed"))
            pauses.append(rig.wait ?? .zero)
            let next = rig.feed(.tick, after: pauses.last ?? .zero)
            #expect(next == [.subscribe(tasks: [], updates: [status(1), status(2, .killed)])])
        }
        #expect(pauses == [50, 100, 200, 400, 800, 1000, 1000, 1000, 1000].map { .milliseconds($0) })
        #expect(rig.feed(.delivered(uuid: "u2")) == [.taken(uuid: "u2", isToBeAcknowledged: false)])
    }

    @Test func theEndOfATaskIsSentAgainOnceOnly() {
        var rig = Rig()
        rig.connect()
        _ = rig.feed(.update(status(1, .failed)))
        #expect(rig.feed(.delivered(uuid: "u1")) == [taken(1)])
        #expect(rig.feed(.tick, after: .seconds(5)) == [.send(status(1, .failed))])
        #expect(rig.feed(.delivered(uuid: "u1")) == [taken(1)])
        #expect(rig.session.deadline == nil && rig.feed(.tick, after: .seconds(100)) == [])
        // It still goes along with the next subscription.
        _ = rig.feed(.closed("reset"))
        #expect(rig.feed(.tick, after: .seconds(1)) == [.subscribe(tasks: [], updates: [status(1, .failed)])])
        _ = rig.feed(.opened)
        let greeting = ExecutorEvent.subscribed(agentHost: nil)
        #expect(rig.feed(.received(greeting)) == [.deliver(greeting), taken(1)])
        #expect(rig.session.deadline == nil)
    }

    @Test(arguments: [(false, 3), (true, 900)])
    func anAgentMayBeAwayForSoLong(checkpoint: Bool, seconds: Int) {
        var rig = Rig(checkpoint: checkpoint)
        rig.connect()
        _ = rig.feed(.closed("reset"))
        let gone = rig.now
        var actions: [ExecutorSession.Action] = []
        while actions.isEmpty {
            actions = rig.feed(.tick, after: rig.wait ?? .seconds(1))
            if actions.first == .subscribe(tasks: [], updates: []) { actions = rig.feed(.closed("refused")) }
            if case .disconnected? = actions.first { actions = [] }
        }
        #expect(actions == [.lost("no agent for \(Duration.seconds(seconds))")])
        #expect(gone.duration(to: rig.now) == .seconds(seconds))
        #expect(rig.session.deadline == nil && rig.feed(.tick) == [] && rig.feed(.opened) == [])
    }

    @Test func aSubscriptionThatHangsIsAnAgentThatIsAway() {
        var rig = Rig()
        _ = rig.feed(.tick)
        #expect(rig.wait == .seconds(15))
        #expect(rig.feed(.tick, after: .seconds(15)).count == 1)
        #expect(!rig.session.isSubscribed)
    }

    @Test func anUpdateThatIsNotTakenIsSentAgain() {
        var rig = Rig()
        rig.connect()
        #expect(rig.feed(.update(status(1))) == [.send(status(1))])
        #expect(rig.feed(.update(status(2))) == [])
        #expect(rig.feed(.undelivered(uuid: "u1", reason: "503")) == [])
        #expect(rig.wait == .milliseconds(50))
        #expect(rig.feed(.tick, after: .milliseconds(50)) == [.send(status(1))])
        #expect(rig.feed(.delivered(uuid: "u1")) == [taken(1), .send(status(2))])
    }

    @Test func anUpdateThatIsRefusedIsNotInTheWayOfTheNextOne() {
        var rig = Rig()
        rig.connect()
        _ = rig.feed(.update(status(1)))
        _ = rig.feed(.update(status(2, .failed)))
        #expect(rig.feed(.undelivered(uuid: "u1", reason: "400", isRefused: true)) == [.send(status(2, .failed))])
        #expect(rig.feed(.delivered(uuid: "u2")) == [taken(2)])
        #expect(rig.feed(.received(.acknowledged(taskID: "t", uuid: "u2"))) == [.acknowledged(uuid: "u2")])
    }

    @Test func anUpdateThatIsNotAcknowledgedIsSentAgain() {
        var rig = Rig()
        rig.connect()
        _ = rig.feed(.update(status(1)))
        _ = rig.feed(.delivered(uuid: "u1"))
        #expect(rig.wait == .seconds(5))
        #expect(rig.feed(.tick, after: .seconds(5)) == [.send(status(1))])
        _ = rig.feed(.delivered(uuid: "u1"))
        #expect(rig.wait == .seconds(10))
    }

    @Test func anotherProcessCarriesOn() {
        var snapshot = ExecutorSession.Snapshot()
        snapshot.tasks["t"] = task
        snapshot.updates = [status(1), status(2)]
        var rig = Rig(resuming: snapshot)
        #expect(rig.feed(.tick) == [.subscribe(tasks: [task], updates: [status(1), status(2)])])
        #expect(rig.feed(.opened) == [.connected])
        _ = rig.feed(.received(.subscribed(agentHost: nil)))
        #expect(rig.wait == .seconds(5))
        #expect(rig.feed(.tick, after: .seconds(5)) == [.send(status(1))])
    }

    @Test func heartbeatsMustGoOnOnceTheyHaveBegun() {
        var rig = Rig()
        rig.connect()
        #expect(rig.session.deadline == nil)
        #expect(rig.feed(.received(.heartbeat)) == [])
        #expect(rig.wait == .seconds(75 * 60))
        let actions = rig.feed(.tick, after: .seconds(75 * 60))
        #expect(actions.first == .hangUp && actions.count == 2)
    }

    @Test func lateWordsChangeNothing() {
        var rig = Rig()
        rig.connect()
        #expect(rig.feed(.delivered(uuid: "x")) == [] && rig.feed(.undelivered(uuid: "x", reason: "")) == [])
        #expect(rig.feed(.received(.acknowledged(taskID: "x", uuid: "x"))) == [.acknowledged(uuid: "x")])
        #expect(rig.feed(.opened) == [])
        _ = rig.feed(.closed("reset"))
        #expect(rig.feed(.closed("reset")) == [] && rig.feed(.opened) == [])
    }
}
