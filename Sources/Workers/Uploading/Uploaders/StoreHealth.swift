import Synchronization

/// Whether the store works: after a failure nobody tries for a while, and then one.
final class StoreHealth: Sendable {
    private struct State {
        var failures = 0
        var closedUntil: ContinuousClock.Instant?
        var reason = ""
    }

    static let longest = Duration.seconds(30)
    private let firstPause: Duration
    private let state = Mutex(State())

    /// - Parameter firstPause: after a failure; doubled with each further one, up to ``longest``.
    init(firstPause: Duration = .seconds(1)) {
        self.firstPause = firstPause
    }

    /// nil: go ahead. Otherwise what was wrong, and how long to leave it alone.
    func trouble(at now: ContinuousClock.Instant = .now) -> (reason: String, retryAfter: Duration)? {
        state.withLock { state in
            guard let until = state.closedUntil else { return nil }
            if until > now { return (state.reason, until - now) }
            // This one finds out; the others wait for what comes of it.
            state.closedUntil = now + pause(state.failures)
            return nil
        }
    }

    func worked() {
        state.withLock { $0 = State() }
    }

    func failed(_ reason: String, at now: ContinuousClock.Instant = .now) {
        state.withLock { state in
            state.failures += 1
            state.reason = reason
            state.closedUntil = now + pause(state.failures)
        }
    }

    private func pause(_ failures: Int) -> Duration {
        min(Self.longest, firstPause * (1 << min(max(failures, 1) - 1, 6)))
    }
}
