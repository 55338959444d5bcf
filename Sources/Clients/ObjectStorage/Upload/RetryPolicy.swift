/// How often and when a request that failed for a passing reason is sent again.
public struct RetryPolicy: Sendable {
    /// The first included.
    public var attempts: Int
    /// Before the second attempt; doubled before each further one.
    public var firstDelay: Duration
    public var longestDelay: Duration
    /// The most that a store's `Retry-After` is obeyed: longer ones are left to the caller.
    public var longestRetryAfter: Duration

    public init(
        attempts: Int = 4, firstDelay: Duration = .milliseconds(500), longestDelay: Duration = .seconds(8),
        longestRetryAfter: Duration = .seconds(30)
    ) {
        self.attempts = attempts
        self.firstDelay = firstDelay
        self.longestDelay = longestDelay
        self.longestRetryAfter = longestRetryAfter
    }

    /// How long to wait after so many failed attempts; nil: not again. `jitter` is from 0 to 1 and takes up to half of
    /// the delay away, so that those who failed together do not come back together.
    public func delay(afterAttempts attempts: Int, _ error: ObjectStoreError, jitter: Double) -> Duration? {
        guard error.isRetryable, attempts < self.attempts else { return nil }
        // Some proxies want nothing at all to be waited for, which would be all attempts at once.
        if let wanted = error.retryAfter, wanted > .zero { return wanted > longestRetryAfter ? nil : wanted }
        var delay = firstDelay
        for _ in 1..<max(1, min(attempts, 32)) where delay < longestDelay { delay *= 2 }
        return min(delay, longestDelay) * (1 - jitter / 2)
    }
}
