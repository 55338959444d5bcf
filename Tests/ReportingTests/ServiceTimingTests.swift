import Complaints
import HTTPClient
import Testing

@testable import Reporting

@Suite struct ServiceTimingTests {
    private let start = ContinuousClock.now

    @Test func oneTurnEachInterval() {
        var pacer = Pacer(interval: .seconds(1))
        #expect(pacer.take(at: start, patience: .seconds(5)) == .after(.zero))
        #expect(pacer.take(at: start, patience: .seconds(5)) == .after(.seconds(1)))
        #expect(pacer.take(at: start + .milliseconds(500), patience: .seconds(5)) == .after(.milliseconds(1500)))
        #expect(pacer.take(at: start + .seconds(60), patience: .seconds(5)) == .after(.zero))
    }

    @Test func aTurnTooFarAwayIsGivenToNobody() {
        var pacer = Pacer(interval: .seconds(1))
        for turn in 0...5 { #expect(pacer.take(at: start, patience: .seconds(5)) == .after(.seconds(turn))) }
        #expect(pacer.take(at: start, patience: .seconds(5)) == .tooFar(.seconds(6)))
        #expect(pacer.take(at: start, patience: .seconds(5)) == .tooFar(.seconds(6)))
        #expect(pacer.take(at: start + .seconds(1), patience: .seconds(5)) == .after(.seconds(5)))
    }

    @Test func aServiceThatWantsAPauseGetsIt() {
        var pacer = Pacer(interval: .zero)
        pacer.hold(until: start + .seconds(30))
        pacer.hold(until: start + .seconds(10))
        #expect(pacer.take(at: start, patience: .seconds(5)) == .tooFar(.seconds(30)))
        #expect(pacer.take(at: start + .seconds(26), patience: .seconds(5)) == .after(.seconds(4)))
        #expect(!pacer.isIdle(at: start) && pacer.isIdle(at: start + .seconds(30)))
    }

    @Test func fiveFailuresInARowOpenTheBreaker() {
        var breaker = CircuitBreaker()
        for _ in 0..<4 { breaker.failed(at: start) }
        breaker.answered(at: start)
        for _ in 0..<4 { breaker.failed(at: start) }
        #expect(breaker.refusal(at: start) == nil)
        breaker.failed(at: start)
        #expect(breaker.refusal(at: start) == .seconds(5))
        #expect(breaker.refusal(at: start + .seconds(3)) == .seconds(2))
    }

    @Test func oneProbeAtATimeAndItsFailureDoublesThePause() {
        var breaker = CircuitBreaker()
        for _ in 0..<5 { breaker.failed(at: start) }
        var now = start
        for pause in [5, 10, 20, 40, 80, 160, 300, 300] {
            // A straggler from before tells nothing new.
            breaker.failed(at: now)
            #expect(breaker.refusal(at: now) == .seconds(pause))
            now += .seconds(pause)
            #expect(breaker.refusal(at: now) == nil)
            breaker.begin()
            #expect(breaker.refusal(at: now) == .seconds(5), "the probe is on its way")
            breaker.failed(at: now)
        }
        now += .seconds(300)
        breaker.begin()
        breaker.abandoned(at: now)
        #expect(breaker.refusal(at: now) == nil, "another may probe")
        breaker.begin()
        breaker.answered(at: now)
        #expect(breaker.state == .closed(failures: 0))
        #expect(!breaker.isIdle(at: now) && breaker.isIdle(at: now + .seconds(601)))
    }

    @Test func aRequestThatTheServiceStumblesOverGetsASecondOneTried() {
        var breaker = CircuitBreaker()
        for _ in 0..<5 { breaker.failed(at: start) }
        var now = start
        for (pause, hasSecond) in [(5, false), (10, false), (20, true), (40, true), (80, true), (160, true)] {
            now += .seconds(pause)
            breaker.begin()
            breaker.failed(at: now, isAmbiguous: true)
            guard hasSecond else { continue }
            #expect(breaker.refusal(at: now) == nil, "after \(pause) s")
            breaker.begin()
            #expect(breaker.refusal(at: now) == .seconds(5))
            // Whatever that one fails with: no third.
            breaker.failed(at: now, isAmbiguous: true)
            #expect(breaker.refusal(at: now) == .seconds(min(2 * pause, 300)))
        }
        now += .seconds(300)
        breaker.begin()
        breaker.failed(at: now)
        #expect(breaker.refusal(at: now) == .seconds(300), "a service that is away is asked once")
    }

    @Test func afterALongTimeASecondOneIsTriedWhateverTheFirstFailedWith() {
        var breaker = CircuitBreaker()
        for _ in 0..<5 { breaker.failed(at: start) }
        var now = start
        var probes = 0
        while now - start <= CircuitBreaker.longTrouble {
            #expect(breaker.refusal(at: now).map { $0 > .zero } == true, "one at a time, after \(now - start)")
            now += breaker.refusal(at: now) ?? .zero
            breaker.begin()
            probes += 1
            breaker.failed(at: now)
        }
        #expect(probes == 23)
        #expect(breaker.refusal(at: now) == nil)
        breaker.begin()
        // It arrives: the trouble seems to be over. But the next ones fail at once, and that is still the old trouble.
        breaker.answered(at: now)
        for _ in 0..<5 { breaker.failed(at: now) }
        for (pause, hasSecond) in [(5, false), (10, false), (20, true)] {
            now += .seconds(pause)
            breaker.begin()
            breaker.failed(at: now)
            #expect((breaker.refusal(at: now) == nil) == hasSecond)
        }
        breaker.begin()
        breaker.answered(at: now)
        now += .seconds(601)
        for _ in 0..<5 { breaker.failed(at: now) }
        for pause in [5, 10, 20, 40] {
            now += .seconds(pause)
            breaker.begin()
            breaker.failed(at: now)
            #expect(breaker.refusal(at: now) == .seconds(2 * pause), "new trouble")
        }
    }

    @Test func whatFailedBeforeWhereOthersWentThroughDoesNotOpenIt() {
        var breaker = CircuitBreaker()
        for _ in 0..<100 { breaker.failed(at: start, isAmbiguous: true, isSuspect: true) }
        #expect(breaker == CircuitBreaker())
        for _ in 0..<5 { breaker.failed(at: start) }
        breaker.begin()
        breaker.failed(at: start, isSuspect: true)
        #expect(breaker.refusal(at: start) == .seconds(10), "as a probe it counts")
    }

    @Test func destinationsDoNotDisturbEachOtherAndAreForgotten() {
        var destinations = Destinations(interval: .seconds(1))
        for _ in 0..<5 {
            _ = destinations.admit("a", at: start)
            destinations.record(.failed(pause: nil), for: "a", at: start)
        }
        #expect(destinations.admit("a", at: start) == .broken(.seconds(5)))
        #expect(destinations.admit("b", at: start) == .after(.zero))
        #expect(destinations.admit("b", at: start) == .after(.seconds(1)))
        for number in 0..<5000 {
            _ = destinations.admit("\(number)", at: start + .seconds(number))
            destinations.record(.answered, for: "\(number)", at: start + .seconds(number))
        }
        #expect(destinations.count <= Destinations.remembered)
    }

    @Test(
        arguments: [
            ("120", 120), (" 7 ", 7), ("0.5", 0.5), ("0", nil), ("-3", nil), ("86400", 3600),
            ("Sat, 21 Nov 2026 10:00:30 GMT", 30), ("Sat, 21 Nov 2026 09:00:00 GMT", nil), ("soon", nil), ("", nil),
            ("inf", nil), ("nan", nil), ("Sat, 21 Foo 2026 10:00:30 GMT", nil), ("Sat, 41 Nov 2026 10:00:30 GMT", nil),
        ] as [(String, Double?)])
    func retryAfter(text: String, seconds: Double?) {
        #expect(RetryAfter.standard(["Retry-After": text], now: FakeTime.wallClock) == seconds)
        #expect(RetryAfter.standard([:], now: FakeTime.wallClock) == nil)
    }

    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000000Z"), (1_795_255_200_250_000_000, "2026-11-21T10:00:00.250000Z"),
            (951_782_400_000_000_000, "2000-02-29T00:00:00.000000Z"), (-1_000, "1969-12-31T23:59:59.999999Z"),
            (1_709_251_199_999_999_999, "2024-02-29T23:59:59.999999Z"), (.max, "2262-04-11T23:47:16.854775Z"),
            (.min, "1677-09-21T00:12:43.145224Z"),
        ] as [(Int64, String)])
    func moments(nanoseconds: Int64, text: String) {
        #expect(Timestamp(nanoseconds: nanoseconds).rfc3339(digits: 6) == text)
        #expect(Timestamp(nanoseconds: nanoseconds).rfc3339() == text.prefix(19) + "Z")
    }
}
