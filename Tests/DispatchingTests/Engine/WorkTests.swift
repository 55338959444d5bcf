import Complaints
import Testing

@testable import Dispatching

@Suite("Collecting and delivering")
struct WorkTests {
    let scratch = Scratch()

    /// A desk with failures named t0, t1, … that finished in that order.
    func desk(_ count: Int = 1, reporters: [String] = ["file"]) throws -> Desk {
        let desk = try Desk(scratch.path, reporters: reporters)
        let poller = try desk.baselinedPoller()
        let failures = (0..<count).map { failure("t\($0)", finished: Double($0)) }
        try desk.run(.poller(poller, .detected(failures.reversed())))
        return desk
    }

    func key(_ number: Int) -> FailureKey { failure("t\(number)", finished: Double(number)).key }

    /// Collects everything.
    func collectAll(_ desk: Desk) throws {
        let uploader = try desk.worker(.uploader, credit: 100)
        for task in desk.collections {
            let number = Int(task.dropFirst()) ?? 0
            try desk.run(.uploader(uploader, .collected(key(number), evidence)))
        }
    }

    // MARK: Collecting

    @Test func collectionsComeInTheOrderOfFailureAndWithinCredit() throws {
        let desk = try desk(10)
        let uploader = try desk.connect(.uploader)
        #expect(desk.collections.isEmpty)
        try desk.run(.uploader(uploader, .credit(3)))
        #expect(desk.collections == ["t0", "t1", "t2"])
        try desk.run(
            .uploader(uploader, .collected(key(1), evidence)), .uploader(uploader, .collected(key(2), evidence)))
        #expect(desk.collections == ["t3", "t4"])
        try desk.run()
        #expect(desk.collections.isEmpty)
    }

    @Test func anUncollectedCaseIsTriedAgainLaterAndLater() throws {
        let desk = try desk()
        let uploader = try desk.worker(.uploader)
        for wait in [1.0, 2, 4, 8] {
            try desk.run(.uploader(uploader, .uncollected(key(0), reason: "agent busy", retryAfter: nil)))
            #expect(desk.collections.isEmpty)
            #expect(desk.engine.wakeAt == desk.now.adding(.seconds(wait)))
            desk.pass(wait - 0.001)
            try desk.run()
            #expect(desk.collections.isEmpty)
            desk.pass(0.001)
            try desk.run()
            #expect(desk.collections == ["t0"])
        }
        let retryAfter = 120.0
        try desk.run(.uploader(uploader, .uncollected(key(0), reason: "slow down", retryAfter: retryAfter)))
        desk.pass(retryAfter)
        try desk.run()
        #expect(desk.collections == ["t0"])
        #expect(try desk.cases().first?.error == "slow down")
        #expect(try desk.cases().first?.attempts == 5)
    }

    @Test func aCaseWhoseLogsCannotBeHadGoesOnWithoutThem() throws {
        let desk = try desk()
        let uploader = try desk.worker(.uploader)
        desk.pass(24 * 3600)
        try desk.run(.uploader(uploader, .uncollected(key(0), reason: "agent gone", retryAfter: nil)))
        #expect(try desk.states() == ["t0": "delivering"])
        _ = try desk.worker(.reporter("file"))
        let evidence = try #require(desk.deliveries.first?.evidence)
        #expect(evidence.logsError?.hasPrefix("the logs could not be saved in time: agent gone; the links") == true)
        #expect(
            evidence.stdoutURL
                == "http://agent-1:5051/files/download?path=/frameworks/F-1/executors/t0/runs/latest/stdout")
    }

    @Test func withoutAnUploaderCasesGoOnWhenTheirTimeIsOver() throws {
        let desk = try desk(2)
        desk.pass(24 * 3600 - 1)
        try desk.run()
        #expect(try desk.counts()[""] == ["collecting": 2])
        desk.pass(61)
        try desk.run()
        #expect(try desk.counts()[""] == ["delivering": 2])
    }

    @Test func afterALongOutageTheUploaderGetsItsChance() throws {
        do {
            let desk = try desk(1)
            desk.keeper.close(now: desk.now)
        }
        let desk = try Desk(scratch.path, now: at(100_000))
        try desk.run()
        desk.pass(599)
        try desk.run()
        _ = try desk.worker(.uploader)
        #expect(desk.collections == ["t0"])
    }

    @Test func everyConfiguredInstanceGetsItsDelivery() throws {
        let desk = try Desk(scratch.path, reporters: ["file", "slack"])
        let poller = try desk.baselinedPoller()
        let uploader = try desk.worker(.uploader)
        let task = failure("a", labels: ["complainer_slack_instances": "team,ops"])
        try desk.run(.poller(poller, .detected([task])))
        try desk.run(.uploader(uploader, .collected(task.key, evidence)))
        #expect(
            try desk.cases().first?.reports.map { "\($0.reporter)/\($0.instance)" } == [
                "file/default", "slack/team", "slack/ops",
            ])
        let slack = try desk.worker(.reporter("slack"))
        let ids = desk.deliveries.map(\.id)
        #expect(desk.deliveries.map(\.instance) == ["team", "ops"])
        try desk.run(.reporter(slack, .delivered(id: ids[0])), .reporter(slack, .delivered(id: ids[1])))
        #expect(try desk.states() == ["a": "delivering"])
        let file = try desk.worker(.reporter("file"))
        try desk.run(.reporter(file, .delivered(id: desk.deliveries[0].id)))
        #expect(try desk.states() == ["a": "done"])
    }

    // MARK: Delivering

    @Test func deliveriesComeInTheOrderOfFailureAndWithinCredit() throws {
        let desk = try desk(5)
        try collectAll(desk)
        let reporter = try desk.worker(.reporter("file"), credit: 2)
        #expect(desk.deliveries.map(\.failure.id) == ["t0", "t1"])
        try desk.run(.reporter(reporter, .delivered(id: desk.deliveries[1].id)))
        #expect(desk.deliveries.map(\.failure.id) == ["t2"])
    }

    @Test func aPermanentRefusalIsNotTriedAgain() throws {
        let desk = try desk()
        try collectAll(desk)
        let reporter = try desk.worker(.reporter("file"))
        let id = desk.deliveries[0].id
        let refusal = ReporterMessage.undelivered(id: id, reason: "404 no such hook", retryAfter: 9, permanent: true)
        try desk.run(.reporter(reporter, refusal))
        #expect(try desk.states() == ["t0": "done"])
        #expect(try desk.cases()[0].reports.map { [$0.state, $0.error] } == [["failed", "404 no such hook"]])
        desk.pass(100)
        try desk.run()
        #expect(desk.deliveries.isEmpty)
    }

    @Test func aReportIsTriedUntilItExpires() throws {
        let desk = try desk()
        try collectAll(desk)
        let reporter = try desk.worker(.reporter("file"))
        let id = desk.deliveries[0].id
        let trouble = ReporterMessage.undelivered(id: id, reason: "502", retryAfter: nil, permanent: false)
        for attempt in 2...4 {
            try desk.run(.reporter(reporter, trouble))
            desk.pass(300)
            try desk.run()
            #expect(desk.deliveries.map(\.attempt) == [attempt])
        }
        desk.pass(24 * 3600)
        try desk.run(.reporter(reporter, trouble))
        #expect(try desk.cases()[0].reports.map(\.state) == ["expired"])
        #expect(try desk.states() == ["t0": "done"])
    }

    @Test func reportsOfAReporterThatIsNotConfiguredAnyMoreExpire() throws {
        do {
            let desk = try desk(1, reporters: ["file", "slack"])
            try collectAll(desk)
            desk.keeper.close(now: desk.now)
        }
        let desk = try Desk(scratch.path, reporters: ["file"])
        try desk.run()
        #expect(try desk.counts()["slack"] == ["pending": 1])
        desk.pass(24 * 3600 + 1)
        try desk.run()
        #expect(try desk.counts()["slack"] == ["expired": 1])
        #expect(try desk.counts()["file"] == ["pending": 1])
    }

    // MARK: Offences

    @Test func answersToWhatWasNotAskedAreOffences() throws {
        let desk = try desk()
        let stranger = failure("stranger").key
        let answers: [UploaderMessage] = [
            .credit(0), .credit(-1), .collected(stranger, evidence),
            .uncollected(stranger, reason: "", retryAfter: nil),
        ]
        for answer in answers {
            let uploader = try desk.worker(.uploader)
            try desk.run(.uploader(uploader, answer))
            #expect(desk.offences.count == 1, "\(answer)")
        }
        for answer: ReporterMessage in [
            .credit(0), .delivered(id: 99), .undelivered(id: 99, reason: "", retryAfter: nil, permanent: true),
        ] {
            let reporter = try desk.worker(.reporter("file"))
            try desk.run(.reporter(reporter, answer))
            #expect(desk.offences.count == 1, "\(answer)")
        }
        #expect(try desk.cases().count == 1)
    }

    @Test func theSameAnswerTwiceIsAnOffenceAndCountsOnce() throws {
        let desk = try desk()
        try collectAll(desk)
        let reporter = try desk.worker(.reporter("file"))
        let id = desk.deliveries[0].id
        try desk.run(.reporter(reporter, .delivered(id: id)), .reporter(reporter, .delivered(id: id)))
        #expect(desk.offences.count == 1)
        #expect(try desk.counts() == ["": ["done": 1], "file": ["delivered": 1]])
    }

    @Test func aHugeReasonIsCut() throws {
        let desk = try desk()
        try collectAll(desk)
        let reporter = try desk.worker(.reporter("file"))
        let reason = String(repeating: "x", count: 1 << 20)
        try desk.run(
            .reporter(
                reporter, .undelivered(id: desk.deliveries[0].id, reason: reason, retryAfter: nil, permanent: true)))
        #expect(try desk.cases()[0].reports[0].error?.count == 501)
    }

    // MARK: Time

    @Test func aClockThatIsSetBackKeepsNothingWaiting() throws {
        let desk = try desk()
        let uploader = try desk.worker(.uploader)
        try desk.run(.uploader(uploader, .uncollected(key(0), reason: "later", retryAfter: 300)))
        desk.pass(-86_400)
        try desk.run()
        #expect(desk.collections == ["t0"])
    }

    @Test func endedCasesArePrunedInSmallSteps() throws {
        let count = 600
        let desk = try Desk(scratch.path, isDefault: false, keep: .seconds(1000))
        let poller = try desk.baselinedPoller()
        for first in stride(from: 0, to: count, by: 200) {
            try desk.run(.poller(poller, .detected((first..<first + 200).map { failure("t\($0)") })))
        }
        #expect(try desk.counts()[""] == ["skipped": count])
        desk.pass(1000)
        try desk.run()
        #expect(try desk.counts()[""] == ["skipped": count - Engine.step])
        #expect(desk.engine.wakeAt == desk.now)
        try desk.run()
        try desk.run()
        #expect(try desk.counts()[""] == nil)
    }
}
