import Complaints
import MesosClient
import Supervision
import Testing

@testable import Polling

@Suite struct PolicyTests {
    private let start = ContinuousClock().now

    private func ring(_ hosts: String...) throws -> MasterRing { MasterRing(try hosts.map { try MasterURL($0) }) }

    @Test func mastersAreTriedRound() throws {
        var ring = try ring("a", "b", "c")
        #expect(ring.failed() == false)
        #expect(ring.current.authority == "b")
        #expect(ring.failed() == false)
        #expect(ring.failed() == true)
        #expect(ring.current.authority == "a")
        #expect(ring.failed() == false)
        ring.succeeded()
        // The one that answered failed: all others are tried before the round is over.
        #expect(ring.failed() == false)
        #expect(ring.failed() == false)
        #expect(ring.failed() == true)
    }

    @Test func redirectsAreFollowedButNotForEver() throws {
        var ring = try ring("a", "b")
        let (x, y) = (try MasterURL("x"), try MasterURL("y"))
        #expect(ring.redirected(to: x) == true)
        #expect(ring.current == x)
        #expect(ring.redirected(to: x) == false)
        #expect(ring.redirected(to: y) == true)
        #expect(ring.redirected(to: x) == true)
        #expect(ring.redirected(to: y) == false)
        #expect(ring.failed() == false)
        #expect(ring.current.authority == "b")
        #expect(ring.redirected(to: x) == true)
        ring.succeeded()
        // The leader that was found by a redirect dies: the list is asked again.
        #expect(ring.failed() == false)
        #expect(ring.current.authority == "a")
    }

    @Test func waitsDoubleUpToALimit() {
        var backoff = Backoff(last: .seconds(4))
        var random = SystemRandomNumberGenerator()
        var waits = (0..<8).map { _ in backoff.wait(using: &random) }
        for (wait, nominal) in zip(waits, [100, 200, 400, 800, 1600, 3200, 4000, 4000]) {
            #expect(wait <= .milliseconds(nominal) && wait >= .milliseconds(nominal * 3 / 4))
        }
        backoff.reset()
        waits = [backoff.wait(using: &random)]
        #expect(waits[0] <= .milliseconds(100))
    }

    @Test func whoSaysNothingMayBeSlowAndIsNotAskedAllTheTime() {
        let patience = Watcher.Patience()
        var slowness = Slowness()
        #expect(slowness.firstByte(patience) == .seconds(10))
        #expect(slowness.silent(for: .seconds(10), next: nil, patience) == nil, "there are other masters")
        #expect(slowness.firstByte(patience) == .seconds(30))
        #expect(slowness.silent(for: .seconds(30), next: nil, patience) == .seconds(30))
        #expect(slowness.firstByte(patience) == .seconds(90))
        #expect(slowness.silent(for: .seconds(300), next: .seconds(1), patience) == .seconds(90))
        slowness.answered(after: .seconds(12))
        #expect(slowness.firstByte(patience) == .seconds(48))
        #expect(slowness.silent(for: .seconds(48), next: .seconds(1), patience) == .seconds(48))
        slowness.answered(after: .milliseconds(3))
        #expect(slowness.firstByte(patience) == .seconds(10))
    }

    @Test func autoFallsBackAndComesBack() {
        var policy = DetectionPolicy(.auto)
        #expect(policy.mode(now: start) == .stream)
        policy.streamRefused(now: start)
        #expect(policy.mode(now: start + .seconds(299)) == .poll)
        #expect(policy.mode(now: start + .seconds(300)) == .stream)
        #expect(policy.mode(now: start) == .stream)
    }

    @Test func aStreamThatIsTakenAwayThreeTimesIsGivenUpForAWhile() {
        var policy = DetectionPolicy(.auto)
        for _ in 0..<2 { #expect(policy.streamEnded(after: .seconds(1), now: start) == true) }
        #expect(policy.mode(now: start) == .stream)
        #expect(policy.streamEnded(after: .seconds(60), now: start) == false)
        for _ in 0..<2 { policy.streamEnded(after: .seconds(1), now: start) }
        #expect(policy.mode(now: start) == .stream)
        policy.streamEnded(after: .seconds(1), now: start)
        #expect(policy.mode(now: start) == .poll)
    }

    @Test func anOperatorsWordIsKept() {
        var stream = DetectionPolicy(.stream)
        stream.streamRefused(now: start)
        #expect(stream.mode(now: start) == .stream)
        var poll = DetectionPolicy(.poll)
        #expect(poll.mode(now: start) == .poll)
    }

    @Test func aShortFailOverIsNobodysBusiness() {
        var judge = HealthJudge()
        judge.failed("http://a", "is away")
        #expect(judge.verdict(now: start)?.contains("http://a is away") == true)
        judge.well(now: start)
        judge.failed("http://b", "http://b: connection refused")
        #expect(judge.verdict(now: start + .seconds(2)) == nil)
        let verdict = judge.verdict(now: start + .seconds(3))
        #expect(verdict == "no leading Mesos master: http://b: connection refused")
    }

    @Test func theStatusIsToldOnceASecondAndNeverStale() {
        var line = StatusLine()
        #expect(line.set("a", now: start) == .tell("a"))
        #expect(line.set("a", now: start) == .nothing)
        #expect(line.set("b", now: start + .milliseconds(100)) == .later(start + .seconds(1)))
        #expect(line.set("c", now: start + .milliseconds(200)) == .nothing)
        #expect(line.due(now: start + .seconds(1)) == "c")
        #expect(line.set("d", now: start + .milliseconds(1500)) == .later(start + .seconds(2)))
        #expect(line.set("c", now: start + .milliseconds(1600)) == .nothing)
        #expect(line.due(now: start + .seconds(2)) == nil)
        #expect(line.set("e", now: start + .seconds(3)) == .tell("e"))
    }

    @Test func settings() throws {
        let settings = try PollingSettings(
            WorkerSettings(values: [
                "masters": ["http://a:5050/, b:5050,b:5050"], "detect": ["poll"], "poll-interval": ["1m0.5s"],
                "states": ["TASK_KILLED, TASK_LOST"],
            ]))
        #expect(settings.masters.map(\.description) == ["http://a:5050", "http://b:5050"])
        #expect(settings.detect == .poll && settings.pollInterval == .seconds(60.5))
        #expect(settings.states == ["TASK_KILLED", "TASK_LOST"])
        let defaults = try PollingSettings(WorkerSettings(values: ["masters": ["a"]]))
        #expect(defaults.detect == .auto && defaults.pollInterval == .seconds(5))
        #expect(defaults.states == PollingSettings.defaultStates)
    }

    @Test(arguments: [
        ["masters": []], ["masters": [","]], ["masters": ["http://user:secret@"]], ["masters": ["a"], "detect": ["x"]],
        ["masters": ["a"], "poll-interval": ["5"]], ["masters": ["a"], "poll-interval": ["0s"]],
        ["masters": ["a"], "poll-interval": ["-5s"]],
    ])
    func settingsThatCannotBeUsed(values: [String: [String]]) {
        #expect {
            try PollingSettings(WorkerSettings(values: values))
        } throws: { error in
            !"\(error)".contains("secret")
        }
    }

    @Test func aMadTaskIsCutDown() {
        var mad = failure(1)
        for number in 0..<100 { mad.labels["label-\(number)"] = String(repeating: "x", count: 100_000) }
        mad.labels["small"] = "kept"
        mad.message = String(repeating: "ä", count: 1_000_000)
        mad.shorten()
        #expect(mad.sizeEstimate <= Failure.maximumSize)
        #expect(mad.labels["small"] == "kept")
        #expect(mad.key == failure(1).key)
        let usual = failure(2, label: "usual")
        var same = usual
        same.shorten()
        #expect(same == usual)
    }

    @Test(arguments: [
        ("Command exited with status 3", 3), ("Container exited with status 137, out of memory", 137),
        ("exited with status ", nil), ("exited with status 99999999999999999999", nil), ("killed", nil),
    ])
    func exitCodes(message: String, code: Int?) {
        #expect(ExitCode.find(in: message) == code)
    }
}
