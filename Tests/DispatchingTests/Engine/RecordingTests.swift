import Complaints
import Testing

@testable import Dispatching

@Suite("Recording")
struct RecordingTests {
    let scratch = Scratch()

    @Test func aFailureIsRecordedOnceAndAcknowledgedEachTime() throws {
        let desk = try Desk(scratch.path)
        let poller = try desk.baselinedPoller()
        try desk.run(.poller(poller, .detected([failure("a"), failure("b"), failure("a")])))
        #expect(desk.recorded.map(\.task) == ["a", "b", "a"])
        try desk.run(.poller(poller, .detected([failure("b")])))
        #expect(desk.recorded.map(\.task) == ["b"])
        #expect(try desk.counts() == ["": ["collecting": 2]])
    }

    @Test func aReusedTaskIdIsReportedForEachRun() throws {
        let desk = try Desk(scratch.path)
        let poller = try desk.baselinedPoller()
        try desk.run(.poller(poller, .detected([failure("cron", finished: 10), failure("cron", finished: 20)])))
        #expect(try desk.cases().count == 2)
    }

    @Test func aRunWhoseTimeBecomesKnownLaterIsReportedOnce() throws {
        let desk = try Desk(scratch.path)
        let poller = try desk.baselinedPoller()
        var early = failure("a", finished: 990, terminal: false)
        early.finished = at(940)
        try desk.run(.poller(poller, .detected([early])))
        try desk.run(.poller(poller, .detected([failure("a", finished: 990)])))
        #expect(desk.recorded == [failure("a", finished: 990).key])
        try desk.run(.poller(poller, .detected([early, failure("a", finished: 990)])))
        #expect(try desk.cases().count == 1)
        // The task's next run is news in both ways of being told.
        desk.pass(1000)
        var next = failure("a", terminal: false, started: 1500)
        next.finished = at(1510)
        try desk.run(.poller(poller, .detected([next])))
        #expect(try desk.cases().count == 2)
        try desk.run(.poller(poller, .detected([failure("a", finished: 1990, started: 1500)])))
        #expect(try desk.cases().count == 2)
        try desk.run(.poller(poller, .detected([failure("a", finished: 3000, started: 2500)])))
        #expect(try desk.cases().count == 3)
    }

    // MARK: Baseline

    @Test func theFirstSnapshotIsNoNewsAndTheSecondIs() throws {
        let desk = try Desk(scratch.path)
        let poller = try desk.connect(.poller)
        #expect(desk.resyncs == 1)
        try desk.run(.poller(poller, .snapshot(.begin)), .poller(poller, .detected([failure("old", finished: 999)])))
        #expect(desk.recorded.map(\.task) == ["old"])
        try desk.run(.poller(poller, .snapshot(.end)))
        #expect(try desk.cases().isEmpty)
        #expect(desk.notes.contains(.baselined))
        let both = [failure("old", finished: 999), failure("missed", finished: 500)]
        try desk.run(
            .poller(poller, .snapshot(.begin)), .poller(poller, .detected(both)), .poller(poller, .snapshot(.end)))
        #expect(try desk.states() == ["missed": "collecting"])
        #expect(desk.resyncs == 0)
    }

    @Test func catchUpMakesTheYoungOnesNews() throws {
        let desk = try Desk(scratch.path, catchUp: .seconds(600))
        let poller = try desk.connect(.poller)
        try desk.run(
            .poller(poller, .snapshot(.begin)),
            .poller(poller, .detected([failure("young", finished: 500), failure("old", finished: 300)])),
            .poller(poller, .snapshot(.end)))
        #expect(try desk.states() == ["young": "collecting"])
    }

    @Test func whatIsToldOutsideASnapshotIsNewsAlways() throws {
        let desk = try Desk(scratch.path)
        let poller = try desk.connect(.poller)
        try desk.run(.poller(poller, .detected([failure("live")])))
        #expect(try desk.states() == ["live": "collecting"])
    }

    @Test func everyNewPollerIsAskedUntilThereIsABaseline() throws {
        let desk = try Desk(scratch.path)
        for _ in 1...3 {
            let poller = try desk.connect(.poller)
            #expect(desk.resyncs == 1)
            try desk.run(.poller(poller, .snapshot(.begin)))
            #expect(desk.resyncs == 0)
        }
        _ = try desk.baselinedPoller()
        _ = try desk.connect(.poller)
        #expect(desk.resyncs == 0)
    }

    @Test func whatFailsBetweenTwoTriesAtTheFirstSnapshotIsNews() throws {
        let desk = try Desk(scratch.path)
        let first = try desk.connect(.poller)
        try desk.run(.poller(first, .snapshot(.begin)), .poller(first, .detected([failure("old", finished: 900)])))
        try desk.run(.gone(first, reason: "killed"))
        desk.pass(100)
        let second = try desk.connect(.poller)
        let all = [
            failure("old", finished: 900), failure("older", finished: 800), failure("meanwhile", finished: 1050),
        ]
        try desk.run(
            .poller(second, .snapshot(.begin)), .poller(second, .detected(all)), .poller(second, .snapshot(.end)))
        #expect(try desk.states() == ["meanwhile": "collecting"])
    }

    // MARK: Forgetting

    @Test func keysThatNoMasterListsAnyMoreAreForgottenAfterAWhile() throws {
        let desk = try Desk(scratch.path, keep: .seconds(1000))
        let poller = try desk.connect(.poller)
        func snapshot(_ tasks: String...) throws {
            try desk.run(
                .poller(poller, .snapshot(.begin)), .poller(poller, .detected(tasks.map { failure($0) })),
                .poller(poller, .snapshot(.end)))
        }
        try snapshot("stays", "goes")
        desk.pass(50_000)
        // A new leader that does not list it yet is no reason to forget what was recorded long ago.
        try snapshot("stays")
        desk.pass(999)
        try snapshot("stays")
        #expect(try desk.seen() == 2)
        try snapshot("stays", "goes")
        #expect(try desk.cases().isEmpty)
        desk.pass(1000)
        try snapshot("stays")
        #expect(try desk.seen() == 2)
        desk.pass(1000)
        try snapshot("stays")
        #expect(try desk.seen() == 1)
        // Listed all the time, it is never news again, however old.
        desk.pass(100_000)
        try snapshot("stays")
        #expect(try desk.cases().isEmpty)
        #expect(try desk.seen() == 1)
    }

    @Test func aKeyOutlivesItsCaseAsLongAsItIsListed() throws {
        let desk = try Desk(scratch.path, isDefault: false, keep: .seconds(1000))
        let poller = try desk.baselinedPoller()
        try desk.run(.poller(poller, .detected([failure("a")])))
        #expect(try desk.states() == ["a": "skipped"])
        desk.pass(2000)
        try desk.run()
        #expect(try desk.cases().isEmpty)
        try desk.run(
            .poller(poller, .snapshot(.begin)), .poller(poller, .detected([failure("a")])),
            .poller(poller, .snapshot(.end)))
        #expect(try desk.cases().isEmpty)
        #expect(try desk.seen() == 1)
    }

    @Test func anIncompleteSnapshotForgetsNothing() throws {
        let desk = try Desk(scratch.path, isDefault: false, keep: .seconds(1000))
        let poller = try desk.baselinedPoller()
        try desk.run(.poller(poller, .detected([failure("a")])))
        desk.pass(5000)
        try desk.run(.poller(poller, .snapshot(.begin)), .gone(poller, reason: "killed"))
        #expect(try desk.seen() == 1)
    }

    // MARK: Labels and offences

    @Test func aTaskThatNobodyWantsToHearOfIsSkippedAndNotAskedAbout() throws {
        let desk = try Desk(scratch.path, isDefault: false)
        let poller = try desk.baselinedPoller()
        _ = try desk.worker(.uploader)
        try desk.run(
            .poller(
                poller,
                .detected([
                    failure("none"), failure("empty", labels: ["complainer_file_instances": ""]),
                    failure("wanted", labels: ["complainer_file_instances": "a"]),
                ])))
        #expect(desk.collections == ["wanted"])
        #expect(try desk.states() == ["none": "skipped", "empty": "skipped", "wanted": "collecting"])
        #expect(desk.notes.contains(.skipped(failure("none"))))
    }

    @Test func endingASnapshotThatWasNotBegunIsAnOffence() throws {
        let desk = try Desk(scratch.path)
        let poller = try desk.connect(.poller)
        try desk.run(.poller(poller, .snapshot(.end)))
        #expect(desk.offences.count == 1)
        try desk.run(.poller(poller, .detected([failure()])))
        #expect(desk.recorded.isEmpty)
    }

    @Test func thePollersHealthIsKept() throws {
        let desk = try Desk(scratch.path)
        #expect(!desk.engine.state.health.ok)
        let poller = try desk.connect(.poller)
        try desk.run(.poller(poller, .health(reason: nil, mode: "stream", master: "m:5050")))
        #expect(desk.engine.state.health == HealthAnswer(ok: true, mode: "stream", master: "m:5050"))
        try desk.run(.poller(poller, .health(reason: "no leader", mode: "poll", master: nil)))
        #expect(desk.engine.state.health == HealthAnswer(ok: false, reason: "no leader", mode: "poll"))
    }
}
