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

    /// What a simulated outage came to.
    private struct Story {
        let desk: Desk
        let slack: VirtualReporter
        var mostKnown = 0
    }

    @Test func everythingIsReportedAfterwardsInOrderAndAtItsPace() throws {
        let story = try play()
        let (desk, slack) = (story.desk, story.slack)
        #expect(try desk.counts() == ["": ["done": Self.count], "slack": ["delivered": Self.count]])
        let delivered = slack.requests.filter(\.isAnswered)
        #expect(delivered.map(\.task) == (0..<Self.count).map { "t\($0)" }, "each once, in the order of failure")

        // Five failures open the breaker; then one probe after 5, 10, 20, … 300 seconds.
        let lost = slack.requests.count - delivered.count
        #expect(lost <= 5 + 18, "\(lost) requests in vain")
        // The one after each probe that failed.
        #expect(slack.turnedAway <= 1 + 18, "\(slack.turnedAway) given out in vain")

        let moments = slack.requests.map(\.at)
        for (one, other) in zip(moments, moments.dropFirst()) { #expect(other.since(one) >= .seconds(1)) }
        let backAgain = try #require(delivered.first { $0.at >= Self.outage.end })
        #expect(backAgain.at.since(Self.outage.end) <= .seconds(305))
        let last = try #require(delivered.last)
        #expect(last.at.since(backAgain.at) <= .seconds(Self.count + 60), "no pause but the pace")

        // All that anybody held in memory meanwhile.
        #expect(slack.mostInHands == 1)
        #expect(story.mostKnown <= VirtualReporter.credit + 64 + 2)
        #expect(slack.destinations.count == 1)
        let attempts = try desk.cases().map { $0.reports.map(\.attempts) }
        #expect(attempts.count { $0 != [1] } <= 2, "waiting is no try")
    }

    /// The oldest reports go first when it is tried whether the service works again: they must not keep it from the others
    /// when it is they that it cannot take.
    @Test(arguments: [100])
    func reportsThatTheServiceStumblesOverKeepNoOthersFromIt(count: Int) throws {
        let bad = Set((40..<40 + count).map { "t\($0)" } + ["t999"])
        let story = try play(stumblesOver: { bad.contains($0) })
        let delivered = story.slack.requests.filter(\.isAnswered)
        let good = (0..<Self.count).map { "t\($0)" }.filter { !bad.contains($0) }
        #expect(Set(delivered.map(\.task)) == Set(good) && delivered.count == good.count)
        let backAgain = try #require(delivered.first { $0.at >= Self.outage.end })
        #expect(backAgain.at.since(Self.outage.end) <= .seconds(305))
        let last = try #require(delivered.last)
        let span = last.at.since(backAgain.at)
        // Each is tried some times before it is clear that it is the report; after that, it takes a turn now and then.
        #expect(span <= .seconds(Self.count + 60 * count + 600), "\(span)")
        #expect(try story.desk.counts()["slack"] == ["delivered": good.count, "pending": bad.count])
    }

    /// The same when the service does not say that it is the report: a proxy's 502, a time-out. It is believed for an hour and a half.
    @Test(arguments: [3]) func reportsThatHangKeepNoOthersFromItForLong(count: Int) throws {
        let bad = Set((0..<count).map { "t\($0)" })
        let story = try play(isAmbiguous: false, stumblesOver: { bad.contains($0) })
        let delivered = story.slack.requests.filter(\.isAnswered)
        #expect(delivered.count == Self.count - count)
        let first = try #require(delivered.first { $0.at >= Self.outage.end })
        #expect(first.at.since(Self.outage.end) <= .seconds(40 * 60))
        let last = try #require(delivered.last)
        #expect(last.at.since(first.at) <= .seconds(Self.count + 600 * count + 600))
    }

    /// One app's reports break the service's back, and it dies every two seconds.
    @Test(arguments: [true, false]) func anAppWhoseReportsTheServiceStumblesOverKeepsNoOthersFromIt(isChat: Bool) throws
    {
        func isBad(_ number: Int) -> Bool { number % 10 != 0 }
        let story = try play(
            isChat: isChat, name: { isBad($0) ? "bad" : "good" },
            stumblesOver: { Int($0.dropFirst()).map(isBad) ?? false })
        let delivered = story.slack.requests.filter(\.isAnswered)
        let good = stride(from: 0, to: Self.count, by: 10).map { "t\($0)" }
        #expect(delivered.map(\.task).sorted() == good.sorted())
        let backAgain = try #require(delivered.first { $0.at >= Self.outage.end })
        let last = try #require(delivered.last)
        #expect(last.at.since(backAgain.at) <= .seconds(Self.count + 600))
    }

    /// Lets 5000 tasks fail while the service is down, and then three hours go by or until all is reported.
    private func play(
        isChat: Bool = true, isAmbiguous: Bool = true, rest: Double = 3 * 3600, name: (Int) -> String = { "t\($0)" },
        stumblesOver: @escaping (String) -> Bool = { _ in false }
    ) throws -> Story {
        // Fifteen thousand transactions, and it is not the disk that is looked at.
        let scratch = Scratch(in: access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp")
        let desk = try Desk(scratch.path, reporters: ["slack"])
        let poller = try desk.baselinedPoller()
        let uploader = try desk.worker(.uploader, credit: 64)
        let slack = VirtualReporter(
            from: desk.now, interval: .seconds(isChat ? 1 : 0), isAmbiguous: isAmbiguous,
            stumblesOver: stumblesOver
        ) {
            moment in
            moment < Self.outage.begin || moment >= Self.outage.end
        }
        let peer = try desk.connect(.reporter("slack"))
        var pending = try desk.run(.reporter(peer, .credit(VirtualReporter.credit, perDestination: isChat ? 1 : nil)))
        var failed = 0
        var mostKnown = 0
        let end = at(1000 + 3600 + rest)

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
                let ways = desk.engine.state.holds.count + desk.engine.state.trials.count
                mostKnown = max(mostKnown, desk.engine.inFlight + ways)
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
                    var failure = failure("t\(number)", finished: 900 + Double(number) * 0.01)
                    failure.name = name(number)
                    return failure
                }
                failed += Self.batch
                pending += try desk.engine.process([.poller(poller, .detected(failures))], now: desk.now)
            }
            try settle()
            if failed == Self.count, try desk.counts()[""] == ["done": Self.count] { break }
        }

        return Story(desk: desk, slack: slack, mostKnown: mostKnown)
    }
}
