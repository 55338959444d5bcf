import Complaints
import FoundationEssentials
import Testing

@testable import Dispatching

@Suite("Floods")
struct FloodTests {
    let scratch = Scratch()

    /// A desk where each failure is collected at once.
    final class Collecting {
        let desk: Desk
        let poller: PeerID
        let uploader: PeerID
        /// In the hands of the reporters, by their kind.
        private(set) var reporters: [String: PeerID] = [:]

        init(_ path: String, limit: Int = 2, reporters: [String] = ["slack"], now: Timestamp = at(1000)) throws {
            desk = try Desk(
                path, reporters: reporters, now: now, flood: FloodLimit(count: limit, window: .seconds(300)))
            poller = try desk.baselinedPoller()
            uploader = try desk.worker(.uploader, credit: 100)
            for kind in reporters { self.reporters[kind] = try desk.worker(.reporter(kind), credit: 250) }
        }

        /// - Returns: what is to be delivered because of it.
        @discardableResult
        func fail(_ failure: Failure) throws -> [Delivery] {
            try desk.run(.poller(poller, .detected([failure])))
            try desk.run(.uploader(uploader, .collected(failure.key, evidence)))
            return try answer()
        }

        /// The reporters deliver everything.
        @discardableResult
        func answer() throws -> [Delivery] {
            var all: [Delivery] = []
            var given = desk.effects
            while true {
                let orders = given.compactMap { effect -> (PeerID, Delivery)? in
                    if case .deliver(let id, let delivery) = effect { (id, delivery) } else { nil }
                }
                guard !orders.isEmpty else { return all }
                all += orders.map(\.1)
                given = []
                for (id, delivery) in orders {
                    given += try desk.run(.reporter(id, .delivered(id: delivery.id)))
                }
            }
        }

        /// Time goes by; everything that becomes due is delivered.
        func pass(_ seconds: Double) throws -> [Delivery] {
            desk.pass(seconds)
            try desk.run()
            var all = try answer()
            while let wake = desk.engine.wakeAt, wake <= desk.now {
                try desk.run()
                all += try answer()
            }
            return all
        }
    }

    /// Failures of one app, one each second.
    func web(_ numbers: Range<Int>, labels: [String: String] = [:], state: String = "TASK_FAILED") -> [Failure] {
        numbers.map { number in
            var failure = failure("web.\(number)", finished: 1000 + Double(number), labels: labels)
            failure.name = "web"
            failure.state = state
            return failure
        }
    }

    @Test func theRestIsToldInOneSummaryWhenTheWindowEnds() throws {
        let work = try Collecting(scratch.path)
        var told: [String] = []
        for failure in web(0..<10) {
            told += try work.fail(failure).map(\.failure.id)
            work.desk.pass(1)
        }
        #expect(told == ["web.0", "web.1"])
        #expect(try work.desk.counts()["slack"] == ["delivered": 2, "held": 8])
        #expect(try work.desk.counts()[""] == ["done": 2, "delivering": 8])
        #expect(try work.pass(289.9).isEmpty)
        #expect(work.desk.engine.wakeAt == at(1300))
        let summary = try work.pass(0.1)
        #expect(summary.map(\.failure.id) == ["web.9"], "the newest, with its links")
        #expect(summary[0].evidence == evidence)
        #expect(summary[0].held == HeldFailures(count: 8, first: at(1002), last: at(1009), seconds: 300))
        #expect(try work.desk.counts() == ["": ["done": 10], "slack": ["delivered": 3, "summarised": 7]])
        #expect(try work.desk.cases().first?.reports.first?.held?.count == 8)
    }

    @Test func anotherKindOfFailureIsNotHeldWithIt() throws {
        let work = try Collecting(scratch.path, limit: 1)
        var others = web(2..<3, state: "TASK_LOST")
        others.append(failure("db.1", finished: 1))
        var image = web(3..<4)[0]
        image.image = "web:2"
        others.append(image)
        var framework = web(4..<5)[0]
        framework.framework = "chronos"
        others.append(framework)
        for failure in web(0..<2) { try work.fail(failure) }
        for failure in others { #expect(try work.fail(failure).count == 1, "\(failure.id)") }
        #expect(try work.desk.counts()["slack"] == ["delivered": 5, "held": 1])
    }

    @Test func aFloodThatGoesOnIsOneReportAWindowAndEndsWithAQuietOne() throws {
        let work = try Collecting(scratch.path)
        for failure in web(0..<5) { try work.fail(failure) }
        #expect(try work.pass(300).map { $0.held?.count } == [3])
        for failure in web(300..<304) { #expect(try work.fail(failure).isEmpty) }
        #expect(try work.pass(300).map { $0.held?.count } == [4])
        #expect(try work.pass(300).isEmpty)
        #expect(try work.fail(web(900..<901)[0]).map(\.held) == [nil])
    }

    @Test func theLabelsOfATaskSetItForItsInstances() throws {
        let work = try Collecting(scratch.path, limit: 0, reporters: ["slack", "file"])
        let labels = [
            "complainer_slack_instances": "ops,dev", "complainer_slack_instance_ops_flood_limit": "1",
            "complainer_flood_window": "10s", "complainer_slack_instance_dev_flood_limit": "many",
        ]
        for failure in web(0..<4, labels: labels) { try work.fail(failure) }
        let held = try work.desk.cases().flatMap(\.reports).filter { $0.state == "held" }
        #expect(held.map { "\($0.reporter)/\($0.instance)" } == Array(repeating: "slack/ops", count: 3))
        #expect(
            try work.desk.counts()[""] == ["delivering": 3, "done": 1], "a case with a report that is held is open")
        #expect(work.desk.engine.wakeAt == work.desk.now.adding(.seconds(10)))
        #expect(try work.pass(10).map(\.instance) == ["ops"])

        let everywhere = ["complainer_flood_limit": "1"]
        for failure in web(10..<12, labels: everywhere).map({ failure in
            var failure = failure
            failure.name = "other"
            return failure
        }) { try work.fail(failure) }
        #expect(try work.desk.counts()["file"]?["held"] == 1)
        #expect(try work.desk.counts()["slack"]?["held"] == 1)
    }

    @Test func whatIsHeldSurvivesADispatcherThatDies() throws {
        let image: Scratch
        do {
            let work = try Collecting(scratch.path)
            for failure in web(0..<6) { try work.fail(failure) }
            image = try work.desk.crashImage()
        }
        // The limit is gone from the settings, too.
        let next = try Collecting(image.path, limit: 0, now: at(1299))
        #expect(try next.desk.counts()["slack"] == ["delivered": 2, "held": 4])
        #expect(try next.pass(1).map { $0.held?.count } == [4])
        #expect(try next.desk.counts()["slack"] == ["delivered": 3, "summarised": 3])
        #expect(try next.pass(1000).isEmpty)
    }

    @Test func aBigFloodIsWoundUpInSmallSteps() throws {
        let work = try Collecting(scratch.path, limit: 1)
        try work.desk.keeper.transaction(now: work.desk.now) { tx in
            let flood = try tx.keep(
                FloodWindow(opened: at(1000), until: at(1300), passed: 1, held: 1000), as: nil, reporter: "slack",
                instance: "default", kind: try LedgerTransaction.kind(of: failure()))
            for number in 0..<1000 {
                let failure = failure("web.\(number)", finished: Double(number))
                let id = try tx.addCase(failure, state: .collecting, now: at(1000))
                _ = try tx.collected(id, evidence, instances: [("slack", "default")], now: at(1000)) { _, _ in
                    NewDelivery(reporter: "slack", instance: "default", route: "default", flood: flood)
                }
            }
        }
        work.desk.now = at(1300)
        try work.desk.run()
        #expect(work.desk.deliveries.map(\.held?.count) == [1000])
        #expect(try work.desk.counts()["slack"]?["summarised"] == Engine.step)
        #expect(work.desk.engine.wakeAt.map { $0 <= work.desk.now } == true)
        var steps = 0
        while let wake = work.desk.engine.wakeAt, wake <= work.desk.now, steps < 10 {
            try work.desk.run()
            steps += 1
        }
        #expect(try work.desk.counts()["slack"] == ["pending": 1, "summarised": 999])
        let windows = try work.desk.keeper.read { try $0.number("SELECT count(*) FROM floods") }
        #expect(windows == 1, "the next window of the flood")
        work.desk.now = at(1700)
        try work.desk.run()
        #expect(try work.desk.keeper.read { try $0.number("SELECT count(*) FROM floods") } == 0)
    }

    @Test func aClockThatIsSetBackReleasesWhatIsHeld() throws {
        let work = try Collecting(scratch.path)
        for failure in web(0..<4) { try work.fail(failure) }
        let told = try work.pass(-86_400)
        #expect(told.map { $0.held?.count } == [2])
        let next = try work.desk.keeper.read { tx in
            try tx.openFlood(
                reporter: "slack", instance: "default", kind: LedgerTransaction.kind(of: web(0..<1)[0]))
        }
        #expect(next?.window.until == work.desk.now.adding(.seconds(300)))
    }

    @Test func aSummaryIsTriedAgainWithItsNumbers() throws {
        let work = try Collecting(scratch.path)
        for failure in web(0..<4) { try work.fail(failure) }
        work.desk.pass(300)
        try work.desk.run()
        let first = try #require(work.desk.deliveries.first)
        let slack = try #require(work.reporters["slack"])
        try work.desk.run(
            .reporter(slack, .undelivered(id: first.id, reason: "busy", retryAfter: 1, permanent: false)))
        let again = try work.pass(1)
        #expect(again.map(\.held) == [first.held])
        #expect(again.map(\.attempt) == [2])
    }

    @Test func whatLostItsWindowIsReportedAllTheSame() throws {
        let work = try Collecting(scratch.path)
        for failure in web(0..<4) { try work.fail(failure) }
        try work.desk.keeper.transaction(now: work.desk.now) { _ = try $0.run("DELETE FROM floods") }
        #expect(try work.pass(61).map(\.failure.id) == ["web.2", "web.3"])
    }

    @Test func floodsAreShown() throws {
        let work = try Collecting(scratch.path)
        for failure in web(0..<5) { try work.fail(failure) }
        let floods = try work.desk.keeper.read { try $0.heldFloods(limit: 10) }
        #expect(
            floods == [
                SummaryAnswer.Flood(
                    reporter: "slack", instance: "default", name: "web", framework: "marathon", state: "TASK_FAILED",
                    held: 3, until: at(1300))
            ])
    }
}
