/// Spreads the requests to one destination over time, and keeps away from it for as long as it asked for.
///
/// A value without a clock: whoever uses it says what time it is.
struct Pacer: Sendable {
    typealias Instant = ContinuousClock.Instant

    enum Turn: Equatable {
        /// The turn is this caller's; it waits so long before it goes ahead.
        case after(Duration)
        /// The next turn is further away than the caller wants to wait; it was given to nobody.
        case tooFar(Duration)
    }

    /// Between two requests; zero for destinations that do not mind.
    let interval: Duration
    private var next: Instant?

    init(interval: Duration) {
        self.interval = interval
    }

    /// Takes the next turn, unless it is further away than `patience`.
    mutating func take(at now: Instant, patience: Duration) -> Turn {
        let turn = max(next ?? now, now)
        let wait = now.duration(to: turn)
        guard wait <= patience else { return .tooFar(wait) }
        next = turn.advanced(by: interval)
        return .after(wait)
    }

    /// No turn before that moment; an earlier promise to stay away longer is kept.
    mutating func hold(until moment: Instant) {
        next = max(next ?? moment, moment)
    }

    /// Whether forgetting it would change nothing.
    func isIdle(at now: Instant) -> Bool { next.map { $0 <= now } ?? true }
}
