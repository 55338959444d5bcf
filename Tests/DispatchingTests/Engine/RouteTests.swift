import Complaints
import Testing

@testable import Dispatching

@Suite("Ways that do not work")
struct RouteTests {
    let scratch = Scratch()

    /// A desk whose cases wait to be reported to Slack; every third goes another way than the rest.
    func desk(_ count: Int, retryFor: Duration = .seconds(24 * 3600)) throws -> Desk {
        let desk = try Desk(scratch.path, reporters: ["slack"], retryFor: retryFor)
        try desk.keeper.transaction(now: desk.now) { tx in
            for number in 0..<count {
                let labels = number % 3 == 2 ? ["complainer_slack_hook_url": "http://other"] : [:]
                let failure = failure("t\(number)", finished: Double(number), labels: labels)
                let id = try tx.addCase(failure, state: .collecting, now: desk.now)
                _ = try tx.collected(id, evidence, instances: [("slack", "default")], now: desk.now) {
                    try desk.engine.delivery(of: failure, reporter: $0, instance: $1, tx)
                }
            }
        }
        return desk
    }

    func turnedAway(_ delivery: Delivery, for seconds: Double) -> ReporterMessage {
        .undelivered(id: delivery.id, reason: "waiting", retryAfter: seconds, permanent: false, turnedAway: true)
    }

    @Test func oneThatIsTurnedAwayHoldsWhatGoesTheSameWayAndNothingElse() throws {
        let desk = try desk(30)
        let slack = try desk.worker(.reporter("slack"), credit: 2)
        #expect(desk.deliveries.map(\.failure.id) == ["t0", "t1"])
        let (first, second) = (desk.deliveries[0], desk.deliveries[1])
        try desk.run(.reporter(slack, turnedAway(first, for: 10)))
        #expect(desk.deliveries.map(\.failure.id) == ["t2"])
        try desk.run(.reporter(slack, .delivered(id: desk.deliveries[0].id)))
        #expect(desk.deliveries.map(\.failure.id) == ["t5"])
        try desk.run(.reporter(slack, turnedAway(second, for: 10)))
        #expect(desk.deliveries.map(\.failure.id) == ["t8"])
        #expect(desk.engine.wakeAt == desk.now.adding(.seconds(10)))
    }

    @Test func theOrderStaysAndNothingCountsAsATry() throws {
        let desk = try desk(30)
        let slack = try desk.worker(.reporter("slack"), credit: 1)
        try desk.run(.reporter(slack, turnedAway(desk.deliveries[0], for: 10)))
        var order: [String] = []
        for _ in 0..<30 {
            while let delivery = desk.deliveries.first {
                order.append(delivery.failure.id)
                #expect(delivery.attempt == 1)
                try desk.run(.reporter(slack, .delivered(id: delivery.id)))
            }
            desk.pass(10)
            try desk.run()
        }
        let others = stride(from: 2, to: 30, by: 3).map { "t\($0)" }
        let held = (0..<30).filter { $0 % 3 != 2 }.map { "t\($0)" }
        #expect(order == others + held)
    }

    @Test func whatWaitedGoesOnAsSoonAsTheWayWorksAgain() throws {
        let desk = try desk(2)
        let slack = try desk.worker(.reporter("slack"), credit: 2)
        let (first, second) = (desk.deliveries[0], desk.deliveries[1])
        try desk.run(.reporter(slack, turnedAway(second, for: 300)))
        #expect(desk.deliveries.isEmpty)
        try desk.run(.reporter(slack, .delivered(id: first.id)))
        #expect(desk.deliveries.map(\.failure.id) == ["t1"])
    }

    @Test func theOldestOfManyIsTheFirstToTryAWayAgain() throws {
        // More than become due one by one in one transaction, and recorded in another order than they failed in.
        let count = 2 * Engine.step + 10
        let desk = try Desk(scratch.path, reporters: ["slack"])
        try desk.keeper.transaction(now: desk.now) { tx in
            for number in 0..<count {
                let failure = failure("t\(number)", finished: Double(count - number))
                let id = try tx.addCase(failure, state: .collecting, now: desk.now)
                _ = try tx.collected(id, evidence, instances: [("slack", "default")], now: desk.now) {
                    try desk.engine.delivery(of: failure, reporter: $0, instance: $1, tx)
                }
            }
        }
        let slack = try desk.worker(.reporter("slack"), credit: 1)
        let oldest = ["t\(count - 1)"]
        #expect(desk.deliveries.map(\.failure.id) == oldest)
        try desk.run(.reporter(slack, turnedAway(desk.deliveries[0], for: 10)))
        #expect(desk.deliveries.isEmpty)
        desk.pass(10)
        try desk.run()
        #expect(desk.deliveries.map(\.failure.id) == oldest)
    }

    // MARK: One after the other

    /// A reporter that takes four at a time, one for each destination.
    func chat(_ desk: Desk) throws -> PeerID {
        let id = try desk.connect(.reporter("slack"))
        try desk.run(.reporter(id, .credit(4, perDestination: 1)))
        return id
    }

    @Test func oneAtATimeForEachDestination() throws {
        // The oldest 700 all go the same way.
        let desk = try Desk(scratch.path, reporters: ["slack"])
        try desk.keeper.transaction(now: desk.now) { tx in
            for number in 0..<703 {
                let labels = number < 700 ? [:] : ["complainer_slack_hook_url": "http://hook/\(number)"]
                let failure = failure("t\(number)", finished: Double(number), labels: labels)
                let id = try tx.addCase(failure, state: .collecting, now: desk.now)
                _ = try tx.collected(id, evidence, instances: [("slack", "default")], now: desk.now) {
                    try desk.engine.delivery(of: failure, reporter: $0, instance: $1, tx)
                }
            }
        }
        let slack = try chat(desk)
        #expect(desk.deliveries.map(\.failure.id) == ["t0", "t700", "t701", "t702"])
        let others = desk.deliveries.dropFirst()
        for number in 0..<20 {
            let first = try #require(desk.deliveries.first)
            #expect(first.failure.id == "t\(number)")
            try desk.run(.reporter(slack, .delivered(id: first.id)))
            #expect(desk.deliveries.map(\.failure.id) == ["t\(number + 1)"])
        }
        for other in others {
            try desk.run(.reporter(slack, .delivered(id: other.id)))
            #expect(desk.deliveries.isEmpty)
        }
    }

    @Test func onlyTheLabelsThatSayWhereToTellWaysApart() {
        let settings = DispatchSettings(reporters: ["slack"], destinations: ["slack": ["hook_url"]])
        func route(_ labels: [String: String], _ instance: String = "default") -> String {
            settings.route(failure(labels: labels), reporter: "slack", instance: instance)
        }
        let hook = route(["complainer_slack_hook_url": "http://a"])
        #expect(route([:]) == "" && route([:], "oncall") == "")
        #expect(route(["complainer_slack_channel": "#a", "complainer_slack_instances": "default,oncall"]) == "")
        #expect(hook != "" && hook != route(["complainer_slack_hook_url": "http://b"]))
        #expect(hook == route(["complainer_slack_hook_url": "http://a", "complainer_slack_channel": "#a"]))
        #expect(hook == route(["complainer_slack_instance_oncall_hook_url": "http://a"], "oncall"))
        #expect(!hook.contains("http"))
    }

    @Test func whatFailsIsNotOvertakenForAWhile() throws {
        let desk = try desk(30)
        let slack = try chat(desk)
        #expect(desk.deliveries.map(\.failure.id) == ["t0", "t2"])
        let (first, other) = (desk.deliveries[0], desk.deliveries[1])
        try desk.run(.reporter(slack, .undelivered(id: first.id, reason: "500", retryAfter: nil, permanent: false)))
        #expect(desk.deliveries.isEmpty)
        try desk.run(.reporter(slack, .delivered(id: other.id)))
        #expect(desk.deliveries.map(\.failure.id) == ["t5"], "another way has nothing to do with it")
        for pause in [1.0, 2, 4] {
            desk.pass(pause - 0.01)
            try desk.run()
            #expect(desk.deliveries.isEmpty)
            desk.pass(0.01)
            try desk.run()
            #expect(desk.deliveries.map(\.failure.id) == ["t0"])
            try desk.run(
                .reporter(slack, .undelivered(id: first.id, reason: "500", retryAfter: nil, permanent: false)))
            let isLast = pause == 4
            #expect(desk.deliveries.map(\.failure.id) == (isLast ? ["t1"] : []), "after \(pause) s")
        }
        // It is tried on, between the others.
        try desk.run(.reporter(slack, .delivered(id: desk.deliveries[0].id)))
        #expect(desk.deliveries.map(\.failure.id) == ["t3"])
        desk.pass(8)
        try desk.run(.reporter(slack, .delivered(id: desk.deliveries[0].id)))
        #expect(desk.deliveries.map(\.failure.id) == ["t0"])
    }

    @Test func aWayThatDidNotWorkIsTriedWithOneReport() throws {
        let desk = try desk(30)
        let slack = try desk.worker(.reporter("slack"), credit: 16)
        let given = desk.deliveries
        #expect(given.map(\.failure.id) == (0..<16).map { "t\($0)" })
        for delivery in given where delivery.failure.labels.isEmpty {
            try desk.run(.reporter(slack, turnedAway(delivery, for: 10)))
        }
        let others = desk.engine.state.peers[slack]?.deliveries.inFlight.count
        #expect(others == 10, "the other way has what room it wants")
        desk.pass(10)
        try desk.run()
        #expect(desk.deliveries.map(\.failure.id) == ["t0"])
        // It fails: the reporter may let another try at once, one as far from it as possible.
        let probe = try #require(desk.deliveries.first)
        try desk.run(.reporter(slack, .undelivered(id: probe.id, reason: "500", retryAfter: nil, permanent: false)))
        #expect(desk.deliveries.map(\.failure.id) == ["t28"])
        let second = try #require(desk.deliveries.first)
        try desk.run(.reporter(slack, turnedAway(second, for: 20)))
        #expect(desk.deliveries.isEmpty)
        desk.pass(20)
        try desk.run()
        #expect(desk.deliveries.map(\.failure.id) == ["t0"], "and then again the oldest")
        try desk.run(.reporter(slack, .delivered(id: probe.id)))
        #expect(desk.deliveries.map(\.failure.id) == ["t1", "t3", "t4", "t6", "t7", "t9"])
    }

    @Test func whatTheServiceStumblesOverLetsTheOthersGoFirst() throws {
        let desk = try desk(30)
        let slack = try chat(desk)
        let bad = try #require(desk.deliveries.first)
        func fail() throws {
            try desk.run(
                .reporter(
                    slack,
                    .undelivered(id: bad.id, reason: "500", retryAfter: nil, permanent: false, ambiguous: true)))
        }
        try fail()
        #expect(desk.deliveries.map(\.failure.id) == ["t1"], "a 500 keeps nobody waiting")
        desk.pass(1)
        try desk.run(.reporter(slack, .delivered(id: desk.deliveries[0].id)))
        #expect(desk.deliveries.map(\.failure.id) == ["t0"] && !desk.deliveries[0].isSuspect)
        try fail()
        #expect(desk.deliveries.map(\.failure.id) == ["t3"])
        desk.pass(2)
        try desk.run(.reporter(slack, .delivered(id: desk.deliveries[0].id)))
        #expect(desk.deliveries.map(\.failure.id) == ["t4"], "it is due again, and last")
        let next = desk.deliveries[0]
        // A way that is opened again does not bring it forward.
        try desk.run(.reporter(slack, turnedAway(next, for: 10)))
        desk.pass(10)
        try desk.run()
        #expect(desk.deliveries.map(\.failure.id) == ["t4"])
        for _ in 0..<17 { try desk.run(.reporter(slack, .delivered(id: desk.deliveries[0].id))) }
        #expect(desk.deliveries.map(\.failure.id) == ["t0"] && desk.deliveries[0].isSuspect)
        try fail()
        // 4 s by then; an hour at the most.
        for pause in [4.0, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600, 3600] {
            #expect(desk.engine.wakeAt.map { $0 <= desk.now.adding(.seconds(60)) } == true)
            desk.pass(pause - 0.01)
            try desk.run()
            #expect(desk.deliveries.isEmpty)
            desk.pass(0.01)
            try desk.run()
            #expect(desk.deliveries.map(\.failure.id) == ["t0"], "after \(pause) s")
            try fail()
        }
    }

    @Test func afterARestartTheOldestIsTheNext() throws {
        var desk: Desk? = try desk(30)
        let slack = try #require(try desk.map(chat))
        for _ in 0..<4 {
            let first = try #require(desk?.deliveries.first { $0.failure.labels.isEmpty })
            try desk?.run(
                .reporter(slack, .undelivered(id: first.id, reason: "503", retryAfter: 600, permanent: false)))
            desk?.pass(600)
            try desk?.run()
        }
        let now = try #require(desk?.now)
        desk = nil
        let again = try Desk(scratch.path, reporters: ["slack"], now: now)
        let id = try again.connect(.reporter("slack"))
        try again.run(.reporter(id, .credit(4, perDestination: 1)))
        #expect(again.deliveries.map(\.failure.id) == ["t0", "t2"])
    }

    @Test func aWayIsForgottenWhenNothingGoesThereAnyMore() throws {
        let desk = try desk(3, retryFor: .seconds(60))
        let slack = try desk.worker(.reporter("slack"), credit: 1)
        try desk.run(.reporter(slack, turnedAway(desk.deliveries[0], for: 10)))
        #expect(desk.engine.state.trials.count == 1)
        for _ in 0..<5 {
            desk.pass(3000)
            try desk.run()
            for delivery in desk.deliveries {
                try desk.run(
                    .reporter(slack, .undelivered(id: delivery.id, reason: "no", retryAfter: nil, permanent: true)))
            }
        }
        #expect(desk.engine.state.trials.isEmpty && desk.engine.state.holds.isEmpty)
    }

    @Test func aCreditOfNoneForADestinationIsAnOffence() throws {
        let desk = try desk(1)
        let id = try desk.connect(.reporter("slack"))
        try desk.run(.reporter(id, .credit(4, perDestination: 0)))
        #expect(desk.offences == ["a credit of 4, 0 for one destination"])
    }

    @Test func whatMayHaveKilledTheReporterDoesNotWaitForABacklogElsewhere() throws {
        let desk = try desk(0)
        func add(_ task: String, finished: Double, hook: String?) throws {
            try desk.keeper.transaction(now: desk.now) { tx in
                let labels = hook.map { ["complainer_slack_hook_url": $0] } ?? [:]
                let failure = failure(task, finished: finished, labels: labels)
                let id = try tx.addCase(failure, state: .collecting, now: desk.now)
                _ = try tx.collected(id, evidence, instances: [("slack", "default")], now: desk.now) {
                    try desk.engine.delivery(of: failure, reporter: $0, instance: $1, tx)
                }
            }
        }
        for number in 0..<50 { try add("t\(number)", finished: Double(number), hook: nil) }
        let slack = try chat(desk)
        let first = try #require(desk.deliveries.first)
        #expect(desk.deliveries.count == 1)
        try add("killer", finished: 100, hook: "http://a")
        try add("other", finished: 200, hook: "http://b")
        _ = try desk.keeper.transaction(now: desk.now) { tx in
            try tx.run("UPDATE deliveries SET crashes = 2 WHERE finished = ?", [at(100).nanoseconds])
        }
        try desk.run()
        #expect(desk.deliveries.isEmpty, "what is under way is waited for")
        try desk.run(.reporter(slack, .delivered(id: first.id)))
        #expect(desk.deliveries.map(\.failure.id) == ["killer"])
        try desk.run(.reporter(slack, .delivered(id: desk.deliveries[0].id)))
        #expect(desk.deliveries.map(\.failure.id) == ["t1", "other"])
    }

    // MARK: What a ledger may have lost

    @Test func whatADamagedLedgerLostStopsNothing() throws {
        let desk = try desk(9)
        try desk.keeper.transaction(now: desk.now) { tx in
            for number in [1, 3] { try tx.run("DELETE FROM evidence WHERE id = ?", [number]) }
            for number in [4, 6] { try tx.run("DELETE FROM failures WHERE id = ?", [number]) }
        }
        let slack = try desk.worker(.reporter("slack"), credit: 2)
        var told: [Delivery] = []
        var given = desk.deliveries
        while !given.isEmpty {
            let delivery = given.removeFirst()
            told.append(delivery)
            try desk.run(.reporter(slack, .delivered(id: delivery.id)))
            given += desk.deliveries
            #expect(given.count == min(2, 7 - told.count), "no place is left empty")
        }
        #expect(told.map(\.failure.id) == ["t0", "t1", "t2", "t4", "t6", "t7", "t8"])
        let lost = told.filter { $0.evidence.logsError?.contains("lost with a part of the ledger") == true }
        #expect(lost.map(\.failure.id) == ["t0", "t2"])
        #expect(try desk.counts()["slack"] == ["delivered": 7, "poisoned": 2])
    }

    @Test func labelsThatHoldSecretsAreNotShown() throws {
        let desk = try desk(3)
        let labels = try desk.cases().map(\.failure.labels)
        #expect(labels == [[:], [:], [:]])
        _ = try desk.worker(.reporter("slack"), credit: 4)
        #expect(desk.deliveries.last?.failure.labels == ["complainer_slack_hook_url": "http://other"])
    }

    // MARK: The end

    @Test func whatWaitsForThatExpires() throws {
        let desk = try desk(6, retryFor: .seconds(1000))
        let slack = try desk.worker(.reporter("slack"), credit: 1)
        for round in 0..<2 {
            for _ in 0..<2 {
                let delivery = try #require(desk.deliveries.first, "round \(round)")
                try desk.run(.reporter(slack, turnedAway(delivery, for: 900)))
            }
            #expect(desk.deliveries.isEmpty)
            desk.pass(950)
            try desk.run()
        }
        // After the deadline each gets its last chance, and that is that.
        for _ in 0..<10 {
            guard let delivery = desk.deliveries.first else { break }
            try desk.run(.reporter(slack, turnedAway(delivery, for: 300)))
        }
        #expect(try desk.counts() == ["": ["done": 6], "slack": ["expired": 6]])
    }
}
