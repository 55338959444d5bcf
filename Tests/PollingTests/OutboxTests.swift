import Complaints
import Testing

@testable import Polling

@Suite struct OutboxTests {
    private func attached() -> Outbox {
        var outbox = Outbox()
        #expect(outbox.attach() == false)
        return outbox
    }

    /// All that is to be sent now, in short.
    private func drain(_ outbox: inout Outbox) -> [String] {
        var sent: [String] = []
        while let message = outbox.nextMessage() {
            switch message {
            case .snapshot(let phase): sent.append(phase.rawValue)
            case .detected(let failures): sent += failures.map(\.id)
            case .health(let reason, _, _): sent.append("health \(reason ?? "well")")
            }
        }
        return sent
    }

    private func keys(_ numbers: Int...) -> [FailureKey] { numbers.map { failure($0).key } }

    @Test func nothingIsSentWhileNobodyIsThere() {
        var outbox = Outbox()
        outbox.add(failure(1))
        #expect(outbox.nextMessage() == nil)
        #expect(outbox.attach() == false)
        #expect(drain(&outbox) == ["task-1"])
    }

    @Test func creditIsSpentAndGivenBack() {
        var outbox = attached()
        for number in 0..<PollerMessage.credit { outbox.add(failure(number)) }
        #expect(outbox.room == 0)
        #expect(drain(&outbox).count == PollerMessage.credit)
        outbox.recorded(keys(3, 4, 99_999))
        #expect(outbox.room == 2)
        outbox.recorded(keys(3))
        #expect(outbox.room == 2)
    }

    @Test func aMessageHoldsAtMostSoManyFailures() {
        var outbox = attached()
        for number in 0..<600 { outbox.add(failure(number)) }
        var sizes: [Int] = []
        while case .detected(let failures)? = outbox.nextMessage() { sizes.append(failures.count) }
        #expect(sizes == [256, 256, 88])
    }

    @Test func largeFailuresAreSentInSmallerMessages() {
        var outbox = attached()
        for number in 0..<20 { outbox.add(failure(number, label: String(repeating: "x", count: 150_000))) }
        var sizes: [Int] = []
        while case .detected(let failures)? = outbox.nextMessage() { sizes.append(failures.count) }
        #expect(sizes.count > 4)
        #expect(sizes.reduce(0, +) == 20)
    }

    @Test func aFailureThatIsNotRecordedIsNotSentTwice() {
        var outbox = attached()
        outbox.add(failure(1))
        outbox.add(failure(1))
        #expect(drain(&outbox) == ["task-1"])
        outbox.add(failure(1))
        #expect(drain(&outbox) == [])
        outbox.recorded(keys(1))
        outbox.add(failure(1))
        #expect(drain(&outbox) == ["task-1"])
    }

    @Test func aNewDispatcherIsToldWhatTheOldOneDidNotRecord() {
        var outbox = attached()
        for number in 1...3 { outbox.add(failure(number)) }
        #expect(drain(&outbox) == ["task-1", "task-2", "task-3"])
        outbox.recorded(keys(2))
        outbox.detach()
        outbox.add(failure(4))
        #expect(outbox.nextMessage() == nil)
        #expect(outbox.attach() == false)
        #expect(drain(&outbox) == ["task-1", "task-3", "task-4"])
    }

    @Test func aSnapshotIsSafeWhenItsEndWasSentAndAllIsRecorded() {
        var outbox = attached()
        outbox.beginSnapshot()
        outbox.add(failure(1))
        outbox.endSnapshot()
        outbox.add(failure(2))
        #expect(drain(&outbox) == ["begin", "task-1", "end", "task-2"])
        outbox.recorded(keys(1))
        #expect(outbox.attach() == false)
        #expect(drain(&outbox) == ["task-2"])
    }

    @Test(arguments: 0...3)
    func aSnapshotThatIsNotSafeIsMadeAnew(progress: Int) {
        var outbox = attached()
        outbox.add(failure(7))
        outbox.beginSnapshot()
        if progress > 0 { outbox.add(failure(1)) }
        if progress > 1 { outbox.add(failure(2)) }
        if progress > 2 { outbox.endSnapshot() }
        _ = drain(&outbox)
        outbox.recorded(keys(1))
        #expect(outbox.attach() == true)
        // What failed before it was news, and stays.
        #expect(drain(&outbox) == ["task-7"])
        outbox.beginSnapshot()
        outbox.add(failure(1))
        outbox.endSnapshot()
        #expect(drain(&outbox) == ["begin", "task-1", "end"])
        outbox.recorded(keys(1, 7))
        #expect(outbox.room == PollerMessage.credit)
    }

    @Test func aSnapshotOfWhichNothingWasSentIsKept() {
        var outbox = Outbox()
        outbox.beginSnapshot()
        outbox.add(failure(1))
        #expect(outbox.attach() == false)
        outbox.endSnapshot()
        #expect(drain(&outbox) == ["begin", "task-1", "end"])
    }

    @Test func anEmptySnapshotHasABeginningAndAnEnd() {
        var outbox = attached()
        outbox.beginSnapshot()
        outbox.endSnapshot()
        #expect(drain(&outbox) == ["begin", "end"])
        #expect(outbox.attach() == false)
        #expect(drain(&outbox) == [])
    }

    @Test func resyncGivesUpTheSnapshotUnderWay() {
        var outbox = attached()
        outbox.beginSnapshot()
        outbox.add(failure(1))
        _ = drain(&outbox)
        outbox.add(failure(2))
        #expect(outbox.resync(seen: 1) == true)
        #expect(drain(&outbox) == [])
        // The one that was sent still counts: the dispatcher will record it.
        #expect(outbox.unrecorded == 1)
        outbox.endSnapshot()
        #expect(drain(&outbox) == [])
        outbox.recorded(keys(1))
        #expect(outbox.unrecorded == 0)
    }

    @Test func aSnapshotThatIsOnItsWayIsNotMadeTwice() {
        var outbox = Outbox()
        // The watcher is still asking the master.
        #expect(outbox.resync(seen: 0) == false)
        outbox.beginSnapshot()
        outbox.add(failure(1))
        #expect(outbox.resync(seen: 0) == false)
        outbox.endSnapshot()
        #expect(outbox.resync(seen: 0) == false)
        _ = outbox.attach()
        #expect(drain(&outbox) == ["begin", "task-1", "end"])
        // It asked before it could see that.
        #expect(outbox.resync(seen: 0) == false)
        // This one the dispatcher has seen, and asks for another.
        #expect(outbox.resync(seen: 1) == true)
        outbox.recorded(keys(1))
        #expect(outbox.resync(seen: 1) == true)
        // The next dispatcher has seen none.
        _ = outbox.attach()
        #expect(outbox.resync(seen: 0) == true)
    }

    @Test func anOldFailureOfASnapshotThatWasGivenUpIsNeverTakenForNews() {
        var outbox = attached()
        outbox.beginSnapshot()
        outbox.add(failure(1))
        outbox.add(failure(2))
        #expect(drain(&outbox) == ["begin", "task-1", "task-2"])
        // The stream breaks, and the dispatcher dies before it has recorded anything.
        outbox.beginSnapshot()
        outbox.detach()
        #expect(outbox.attach() == false)
        #expect(drain(&outbox) == ["begin"])
        outbox.add(failure(1))
        #expect(drain(&outbox) == ["task-1"])
        outbox.endSnapshot()
        // The master does not list the other any more; better late news than none.
        #expect(drain(&outbox) == ["end", "task-2"])
        outbox.recorded(keys(1))
        #expect(outbox.attach() == false, "the snapshot is safe")
        #expect(drain(&outbox) == ["task-2"])
        outbox.recorded(keys(2))
        #expect(outbox.unrecorded == 0)
    }

    @Test func healthIsToldWhenItChangesAndToEveryDispatcher() {
        var outbox = attached()
        let well = Outbox.Health(reason: nil, mode: "stream", master: "m")
        outbox.setHealth(well)
        outbox.setHealth(well)
        #expect(drain(&outbox) == ["health well"])
        outbox.setHealth(.init(reason: "sick", mode: "stream", master: nil))
        #expect(drain(&outbox) == ["health sick"])
        #expect(outbox.attach() == false)
        #expect(drain(&outbox) == ["health sick"])
    }
}
