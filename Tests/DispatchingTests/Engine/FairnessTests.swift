import Complaints
import Testing

@testable import Dispatching

@Suite("Turns of apps")
struct FairnessTests {
    let scratch = Scratch()

    private func failure(_ app: String, _ number: Int, _ labels: [String: String] = [:]) -> Failure {
        var failure = sample("\(app).\(number)", finished: Double(number), labels: labels)
        failure.name = app
        return failure
    }

    /// Failures of which the logs are collected already.
    private func add(_ failures: [Failure], to desk: Desk, reporter: String = "slack") throws {
        try desk.keeper.transaction(now: desk.now) { tx in
            for failure in failures {
                let id = try tx.addCase(failure, state: .collecting, now: desk.now)
                let instances = desk.engine.settings.instances(for: failure)
                _ = try tx.collected(id, evidence, instances: instances, now: desk.now) {
                    try desk.engine.delivery(of: failure, reporter: $0, instance: $1, tx)
                }
            }
        }
    }

    private func desk(ordered: Set<String> = []) throws -> Desk {
        try Desk(scratch.path, reporters: ["slack"], ordered: ordered)
    }

    /// A reporter that takes four at a time, one for each destination.
    private func chat(_ desk: Desk) throws -> PeerID {
        let id = try desk.connect(.reporter("slack"))
        try desk.run(.reporter(id, .credit(4, perDestination: 1)))
        return id
    }

    /// Has deliveries made one after the other.
    private func send(_ count: Int, _ desk: Desk, _ slack: PeerID, then: (Int) throws -> Void = { _ in }) throws
        -> [String]
    {
        var order: [String] = []
        while order.count < count, let next = desk.deliveries.first {
            order.append(next.failure.id)
            try then(order.count)
            try desk.run(.reporter(slack, .delivered(id: next.id)))
        }
        return order
    }

    @Test func theFirstFailureOfATaskIsNotKeptWaitingByFiveThatCrashLoop() throws {
        let desk = try desk()
        let loops = ["a", "b", "c", "d", "e"]
        for number in 0..<1000 { try add(loops.map { failure($0, number) }, to: desk) }
        let slack = try chat(desk)
        let order = try send(400, desk, slack) { sent in
            if sent == 100 { try add([failure("victim", 2000)], to: desk) }
        }
        let place = try #require(order.firstIndex(of: "victim.2000"))
        #expect(place - 100 <= 6, "\(place - 100) went before it")
        for loop in loops {
            let numbers = order.filter { $0.hasPrefix("\(loop).") }
            #expect(numbers == numbers.indices.map { "\(loop).\($0)" }, "each in its order")
            #expect(numbers.count >= 79)
        }
    }

    @Test func instancesOfATaskShareItsTurns() throws {
        let desk = try desk()
        try add(
            [failure("many", 0, ["complainer_slack_instances": (0..<16).map { "i\($0)" }.joined(separator: ",")])],
            to: desk)
        let slack = try chat(desk)
        try add([failure("victim", 1)], to: desk)
        let order = try send(18, desk, slack)
        #expect(order.count == 17)
        #expect(order.firstIndex(of: "victim.1") == 1)
    }

    @Test func aTaskWithThreeThousandInstancesGetsSixteen() throws {
        let desk = try desk()
        let poller = try desk.baselinedPoller()
        let uploader = try desk.worker(.uploader)
        let labels = ["complainer_slack_instances": (0..<3000).map { "i\($0)" }.joined(separator: ",")]
        let task = failure("many", 0, labels)
        try desk.run(.poller(poller, .detected([task])))
        try desk.run(.uploader(uploader, .collected(task.key, evidence)))
        #expect(try desk.counts()["slack"] == ["pending": 16])
        let surplus = desk.notes.compactMap { note -> ([String], Int)? in
            if case .surplus(_, "slack", let instances, let most) = note { (instances, most) } else { nil }
        }
        #expect(surplus.count == 1)
        #expect(surplus.first?.0 == (16..<3000).map { "i\($0)" })
        #expect(surplus.first?.1 == 16)
        #expect(
            DispatchLog.list((16..<3000).map { "i\($0)" })
                == "i16, i17, i18, i19, i20, i21, i22, i23, i24, i25 and 2974 more")
    }

    @Test func whoKeepsTheOrderOfFailureTakesNoTurns() throws {
        let desk = try desk(ordered: ["slack"])
        try add((0..<20).map { failure("flood", $0) } + [failure("victim", 20)], to: desk)
        let slack = try chat(desk)
        #expect(try send(21, desk, slack).last == "victim.20")
    }

    @Test func failuresOfDifferentTasksComeInTheirOrder() throws {
        let desk = try desk()
        try add((0..<50).reversed().map { failure("t\($0)", $0) }, to: desk)
        let slack = try chat(desk)
        #expect(try send(50, desk, slack) == (0..<50).map { "t\($0).\($0)" })
    }

    @Test func afterATryThatFailedTheOldestIsStillTheNext() throws {
        let desk = try desk()
        try add((0..<5).map { failure("t\($0)", $0) } + (5..<8).map { failure("t0", $0) }, to: desk)
        let slack = try chat(desk)
        let first = try #require(desk.deliveries.first)
        try desk.run(
            .reporter(
                slack, .undelivered(id: first.id, reason: "x", retryAfter: 10, permanent: false, turnedAway: true)))
        desk.pass(10)
        try desk.run()
        #expect(try send(8, desk, slack) == ["t0.0", "t1.1", "t2.2", "t3.3", "t4.4", "t0.5", "t0.6", "t0.7"])
    }

    /// Moments come from the tasks' side and may be of any age.
    @Test func whoAlwaysHasAnOlderFailureStillWaitsForItsTurn() throws {
        let desk = try desk()
        try add([failure("victim", 100), failure("forger", 0)], to: desk)
        let slack = try chat(desk)
        let order = try send(10, desk, slack) { sent in try add([failure("forger", -sent)], to: desk) }
        #expect(order.prefix(2) == ["forger.0", "victim.100"])
    }

    @Test func turnsSurviveARestart() throws {
        do {
            let desk = try desk()
            try add((0..<10).map { failure("flood", $0) }, to: desk)
            let slack = try chat(desk)
            #expect(try send(5, desk, slack).count == 5)
            try add([failure("victim", 50)], to: desk)
            desk.keeper.close(now: desk.now)
        }
        let desk = try desk()
        let slack = try chat(desk)
        let order = try send(6, desk, slack)
        #expect(order.prefix(2).contains("victim.50"), "\(order)")
        #expect(order.filter { $0 != "victim.50" } == (5..<10).map { "flood.\($0)" })
    }

    @Test func slowDestinationsOfOneTaskDoNotUseUpTheCredit() throws {
        let desk = try desk()
        let slow = (0..<20).map { failure("slow", $0, ["complainer_slack_hook_url": "http://slow/\($0)"]) }
        try add(slow, to: desk)
        let slack = try chat(desk)
        let given = desk.deliveries
        #expect(given.count == 4)
        try add([failure("victim", 50)], to: desk)
        try desk.run(.reporter(slack, .delivered(id: given[0].id)))
        #expect(desk.deliveries.map(\.failure.name) == ["victim"])
    }

    @Test func nothingIsLeftOfQueuesWhenAllIsReported() throws {
        let desk = try desk()
        try add((0..<40).map { failure("t\($0 % 7)", $0) }, to: desk)
        let slack = try chat(desk)
        #expect(try send(100, desk, slack).count == 40)
        desk.pass(61)
        try desk.run()
        let rows = try desk.keeper.read { tx in
            try ["queues", "destinations"].map { try tx.number("SELECT count(*) FROM \($0)") }
        }
        #expect(rows == [0, 0])
    }

    @Test func theLogsOfAnotherTaskAreNotKeptWaitingByAFlood() throws {
        let desk = try Desk(scratch.path, reporters: ["slack"])
        let poller = try desk.baselinedPoller()
        let flood = (0..<1000).map { failure("flood", $0) }
        for start in stride(from: 0, to: 1000, by: 250) {
            try desk.run(.poller(poller, .detected(Array(flood[start..<start + 250]))))
        }
        try desk.run(.poller(poller, .detected([failure("victim", 5000)])))
        let uploader = try desk.worker(.uploader, credit: 4)
        var order = desk.collections
        for number in 0..<8 {
            try desk.run(.uploader(uploader, .collected(flood[number].key, evidence)))
            order += desk.collections
        }
        let place = try #require(order.firstIndex(of: "victim.5000"))
        #expect(place < 10)
        let others = order.filter { $0 != "victim.5000" }
        #expect(others == others.indices.map { "flood.\($0)" })
    }
}

private func sample(_ task: String, finished: Double, labels: [String: String]) -> Failure {
    failure(task, finished: finished, labels: labels)
}
