import Synchronization

/// Since when a case has waited for its agent without a byte; shared by both of its logs.
final class Progress: Sendable {
    private struct State {
        var last = 0
        var waiting: [Int: ContinuousClock.Instant] = [:]
    }

    private let state = Mutex(State())

    /// Waiting begins.
    func begin(at now: ContinuousClock.Instant = .now) -> Int {
        state.withLock { state in
            state.last += 1
            state.waiting[state.last] = now
            return state.last
        }
    }

    func end(_ token: Int) {
        state.withLock { $0.waiting[token] = nil }
    }

    /// How long the longest waiting lasts already.
    func stalled(at now: ContinuousClock.Instant = .now) -> Duration {
        state.withLock { state in state.waiting.values.min().map { now - $0 } ?? .zero }
    }
}
