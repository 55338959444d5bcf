import Complaints
import MesosClient
import Testing

@testable import Polling

@Suite struct PollDetectorTests {
    /// A detector that is fed documents, with a clock that moves only by hand.
    private struct Harness {
        var detector = PollDetector { _ in true }
        var now = ContinuousClock().now

        /// What one document tells; nil if it does not come from a leader.
        mutating func poll(_ document: String, afresh: Bool = false, cut: Int? = nil) throws -> [String]? {
            var reader = try MasterStateReader(states: StateSet(PollingSettings.defaultStates))
            detector.begin(afresh: afresh)
            let bytes = Array(document.utf8)
            do {
                try bytes.prefix(cut ?? bytes.count).withUnsafeBytes { bytes in
                    try reader.feed(bytes) { detector.take($0, now: now) }
                }
                try reader.finish { detector.take($0, now: now) }
            } catch {
                let early = detector.next(1000, complete: false, wall: Timestamp(nanoseconds: 1))
                detector.told(early)
                detector.end(complete: false)
                return early.map(\.id)
            }
            guard detector.standing == .leading else { return nil }
            let failures = detector.next(1000, complete: true, wall: Timestamp(nanoseconds: 1))
            detector.told(failures)
            detector.end(complete: true)
            return failures.map(\.id)
        }
    }

    private func task(_ id: String, _ state: String = "TASK_FAILED", at: Double? = 5) -> String {
        let status =
            at.map { #"{"state":"\#(state)","timestamp":\#($0)}"# } ?? #"{"state":"TASK_RUNNING","timestamp":1}"#
        return #"{"id":"\#(id)","framework_id":"F","slave_id":"A","state":"\#(state)","statuses":[\#(status)]}"#
    }

    private func state(_ tasks: [String], leader: String = "master@1:1") -> String {
        """
        {"pid":"master@1:1","leader":"\(leader)","slaves":[{"id":"A","hostname":"h","port":1}],"frameworks":[{"id":"F",\
        "tasks":[],"completed_tasks":[\(tasks.joined(separator: ","))],"name":"marathon"}],"completed_frameworks":[]}
        """
    }

    @Test func aPollRepeatsNothing() throws {
        var harness = Harness()
        #expect(try harness.poll(state([task("1"), task("2", "TASK_FINISHED"), task("3")])) == ["1", "3"])
        #expect(try harness.poll(state([task("1"), task("3")])) == [])
        #expect(try harness.poll(state([task("1"), task("3"), task("4")])) == ["4"])
    }

    @Test func theSameTaskMayFailAgain() throws {
        var harness = Harness()
        #expect(try harness.poll(state([task("1", at: 5)])) == ["1"])
        #expect(try harness.poll(state([task("1", at: 5), task("1", at: 9)])) == ["1"])
    }

    @Test func onlyWhatTheStateStillShowsIsRemembered() throws {
        var harness = Harness()
        #expect(try harness.poll(state([task("1")])) == ["1"])
        #expect(try harness.poll(state([])) == [])
        #expect(try harness.poll(state([task("1")])) == ["1"])
    }

    @Test func aSnapshotTellsEverythingAgain() throws {
        var harness = Harness()
        #expect(try harness.poll(state([task("1")])) == ["1"])
        #expect(try harness.poll(state([task("1")]), afresh: true) == ["1"])
    }

    @Test func halfADocumentForgetsNothing() throws {
        var harness = Harness()
        #expect(try harness.poll(state([task("1"), task("2")])) == ["1", "2"])
        let document = state([task("1"), task("2"), task("3")])
        var told: [String] = []
        for cut in stride(from: 0, to: document.utf8.count, by: 7) {
            told += try harness.poll(document, cut: cut) ?? []
        }
        told += try harness.poll(document) ?? []
        #expect(told == ["3"])
        #expect(try harness.poll(document) == [])
    }

    @Test func aStatusThatLagsIsWaitedForFiveSeconds() throws {
        var harness = Harness()
        #expect(try harness.poll(state([]), afresh: true) == [])
        #expect(try harness.poll(state([task("1", at: nil), task("2", at: nil)])) == [])
        harness.now += .seconds(3)
        #expect(try harness.poll(state([task("1", at: nil), task("2", at: 7)])) == ["2"])
        harness.now += .seconds(2)
        #expect(try harness.poll(state([task("1", at: nil), task("2", at: 7)])) == ["1"])
        harness.now += .seconds(60)
        #expect(try harness.poll(state([task("1", at: nil), task("2", at: 7)])) == [])
        // Its end is told when it is known; the ledger knows that it is the same.
        #expect(try harness.poll(state([task("1", at: 8), task("2", at: 7)])) == ["1"])
    }

    @Test func whatLagsInASnapshotIsPartOfIt() throws {
        var harness = Harness()
        #expect(try harness.poll(state([task("1", at: nil)]), afresh: true) == ["1"])
        for _ in 0..<3 {
            harness.now += .seconds(5)
            #expect(try harness.poll(state([task("1", at: nil)])) == [])
        }
    }

    @Test func theHostOfAnAgentThatDiedWithItsTasksIsTold() throws {
        var harness = Harness()
        #expect(try harness.poll(state([]), afresh: true) == [])
        let without = state([task("1", "TASK_LOST")]).replacing(#"{"id":"A","hostname":"h","port":1}"#, with: "")
        var reader = try MasterStateReader(states: StateSet(["TASK_LOST"]))
        harness.detector.begin(afresh: false)
        try Array(without.utf8).withUnsafeBytes { bytes in
            try reader.feed(bytes) { harness.detector.take($0, now: harness.now) }
        }
        try reader.finish { harness.detector.take($0, now: harness.now) }
        let failures = harness.detector.next(10, complete: true, wall: Timestamp(nanoseconds: 1))
        #expect(failures.map(\.slave) == ["h"] && failures.first?.agent?.port == 1)
    }

    @Test(arguments: ["master@2:2", ""])
    func onlyTheLeadersAnswerCounts(leader: String) throws {
        var harness = Harness()
        #expect(try harness.poll(state([task("1")], leader: leader)) == nil)
        #expect(harness.detector.standing == .following(leader))
        #expect(try harness.poll(#"{"frameworks":[]}"#) == nil)
        #expect(harness.detector.standing == .unknown)
    }

    @Test func nothingIsToldBeforeItIsCertain() throws {
        // pid and leader after the tasks, agents last of all.
        let document = """
            {"frameworks":[{"completed_tasks":[\(task("1"))],"name":"marathon","id":"F"}],"pid":"m","leader":"m",\
            "slaves":[{"id":"A","hostname":"h","port":1,"pid":"slave(1)@10.0.0.1:1"}]}
            """
        var detector = PollDetector { $0 == "marathon" }
        var reader = try MasterStateReader(states: StateSet(["TASK_FAILED"]))
        detector.begin(afresh: true)
        var early = 0
        try Array(document.utf8).withUnsafeBytes { bytes in
            try reader.feed(bytes) { detector.take($0, now: ContinuousClock().now) }
        }
        try reader.finish { fact in
            if detector.standing == .leading, detector.facts.agentCount == 0 {
                early += detector.next(10, complete: false, wall: Timestamp(nanoseconds: 1)).count
            }
            detector.take(fact, now: ContinuousClock().now)
        }
        #expect(early == 0)
        let failures = detector.next(10, complete: true, wall: Timestamp(nanoseconds: 1))
        #expect(failures.map(\.framework) == ["marathon"] && failures.first?.slave == "h")
    }

    @Test func tasksOfCompletedFrameworksCount() throws {
        let document = """
            {"pid":"m","leader":"m","slaves":[],"frameworks":[],"completed_frameworks":[{"id":"F","name":"n",\
            "tasks":[\(task("1"))],"unreachable_tasks":[\(task("2"))],"completed_tasks":[\(task("3"))]}]}
            """
        var harness = Harness()
        #expect(Set(try #require(try harness.poll(document))) == ["1", "2", "3"])
    }

    @Test func frameworksThatAreNotWatchedAreSilent() throws {
        var harness = Harness()
        harness.detector = PollDetector { $0 != "marathon" }
        #expect(try harness.poll(state([task("1")])) == [])
    }

    /// Tasks with more labels than anybody needs must not keep the failures of others from being told, nor cost them their
    /// labels.
    @Test func aFrameworkFullOfLabelsHidesNothing() throws {
        var detector = PollDetector(watches: { _ in true }, maximumHeld: 4 << 20)
        var reader = try MasterStateReader(states: StateSet(["TASK_FAILED"]))
        let value = String(repeating: "x", count: 20_000)
        func task(_ id: String, _ labels: [String]) -> String {
            """
            {"id":"\(id)","framework_id":"F","state":"TASK_FAILED","labels":[\(labels.joined(separator: ","))],\
            "statuses":[{"state":"TASK_FAILED","timestamp":5}]}
            """
        }
        func label(_ key: String, _ value: String) -> String { "{\"key\":\"\(key)\",\"value\":\"\(value)\"}" }
        let large = (0..<10).map { label("large\($0)", value) } + [label("complainer_slack_instances", "ops")]
        var tasks: [String] = []
        for number in 0..<100 {
            tasks.append(task("large\(number)", large))
            tasks.append(task("small\(number)", [label("team", "shop")]))
        }
        let document = """
            {"pid":"m","leader":"m","slaves":[],"frameworks":[{"id":"F","name":"n","completed_tasks":\
            [\(tasks.joined(separator: ","))]}]}
            """
        detector.begin(afresh: true)
        let now = ContinuousClock.now
        var isFull = false
        var bytes = Array(document.utf8)[...]
        while !bytes.isEmpty {
            try Array(bytes.prefix(16_384)).withUnsafeBytes { chunk in
                try reader.feed(chunk) { detector.take($0, now: now) }
            }
            isFull = isFull || detector.isFull
            bytes = bytes.dropFirst(16_384)
        }
        try reader.finish { detector.take($0, now: now) }
        #expect(!isFull)
        let failures = detector.next(1000, complete: true, wall: Timestamp(nanoseconds: 0))
        #expect(failures.count == 200)
        #expect(failures.allSatisfy { $0.id.hasPrefix("large") || $0.labels == ["team": "shop"] })
        #expect(failures.allSatisfy { $0.id.hasPrefix("small") || $0.labels["complainer_slack_instances"] == "ops" })
    }
}
