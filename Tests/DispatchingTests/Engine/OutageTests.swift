import Complaints
import Glibc
import Testing

@testable import Dispatching
@testable import Reporting

/// Slack is down for an hour while thousands of tasks fail: the engine, a ledger on disk, pacing and breaker as they
/// are, in simulated time.
@Suite("A service that is down for an hour")
struct OutageTests {
    static let count = 5000
    static let batch = 25
    static let outage = (begin: at(1010), end: at(1010 + 3600))

    @Test func everythingIsReportedAfterwardsInOrderAndAtItsPace() throws {
        // Fifteen thousand transactions, and it is not the disk that is looked at.
        let scratch = Scratch(in: access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp")
        let desk = try Desk(scratch.path, reporters: ["slack"])
        let poller = try desk.baselinedPoller()
        let uploader = try desk.worker(.uploader, credit: 64)
        let slack = VirtualReporter(from: desk.now, interval: .seconds(1)) { moment in
            moment < Self.outage.begin || moment >= Self.outage.end
        }
        let peer = try desk.connect(.reporter("slack"))
        var pending = try desk.run(.reporter(peer, .credit(VirtualReporter.credit)))
        var failed = 0
        var mostKnown = 0
        let end = at(1000 + 3 * 3600)

        /// Everybody answers until nobody has anything to say at this moment.
        func settle() throws {
            while true {
                var events = slack.work(now: desk.now).map { DispatchEvent.reporter(peer, $0) }
                for effect in pending {
                    switch effect {
                    case .collect(_, let key, _): events.append(.uploader(uploader, .collected(key, evidence)))
                    case .deliver(_, let delivery):
                        if let answer = slack.take(delivery, now: desk.now) { events.append(.reporter(peer, answer)) }
                    default: break
                    }
                }
                mostKnown = max(mostKnown, desk.engine.inFlight + desk.engine.state.holds.count)
                pending = []
                let isDue = desk.engine.wakeAt.map { $0 <= desk.now } ?? false
                guard !events.isEmpty || isDue else { return }
                pending = try desk.engine.process(events, now: desk.now)
            }
        }

        while desk.now < end {
            // 25 tasks fail every 18 seconds.
            let arrival = failed < Self.count ? at(1000 + 18 * Double(failed / Self.batch)) : end
            let next = [arrival, slack.next, desk.engine.wakeAt, end].compactMap { $0 }.min() ?? end
            desk.now = max(desk.now, next)
            if failed < Self.count, arrival <= desk.now {
                let failures = (failed..<failed + Self.batch).map { number in
                    failure("t\(number)", finished: 900 + Double(number) * 0.01)
                }
                failed += Self.batch
                pending += try desk.engine.process([.poller(poller, .detected(failures))], now: desk.now)
            }
            try settle()
            if failed == Self.count, try desk.counts()[""] == ["done": Self.count] { break }
        }

        #expect(try desk.counts() == ["": ["done": Self.count], "slack": ["delivered": Self.count]])
        let delivered = slack.requests.filter(\.isAnswered)
        #expect(delivered.map(\.task) == (0..<Self.count).map { "t\($0)" }, "each once, in the order of failure")

        // Five failures open the breaker (requests that were waiting for their turn then are still made); then one probe
        // after 5, 10, 20, … 300 seconds.
        let lost = slack.requests.count - delivered.count
        #expect(lost <= 5 + VirtualReporter.credit + 18, "\(lost) requests in vain")
        // Twice a step: while the probe is on its way, and when it has failed.
        #expect(slack.turnedAway <= 2 * 18 * VirtualReporter.credit, "\(slack.turnedAway) given out in vain")

        let moments = slack.requests.map(\.at)
        for (one, other) in zip(moments, moments.dropFirst()) { #expect(other.since(one) >= .seconds(1)) }
        let backAgain = try #require(delivered.first { $0.at >= Self.outage.end })
        #expect(backAgain.at.since(Self.outage.end) <= .seconds(305))
        let last = try #require(delivered.last)
        #expect(last.at.since(backAgain.at) <= .seconds(Self.count + 60), "no pause but the pace")

        // All that anybody held in memory meanwhile.
        #expect(slack.mostInHands <= VirtualReporter.credit)
        #expect(mostKnown <= VirtualReporter.credit + 64 + 1)
        #expect(slack.destinations.count == 1)
        #expect(try desk.cases().allSatisfy { $0.reports.allSatisfy { $0.attempts == 1 } }, "waiting is no try")
    }
}
