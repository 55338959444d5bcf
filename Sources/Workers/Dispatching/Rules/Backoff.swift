import Complaints

/// When a piece of work that did not succeed is tried again.
///
/// One second after the first try, doubling to five minutes, or an hour where the trouble is with this very piece; what the service asked for (`Retry-After`) wins. No try is
/// put off beyond the deadline: one last try is made when it is reached, and what fails after that has expired.
struct Backoff: Equatable, Sendable {
    static let first = Duration.seconds(1)
    static let longest = Duration.seconds(300)
    /// Of what others must not suffer from.
    static let longestOfSuspects = Duration.seconds(3600)

    /// From the moment the work came to be.
    var retryFor: Duration

    /// The moment of the next try, or nil when the time for tries is over.
    ///
    /// - Parameters:
    ///   - attempts: tries so far, the one that just failed included.
    ///   - isSuspect: the trouble is with this piece of work, and not with where it goes.
    ///   - jitter: 0 to 1; the wait is between half of the nominal one and all of it.
    func next(
        after attempts: Int, since: Timestamp, now: Timestamp, retryAfter: Double?, isSuspect: Bool = false,
        jitter: Double
    ) -> Timestamp? {
        let deadline = since.adding(retryFor)
        guard now < deadline else { return nil }
        let longest = isSuspect ? Self.longestOfSuspects : Self.longest
        let wait = Self.wait(after: attempts, longest: longest, retryAfter: retryAfter, jitter: jitter)
        return min(deadline, now.adding(wait))
    }

    private static func wait(
        after attempts: Int, longest: Duration, retryAfter: Double?, jitter: Double
    ) -> Duration {
        if let retryAfter, retryAfter.isFinite, retryAfter >= 0 {
            return .nanoseconds(Int64(min(retryAfter, 1e9) * 1e9))
        }
        let doublings = min(max(attempts, 1) - 1, 20)
        return min(longest, first * (1 << doublings)) * (0.5 + 0.5 * min(max(jitter, 0), 1))
    }
}
