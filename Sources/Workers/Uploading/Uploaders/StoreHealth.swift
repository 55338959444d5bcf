import Synchronization

/// Whether the store works: after a failure nobody tries for a while, and then one.
///
/// Who tries has to say what came of it: that the store ``worked()``, that it ``failed(_:at:)``, or by ``giveBack(_:)``
/// that it was not asked after all. Otherwise an agent that hangs would use up the try of all others.
final class StoreHealth: Sendable {
    /// The try that finds out whether a store that failed works again.
    struct Probe: Equatable, Sendable {
        fileprivate var number: Int
    }

    /// The store failed a moment ago, for that reason.
    struct Closed: Error, Equatable {
        var reason: String
        /// When it is worth another look.
        var retryAfter: Duration
    }

    private struct State {
        var failures = 0
        var closedUntil: ContinuousClock.Instant?
        var reason = ""
        var probe: Int?
        var last = 0

        func closed(at now: ContinuousClock.Instant) -> Closed? {
            guard let closedUntil, closedUntil > now else { return nil }
            return Closed(reason: reason, retryAfter: closedUntil - now)
        }
    }

    static let longest = Duration.seconds(30)
    private let firstPause: Duration
    private let state = Mutex(State())

    /// - Parameter firstPause: after a failure; doubled with each further one, up to ``longest``.
    init(firstPause: Duration = .seconds(1)) {
        self.firstPause = firstPause
    }

    /// Whether a transfer is worth being prepared.
    func look(at now: ContinuousClock.Instant = .now) throws(Closed) {
        if let closed = state.withLock({ $0.closed(at: now) }) { throw closed }
    }

    /// The store is about to be asked.
    ///
    /// - Returns: nil when it works; otherwise this is the try that finds out, while the others wait for what comes of
    ///   it, though not for ever: a log may be long.
    func enter(at now: ContinuousClock.Instant = .now) throws(Closed) -> Probe? {
        let outcome: Result<Probe?, Closed> = state.withLock { state in
            if let closed = state.closed(at: now) { return .failure(closed) }
            guard state.closedUntil != nil else { return .success(nil) }
            state.last += 1
            state.probe = state.last
            state.closedUntil = now + pause(state.failures)
            return .success(Probe(number: state.last))
        }
        return try outcome.get()
    }

    /// Nothing was found out: the next one tries.
    func giveBack(_ probe: Probe, at now: ContinuousClock.Instant = .now) {
        state.withLock { state in
            guard state.probe == probe.number else { return }
            state.probe = nil
            state.closedUntil = now
        }
    }

    func worked() {
        state.withLock { $0 = State(last: $0.last) }
    }

    func failed(_ reason: String, at now: ContinuousClock.Instant = .now) {
        state.withLock { state in
            state.failures += 1
            state.reason = reason
            state.probe = nil
            state.closedUntil = now + pause(state.failures)
        }
    }

    private func pause(_ failures: Int) -> Duration {
        min(Self.longest, firstPause * (1 << min(max(failures, 1) - 1, 6)))
    }
}
