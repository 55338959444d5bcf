import Complaints
import Testing

@testable import Dispatching

@Suite("Backoff")
struct BackoffTests {
    let backoff = Backoff(retryFor: .seconds(3600))

    func wait(_ attempts: Int, retryAfter: Double? = nil, jitter: Double = 1, at moment: Double = 0) -> Double? {
        backoff.next(after: attempts, since: at(0), now: at(moment), retryAfter: retryAfter, jitter: jitter)
            .map { Double($0.since(at(moment)).nanoseconds) / 1e9 }
    }

    @Test func doublesFromOneSecondToFiveMinutes() {
        #expect((1...11).map { wait($0) } == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300])
        #expect(wait(.max) == 300)
        #expect(wait(0) == 1)
    }

    @Test func jitterShortensByHalfAtMost() {
        #expect(wait(4, jitter: 0) == 4)
        #expect(wait(4, jitter: 0.5) == 6)
        #expect(wait(4, jitter: -7) == 4)
    }

    @Test func whatTheServiceAsksForWins() {
        #expect(wait(1, retryAfter: 90) == 90)
        #expect(wait(9, retryAfter: 0) == 0)
    }

    @Test(arguments: [-1, .nan, .infinity, -Double.infinity])
    func nonsenseFromTheServiceDoesNot(retryAfter: Double) {
        #expect(wait(1, retryAfter: retryAfter) == 1)
    }

    @Test func theLastTryIsAtTheDeadlineAndNothingComesAfterIt() {
        #expect(wait(12, at: 3590) == 10)
        #expect(wait(1, retryAfter: 1e300, at: 100) == 3500)
        #expect(wait(1, at: 3600) == nil)
    }
}

@Suite("Credit")
struct CreditBookTests {
    /// `#expect` cannot call what mutates a value.
    final class Book {
        var book = CreditBook<Int, String>()
        var credit: Int { book.credit }
        var room: Int { book.room }
        func announce(_ count: Int) -> Bool { book.announce(count) }
        func take(_ work: Int, crashes: Int, note: String) -> Bool { book.take(work, crashes: crashes, note: note) }
        func finish(_ work: Int) -> String? { book.finish(work) }
    }

    @Test func nothingIsGivenWithoutCreditOrBeyondIt() {
        let book = Book()
        #expect(!book.take(1, crashes: 0, note: "a"))
        #expect(book.announce(2))
        #expect(book.take(1, crashes: 0, note: "a"))
        #expect(!book.take(1, crashes: 0, note: "again"))
        #expect(book.take(2, crashes: 1, note: "b"))
        #expect(!book.take(3, crashes: 0, note: "c"))
        #expect(book.finish(1) == "a")
        #expect(book.finish(1) == nil)
        #expect(book.take(3, crashes: 0, note: "c"))
    }

    @Test func aSuspectIsAlone() {
        let book = Book()
        #expect(book.announce(4))
        #expect(book.take(1, crashes: 0, note: "a"))
        #expect(!book.take(2, crashes: 2, note: "suspect"))
        #expect(book.finish(1) == "a")
        #expect(book.take(2, crashes: 2, note: "suspect"))
        #expect(book.room == 0)
        #expect(!book.take(3, crashes: 0, note: "c"))
        #expect(book.finish(2) == "suspect")
        #expect(book.room == 4)
    }

    @Test func creditMustMakeSenseAndIsBounded() {
        let book = Book()
        #expect(!book.announce(0))
        #expect(!book.announce(-3))
        #expect(book.announce(.max))
        #expect(book.credit == 256)
    }
}

@Suite("Which failures are known")
struct SightingRuleTests {
    typealias Verdict = SightingRule.Verdict

    func seen(_ seconds: Double, recorded: Double? = nil) -> Sighting {
        Sighting(microseconds: at(seconds).microseconds, recorded: at(recorded ?? seconds))
    }

    func unknownTime(recorded: Double, lastStatus: Double? = nil, resolved: Double? = nil) -> Sighting {
        Sighting(
            microseconds: 0, recorded: at(recorded),
            lastStatus: lastStatus.map { at($0) } ?? Timestamp(nanoseconds: 0),
            resolved: resolved.map { at($0).microseconds })
    }

    /// Without a terminal status; `lastStatus` nil: without any.
    func untimed(lastStatus: Double?) -> Failure {
        var failure = failure(terminal: false)
        failure.started = Timestamp(nanoseconds: 0)
        failure.finished = lastStatus.map { at($0) } ?? Timestamp(nanoseconds: 0)
        return failure
    }

    func judge(_ failure: Failure, _ sightings: [Sighting], now: Double = 5000) -> Verdict {
        SightingRule.judge(failure, among: sightings, now: at(now))
    }

    @Test func theSameTimeIsTheSameRunAndAnotherTimeAnother() {
        #expect(judge(failure(finished: 100), []) == .news)
        #expect(judge(failure(finished: 100), [seen(100)]) == .known)
        #expect(judge(failure(finished: 101), [seen(100)]) == .news)
        #expect(judge(failure(finished: 99), [seen(100)]) == .news)
    }

    @Test func aTimeThatBecomesKnownResolvesTheRunWithoutOneOnce() {
        let run = failure(finished: 100)
        #expect(judge(run, [unknownTime(recorded: 101, lastStatus: 60)]) == .resolves)
        #expect(judge(run, [unknownTime(recorded: 101)]) == .resolves)
        #expect(judge(failure(finished: 300), [unknownTime(recorded: 101, resolved: 100), seen(100)]) == .news)
    }

    @Test func aRetryOfTheSameIdIsNotTheRunWithoutATime() {
        // Its first status is later than the last of the other.
        #expect(
            judge(failure(finished: 110, started: 105), [unknownTime(recorded: 101, lastStatus: 60)]) == .news)
        // The other was known to have failed long before this one did.
        #expect(judge(failure(finished: 300), [unknownTime(recorded: 101)]) == .news)
    }

    @Test func aFirstStatusThatIsTheTerminalOneProvesNothing() {
        #expect(
            judge(failure(finished: 100, started: 100), [unknownTime(recorded: 101, lastStatus: 60)]) == .resolves)
    }

    @Test func withoutATimeItIsTheNewestRunUnlessAStatusIsLater() {
        #expect(judge(untimed(lastStatus: 60), [seen(100)]) == .known)
        #expect(judge(untimed(lastStatus: 150), [seen(100)]) == .news)
        #expect(judge(untimed(lastStatus: 150), [seen(100), seen(200)]) == .known)
        #expect(judge(untimed(lastStatus: 60), []) == .news)
    }

    @Test func withoutAnyTimeOnlyWhatWasRecordedJustNowIsTheSame() {
        #expect(judge(untimed(lastStatus: nil), [seen(100)], now: 130) == .known)
        #expect(judge(untimed(lastStatus: nil), [seen(100)], now: 300) == .news)
    }

    @Test func withoutATimeTwiceIsTheSameUntilItIsResolved() {
        #expect(judge(untimed(lastStatus: nil), [unknownTime(recorded: 100)]) == .known)
        let resolved = [unknownTime(recorded: 101, lastStatus: 60, resolved: 100), seen(100)]
        #expect(judge(untimed(lastStatus: 60), resolved) == .known)
        #expect(judge(untimed(lastStatus: 170), resolved) == .news)
    }
}

@Suite("Baseline")
struct BaselineRuleTests {
    @Test func onlyYoungFailuresAreNews() {
        let rule = BaselineRule(catchUp: .seconds(600), since: nil)
        #expect(rule.isNews(failure(finished: 500), now: at(1000)))
        #expect(rule.isNews(failure(finished: 400), now: at(1000)))
        #expect(!rule.isNews(failure(finished: 399), now: at(1000)))
        #expect(!BaselineRule(catchUp: .zero, since: nil).isNews(failure(finished: 1000), now: at(1000)))
    }

    @Test func whatIsLaterThanTheEarlierTryIsNews() {
        let rule = BaselineRule(catchUp: .zero, since: at(700))
        #expect(rule.isNews(failure(finished: 701), now: at(1000)))
        #expect(!rule.isNews(failure(finished: 700), now: at(1000)))
    }

    @Test func withoutATimeItIsBaseline() {
        var failure = failure(terminal: false)
        failure.finished = Timestamp(nanoseconds: 0)
        #expect(!BaselineRule(catchUp: .seconds(1 << 40), since: at(0)).isNews(failure, now: at(1000)))
    }
}

@Suite("Settings")
struct DispatchSettingsTests {
    @Test func defaults() throws {
        let settings = try DispatchSettings(["reporters": ["slack, file"]])
        #expect(settings.state == nil)
        #expect(settings.reporters == ["slack", "file"])
        #expect(settings.catchUp == .zero)
        #expect(settings.retryFor == .seconds(24 * 3600))
        #expect(settings.keep == .seconds(168 * 3600))
        #expect(settings.instances(for: failure()).map(\.instance) == ["default", "default"])
    }

    @Test func everythingSet() throws {
        let settings = try DispatchSettings([
            "state": ["/s"], "name": ["blue"], "default": ["false"], "reporters": ["file"], "catch-up": ["10m"],
            "retry-for": ["90s"], "keep": ["1h30m"],
        ])
        #expect(settings.state == "/s")
        #expect(settings.catchUp == .seconds(600))
        #expect(settings.retryFor == .seconds(90))
        #expect(settings.keep == .seconds(5400))
        #expect(settings.instances(for: failure()).isEmpty)
        let labelled = failure(labels: ["complainer_blue_file_instances": "a,b"])
        #expect(settings.instances(for: labelled).map(\.instance) == ["a", "b"])
        #expect(settings.instances(for: failure(labels: ["complainer_file_instances": "a"])).isEmpty)
    }

    @Test(arguments: ["1", "t", "True", "0", "F", "FALSE"])
    func booleansAreGos(word: String) throws {
        let settings = try DispatchSettings(["default": [word], "reporters": ["file"]])
        #expect(settings.instances(for: failure()).count == ("1tTrue".contains(word) ? 1 : 0))
    }

    @Test(arguments: [("keep", "7 days"), ("retry-for", "-1h"), ("catch-up", "10"), ("default", "maybe")])
    func nonsenseIsRefused(name: String, value: String) {
        #expect(throws: DispatchSettingsError.self) { try DispatchSettings([name: [value]]) }
    }

    @Test func roles() {
        #expect(Role("reporter/slack") == .reporter("slack"))
        #expect(Role("reporter/") == nil)
        #expect(Role("supervisor") == nil)
        for name in ["poller", "uploader", "server", "reporter/file"] { #expect(Role(name)?.description == name) }
    }
}
