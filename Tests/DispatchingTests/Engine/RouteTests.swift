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
