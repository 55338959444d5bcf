/// Stops asking a destination that does not work: after five failures in a row everything is turned away at once, but for
/// one request, the probe, after 5 s; each probe that fails doubles the time to the next one, up to 5 min.
///
/// Reports that the service stumbles over must not keep it away from all others for ever. A probe that fails in such a way
/// is followed by a second one, once the pauses are long; every probe is when that has gone on for an hour and a half. What
/// failed before where others went through does not open it.
///
/// A value without a clock: whoever uses it says what time it is.
struct CircuitBreaker: Sendable, Equatable {
    typealias Instant = ContinuousClock.Instant

    enum State: Sendable, Equatable {
        /// Requests go through; so many failed in a row.
        case closed(failures: Int)
        /// Nothing goes through before that moment. `step` is how long this pause is; `isSecond`: one probe has failed
        /// after it.
        case open(until: Instant, step: Duration, isSecond: Bool = false)
        /// One request is on its way to find out.
        case probing(step: Duration, isSecond: Bool = false)
    }

    static let threshold = 5
    static let firstStep = Duration.seconds(5)
    static let longestStep = Duration.seconds(300)
    /// After pauses of that length and more there may be a second probe.
    static let stepOfSecondProbe = Duration.seconds(20)

    /// In trouble for longer than that, there is a second probe whatever the first one failed with.
    static let longTrouble = Duration.seconds(90 * 60)
    /// What opens again so soon has been in trouble all along.
    static let calm = Duration.seconds(600)

    private(set) var state = State.closed(failures: 0)
    /// Since when it is open, or was, with no calm in between.
    private var since: Instant?
    private var closed: Instant?

    /// Whether forgetting it would change nothing.
    func isIdle(at now: Instant) -> Bool {
        state == .closed(failures: 0) && closed.map { now - $0 > Self.calm } != false
    }

    /// How long to wait before asking again; nil when a request may go through now.
    func refusal(at now: Instant) -> Duration? {
        switch state {
        case .closed: nil
        case .open(let until, _, _): until <= now ? nil : now.duration(to: until)
        // The probe's answer decides; it is there, or has timed out, within about that time.
        case .probing: Self.firstStep
        }
    }

    /// A request goes through, which ``refusal(at:)`` allowed.
    mutating func begin() {
        if case .open(_, let step, let isSecond) = state { state = .probing(step: step, isSecond: isSecond) }
    }

    /// The destination answered, if only to say no.
    mutating func answered(at now: Instant) {
        if case .closed = state {} else { closed = now }
        state = .closed(failures: 0)
    }

    /// The destination did not answer, or said that it cannot work now.
    ///
    /// - Parameters:
    ///   - isAmbiguous: it may work but for this request.
    ///   - isSuspect: this request has failed before, while others went through.
    mutating func failed(at now: Instant, isAmbiguous: Bool = false, isSuspect: Bool = false) {
        switch state {
        case .closed where isSuspect: break
        case .closed(let failures) where failures + 1 < Self.threshold:
            state = .closed(failures: failures + 1)
        case .closed:
            if closed.map({ now - $0 > Self.calm }) != false { since = now }
            closed = nil
            state = .open(until: now.advanced(by: Self.firstStep), step: Self.firstStep)
        case .probing(let step, false) where step >= Self.stepOfSecondProbe && (isAmbiguous || isLong(at: now)):
            state = .open(until: now, step: step, isSecond: true)
        case .probing(let step, _):
            let longer = min(step * 2, Self.longestStep)
            state = .open(until: now.advanced(by: longer), step: longer)
        // A request that was on its way when it opened tells nothing new.
        case .open: break
        }
    }

    private func isLong(at now: Instant) -> Bool { since.map { now - $0 > Self.longTrouble } ?? false }

    /// The request was given up on this side: it tells nothing about the destination, and another may probe.
    mutating func abandoned(at now: Instant) {
        if case .probing(let step, let isSecond) = state {
            state = .open(until: now, step: step, isSecond: isSecond)
        }
    }
}
