import Complaints
import MesosClient
import Testing

@testable import Polling

@Suite struct StreamDetectorTests {
    private func added(_ task: String) -> String { #"{"type":"TASK_ADDED","task_added":{"task":\#(task)}}"# }

    @Test func aFailureHasEverythingThatTheIndexAndTheStatusTell() throws {
        var harness = StreamHarness()
        try harness.feed(
            subscribedJSON(), added(taskJSON("t")),
            updateJSON("TASK_RUNNING", status: statusJSON("TASK_RUNNING", at: 100.5)),
            updateJSON("TASK_FAILED", status: statusJSON("TASK_FAILED", at: 101.5)))
        let failure = try #require(harness.failures().first)
        #expect(failure.id == "t" && failure.name == "web" && failure.image == "busybox")
        #expect(failure.framework == "marathon" && failure.frameworkID == "F-1")
        #expect(failure.slave == "host" && failure.agentID == "A-S0" && failure.executorID == "")
        #expect(failure.agent == AgentAddress(hostname: "host", ip: "10.0.0.7", port: 5051))
        #expect(failure.state == "TASK_FAILED" && failure.labels == ["app": "x"])
        #expect(failure.started == Timestamp(seconds: 100.5) && failure.finished == Timestamp(seconds: 101.5))
        #expect(failure.terminal == Timestamp(seconds: 101.5))
        #expect(failure.message == "it exited with status 3" && failure.reason == "R" && failure.source == "S")
        #expect(failure.exitCode == 3 && failure.containerIDs == ["p", "c-1"])
        #expect(harness.detector.index.count == 0)
    }

    @Test func aStatusThatLagsIsWaitedFor() throws {
        var harness = StreamHarness()
        try harness.feed(
            subscribedJSON(), added(taskJSON("t")),
            updateJSON("TASK_FAILED", status: statusJSON("TASK_STARTING", at: 100)),
            updateJSON("TASK_FAILED", status: statusJSON("TASK_RUNNING", at: 101, container: "c-2")))
        harness.pass(.seconds(4))
        #expect(harness.failures().isEmpty)
        try harness.feed(updateJSON("TASK_FAILED", status: statusJSON("TASK_FAILED", at: 102)))
        let failure = try #require(harness.failures().first)
        #expect(failure.terminal == Timestamp(seconds: 102) && failure.started == Timestamp(seconds: 100))
        harness.pass(.seconds(10))
        #expect(harness.failures().isEmpty)
        #expect(harness.detector.nextDeadline == nil)
    }

    @Test func aStatusThatDoesNotComeIsNotWaitedForForEver() throws {
        var harness = StreamHarness()
        try harness.feed(
            subscribedJSON(), added(taskJSON("t")),
            updateJSON("TASK_FAILED", status: statusJSON("TASK_STARTING", at: 100)))
        harness.pass(.seconds(3))
        try harness.feed(updateJSON("TASK_FAILED", status: statusJSON("TASK_RUNNING", at: 101, container: "c-2")))
        harness.pass(.seconds(2))
        let failure = try #require(harness.failures().first)
        #expect(failure.terminal == nil && failure.key.microseconds == 0)
        #expect(failure.state == "TASK_FAILED" && failure.finished == Timestamp(seconds: 101))
        #expect(failure.containerIDs == ["p", "c-2"] && failure.message == "")
        // Much later the framework has acknowledged, and the true end is told.
        try harness.feed(updateJSON("TASK_FAILED", status: statusJSON("TASK_FAILED", at: 102)))
        let late = try #require(harness.failures().first)
        #expect(late.terminal == Timestamp(seconds: 102) && late.name == "web")
    }

    @Test func aRepeatedStatusIsToldOnceAndAsksNobody() throws {
        var harness = StreamHarness()
        try harness.feed(subscribedJSON(), added(taskJSON("t")))
        for _ in 0..<3 { try harness.feed(updateJSON("TASK_LOST", status: statusJSON("TASK_LOST", at: 102))) }
        #expect(harness.failures().count == 1)
        #expect(harness.detector.takeLookups().isEmpty)
    }

    @Test func onlyStatesThatAreWantedAreToldButAllEndsAreForgotten() throws {
        var harness = StreamHarness(states: ["TASK_KILLED", "TASK_UNREACHABLE"])
        try harness.feed(
            subscribedJSON(), added(taskJSON("a")), added(taskJSON("b")), added(taskJSON("c")), added(taskJSON("d")),
            updateJSON("TASK_FAILED", status: statusJSON("TASK_FAILED", at: 1, task: "a")),
            updateJSON("TASK_KILLED", status: statusJSON("TASK_KILLED", at: 2, task: "b")),
            updateJSON("TASK_UNREACHABLE", status: statusJSON("TASK_UNREACHABLE", at: 3, task: "c")),
            updateJSON("TASK_FINISHED", status: statusJSON("TASK_FINISHED", at: 4, task: "d")))
        #expect(harness.failures().map(\.id) == ["b", "c"])
        // The unreachable one may come back.
        #expect(harness.detector.index.count == 1)
    }

    @Test func theSnapshotTellsWhatTheMasterKnowsWithNamesThatComeLater() throws {
        var harness = StreamHarness()
        try harness.feed(
            subscribedJSON(
                tasks: [taskJSON("live"), taskJSON("unacknowledged", state: "TASK_FAILED", statuses: [])],
                completed: [
                    taskJSON("old", state: "TASK_FAILED", statuses: [statusJSON("TASK_FAILED", at: 1)]),
                    taskJSON("fine", state: "TASK_FINISHED", statuses: [statusJSON("TASK_FINISHED", at: 1)]),
                    taskJSON("new", state: "TASK_LOST", statuses: [statusJSON("TASK_LOST", at: 2)]),
                    "{}", "null",
                ]))
        let failures = harness.snapshot()
        #expect(failures.map(\.id) == ["unacknowledged", "old", "new"])
        #expect(failures.allSatisfy { $0.framework == "marathon" && $0.slave == "host" })
        #expect(harness.detector.index.count == 1)
        #expect(failures.first?.state == "UNKNOWN" && failures.first?.terminal == nil)
        #expect(failures.first?.finished == Timestamp(nanoseconds: 44))
        harness.pass(.seconds(5))
        #expect(harness.failures().isEmpty)
    }

    @Test func aFailureWhoseFrameworkIsAwayIsAsOldAsTheSnapshot() throws {
        var harness = StreamHarness()
        let yesterday = statusJSON("TASK_RUNNING", at: 1)
        try harness.feed(subscribedJSON(tasks: [taskJSON("t", state: "TASK_FAILED", statuses: [yesterday])]))
        let failure = try #require(harness.snapshot().first)
        #expect(failure.state == "TASK_FAILED" && failure.terminal == nil && failure.finished == Timestamp(seconds: 1))
        // The agent repeats what was not acknowledged.
        try harness.feed(updateJSON("TASK_FAILED", status: yesterday))
        let lookup = try #require(harness.detector.takeLookups().first)
        harness.detector.resolve(
            lookup, TaskRecord(id: "t", frameworkID: "F-1", state: "TASK_FAILED"), now: harness.now,
            wall: Timestamp(nanoseconds: 1))
        harness.pass(.seconds(10))
        #expect(harness.failures().isEmpty)
    }

    private func unreachable(_ task: String) -> String {
        updateJSON("TASK_UNREACHABLE", status: statusJSON("TASK_UNREACHABLE", at: 3, task: task))
    }

    @Test func tasksOfAgentsThatNeverComeBackDoNotStayForEver() throws {
        var harness = StreamHarness()
        try harness.feed(subscribedJSON(tasks: [taskJSON("u", state: "TASK_UNREACHABLE"), taskJSON("live")]))
        for number in 0..<UnreachableTasks.most { try harness.feed(added(taskJSON("t-\(number)"))) }
        #expect(harness.detector.liveTasks == UnreachableTasks.most + 1)
        for number in 0..<UnreachableTasks.most { try harness.feed(unreachable("t-\(number)")) }
        #expect(harness.detector.liveTasks == 1)
        #expect(harness.detector.index.count == UnreachableTasks.most + 1, "the oldest had to go")
        // What is still known is told at once, what comes back is known.
        try harness.feed(updateJSON("TASK_LOST", status: statusJSON("TASK_LOST", at: 5, task: "t-0")))
        #expect(harness.failures().first?.name == "web")
        try harness.feed(added(taskJSON("t-1")))
        #expect(harness.detector.liveTasks == 2)
        try harness.feed(updateJSON("TASK_GONE", status: statusJSON("TASK_GONE", at: 5, task: "u")))
        #expect(harness.detector.takeLookups().count == 1)
    }

    @Test func aTaskThatComesAndGoesIsCountedOnce() throws {
        var harness = StreamHarness()
        try harness.feed(subscribedJSON(), added(taskJSON("t")))
        for _ in 0..<300 {
            try harness.feed(unreachable("t"))
            #expect(harness.detector.liveTasks == 0)
            try harness.feed(updateJSON("TASK_RUNNING", status: statusJSON("TASK_RUNNING", at: 4)))
            #expect(harness.detector.liveTasks == 1)
        }
        try harness.feed(unreachable("t"), updateJSON("TASK_FINISHED", status: statusJSON("TASK_FINISHED", at: 5)))
        #expect(harness.detector.liveTasks == 0 && harness.detector.index.count == 0)
    }

    @Test func aNewSnapshotReplacesEverything() throws {
        var harness = StreamHarness()
        try harness.feed(
            subscribedJSON(tasks: [taskJSON("gone"), taskJSON("lags")]),
            updateJSON("TASK_FAILED", status: statusJSON("TASK_RUNNING", at: 1, task: "lags")),
            subscribedJSON(tasks: [taskJSON("here")]))
        #expect(harness.detector.index.count == 1)
        harness.pass(.seconds(10))
        #expect(harness.failures().isEmpty)
    }

    @Test func aTaskThatIsNotInTheIndexIsAskedFor() throws {
        var harness = StreamHarness()
        try harness.feed(
            subscribedJSON(), updateJSON("TASK_FAILED", status: statusJSON("TASK_FAILED", at: 5, task: "stranger")))
        #expect(harness.failures().isEmpty)
        let lookup = try #require(harness.detector.takeLookups().first)
        let known = TaskRecord(id: "stranger", name: "web", frameworkID: "F-1", agentID: "A-S0", labels: ["a": "b"])
        var other = harness
        harness.detector.resolve(lookup, known, now: harness.now, wall: Timestamp(nanoseconds: 1))
        let failure = try #require(harness.failures().first)
        #expect(failure.labels == ["a": "b"] && failure.message == "it exited with status 3")
        // If the master does not know it, what the event says has to do.
        other.detector.resolve(lookup, nil, now: other.now, wall: Timestamp(nanoseconds: 1))
        let poor = try #require(other.failures().first)
        #expect(poor.id == "stranger" && poor.slave == "host" && poor.executorID == "e")
        #expect(poor.terminal == Timestamp(seconds: 5))
    }

    @Test func theAnswerMayKnowTheEndBeforeTheStreamTellsIt() throws {
        var harness = StreamHarness()
        try harness.feed(
            subscribedJSON(), updateJSON("TASK_FAILED", status: statusJSON("TASK_RUNNING", at: 5, task: "stranger")))
        let lookup = try #require(harness.detector.takeLookups().first)
        var known = TaskRecord(id: "stranger", frameworkID: "F-1", state: "TASK_FAILED")
        known.history.append(StatusRecord(state: "TASK_FAILED", timestamp: 6), terminal: "TASK_FAILED")
        harness.detector.resolve(lookup, known, now: harness.now, wall: Timestamp(nanoseconds: 1))
        #expect(harness.failures().first?.terminal == Timestamp(seconds: 6))
    }

    @Test func frameworksThatAreNotWatchedAreSilent() throws {
        var harness = StreamHarness(watches: { $0 != "marathon" })
        try harness.feed(
            subscribedJSON(completed: [
                taskJSON("old", state: "TASK_FAILED", statuses: [statusJSON("TASK_FAILED", at: 1)])
            ]),
            added(taskJSON("t")), updateJSON("TASK_FAILED", status: statusJSON("TASK_FAILED", at: 5)),
            updateJSON("TASK_FAILED", status: statusJSON("TASK_FAILED", at: 5, task: "stranger")))
        #expect(harness.snapshot().isEmpty)
        #expect(harness.failures().isEmpty)
        #expect(harness.detector.takeLookups().isEmpty)
        #expect(harness.detector.index.count == 0)
    }

    @Test func whatIsRemovedIsRememberedForItsLastFailures() throws {
        var harness = StreamHarness()
        try harness.feed(
            subscribedJSON(), added(taskJSON("t")), added(taskJSON("u")),
            updateJSON("TASK_FAILED", status: statusJSON("TASK_RUNNING", at: 5)),
            #"{"framework_removed":{"framework_info":{"name":"marathon","id":{"value":"F-1"}}}}"#,
            #"{"agent_removed":{"agent_id":{"value":"A-S0"}}}"#)
        #expect(harness.detector.index.count == 0)
        try harness.feed(updateJSON("TASK_FAILED", status: statusJSON("TASK_FAILED", at: 6)))
        let failure = try #require(harness.failures().first)
        #expect(failure.framework == "marathon" && failure.slave == "host" && failure.name == "web")
    }

    @Test func eventsWithNothingInThemDoNoHarm() throws {
        var harness = StreamHarness()
        try harness.feed(
            "{}", "[]", "null", #"{"task_updated":null}"#, #"{"task_updated":{"status":{}}}"#,
            #"{"task_updated":{"framework_id":{"value":"F"},"status":{"state":"TASK_FAILED"}}}"#,
            #"{"task_added":{"task":{}}}"#, #"{"agent_removed":{}}"#, #"{"subscribed":{}}"#,
            #"{"framework_removed":[]}"#)
        #expect(harness.snapshot().isEmpty && harness.failures().isEmpty)
    }
}
