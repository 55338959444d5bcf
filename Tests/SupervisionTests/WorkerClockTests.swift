import Testing

@testable import Supervision

/// The clock that tests may let run faster.
@Suite struct WorkerClockTests {
    @Test(arguments: ["", "60", "@", "60@", "@5", "0@5", "-1@5", "1001@5", "60@-5", "60@5@6", "6.5@5", "x@5"])
    func whatIsNoClockIsNone(text: String) {
        #expect(WorkerClock(text) == nil)
    }

    @Test(
        arguments: [(1000, 1000), (1001, 1060), (1060, 4600), (990, 400)] as [(Int64, Int64)])
    func itIsRightAtItsOriginAndFasterFromThereOn(real: Int64, shown: Int64) throws {
        let clock = try #require(WorkerClock("60@1000"))
        #expect(clock.nanoseconds(at: real * 1_000_000_000) == shown * 1_000_000_000)
        #expect(clock.real(.seconds(60)) == .seconds(1))
    }

    @Test func withoutAWishItIsTheSystems() async throws {
        let clock = WorkerClock()
        #expect(clock.nanoseconds(at: 1_795_273_997_123_456_789) == 1_795_273_997_123_456_789)
        #expect(clock.real(.seconds(60)) == .seconds(60))
        let (before, shown, after) = (ContinuousClock.now, clock.instant, ContinuousClock.now)
        #expect(before <= shown && shown <= after)
    }

    @Test func spansAndSleepsAreFasterAlike() async throws {
        let clock = try #require(WorkerClock("1000@1000"))
        let (begin, real) = (clock.instant, ContinuousClock.now)
        try await clock.sleep(for: .seconds(60))
        #expect(begin.duration(to: clock.instant) >= .seconds(60))
        #expect(ContinuousClock.now - real < .seconds(30))
    }
}
