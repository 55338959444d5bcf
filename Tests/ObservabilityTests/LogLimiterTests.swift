import Logging
import Synchronization
import Testing

@testable import Observability

struct LogLimiterTests {
    private let start = ContinuousClock.now

    @Test func `the first passes at once, the rest once an interval with a count`() {
        var limiter = LogLimiter<String>(interval: .seconds(60))
        #expect(limiter.admit("a", at: start) == .write(suppressed: 0))
        #expect(limiter.admit("a", at: start + .seconds(1)) == .suppress)
        #expect(limiter.admit("a", at: start + .seconds(59)) == .suppress)
        #expect(limiter.admit("a", at: start + .seconds(60)) == .write(suppressed: 2))
        #expect(limiter.admit("a", at: start + .seconds(61)) == .suppress)
        #expect(limiter.admit("a", at: start + .seconds(600)) == .write(suppressed: 1))
    }

    @Test func `keys do not hold each other back`() {
        var limiter = LogLimiter<String>(interval: .seconds(60))
        _ = limiter.admit("a", at: start)
        #expect(limiter.admit("b", at: start) == .write(suppressed: 0))
    }

    @Test func `after the trouble is over the next one is news`() {
        var limiter = LogLimiter<String>(interval: .seconds(60))
        #expect(limiter.forget("a") == nil)
        _ = limiter.admit("a", at: start)
        _ = limiter.admit("a", at: start)
        #expect(limiter.forget("a") == 1)
        #expect(limiter.admit("a", at: start + .seconds(1)) == .write(suppressed: 0))
    }

    @Test func `endlessly many keys do not fill the memory, the oldest goes first`() {
        var limiter = LogLimiter<Int>(interval: .seconds(1000), maximumKeys: 3)
        for key in 0..<4 { _ = limiter.admit(key, at: start + .seconds(key)) }
        #expect(limiter.admit(3, at: start + .seconds(5)) == .suppress)
        #expect(limiter.admit(1, at: start + .seconds(5)) == .suppress)
        #expect(limiter.admit(0, at: start + .seconds(5)) == .write(suppressed: 0))
    }
}

struct RateLimitedLoggerTests {
    @Test func `an operator sees the first message, then a count, then the recovery`() {
        let clock = Mutex(ContinuousClock.now)
        let collector = RecordCollector()
        let logger = RateLimitedLogger(collector.logger(), interval: .seconds(60)) { clock.withLock { $0 } }
        logger.recovered(key: "m1", "never in trouble")
        for _ in 0..<13 {
            logger.log(level: .warning, key: "m1", "master does not answer")
            clock.withLock { $0 += .seconds(5) }
        }
        logger.recovered(key: "m1", "master answers again")
        logger.log(level: .warning, key: "m1", "master does not answer")
        #expect(
            collector.messages == [
                "master does not answer", "master does not answer (11 similar messages suppressed)",
                "master answers again", "master does not answer",
            ])
    }

    @Test func `a level that is off is neither written nor counted`() {
        let collector = RecordCollector()
        let logger = RateLimitedLogger(collector.logger(level: { .error }), interval: .seconds(60))
        logger.log(level: .debug, key: "k", "hidden")
        logger.log(level: .error, key: "k", "shown")
        #expect(collector.messages == ["shown"])
    }
}
