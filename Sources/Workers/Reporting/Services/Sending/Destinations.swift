/// What is known about the services that reports go to: who needs a pause, and who does not work.
///
/// Destinations come from the labels of tasks too, so only so many are remembered.
struct Destinations: Sendable {
    typealias Instant = ContinuousClock.Instant

    enum Admission: Equatable {
        /// Go ahead, after so long.
        case after(Duration)
        /// Other requests have to go first, or the service asked for a pause; the next turn is that far away.
        case busy(Duration)
        /// The service does not work; it is worth another try after so long.
        case broken(Duration)
    }

    /// How a request ended, as far as the next ones are concerned.
    enum Outcome: Equatable {
        case answered
        /// With the pause that the service asked for, if it did; the others as in ``CircuitBreaker``.
        case failed(pause: Duration?, isAmbiguous: Bool = false, isSuspect: Bool = false)
        case abandoned
    }

    /// Deliveries wait for their turn that long in the worker; after that they go back to the dispatcher, so that a
    /// slow destination does not use up the credit of the others.
    static let patience = Duration.seconds(5)
    static let remembered = 1024

    private struct Destination {
        var pacer: Pacer
        var breaker = CircuitBreaker()

        func isIdle(at now: Instant) -> Bool { pacer.isIdle(at: now) && breaker.isIdle(at: now) }
    }

    private let interval: Duration
    private var destinations: [String: Destination] = [:]

    /// - Parameter interval: between two requests to the same destination.
    init(interval: Duration) {
        self.interval = interval
    }

    var count: Int { destinations.count }

    /// Whether a request may go to a destination. After ``Admission/after(_:)`` it must be followed by an outcome.
    mutating func admit(_ name: String, at now: Instant) -> Admission {
        var destination = destinations[name] ?? Destination(pacer: Pacer(interval: interval))
        defer { destinations[name] = destination }
        if destinations[name] == nil { makeRoom(at: now) }
        if let wait = destination.breaker.refusal(at: now) { return .broken(wait) }
        switch destination.pacer.take(at: now, patience: Self.patience) {
        case .tooFar(let wait): return .busy(wait)
        case .after(let wait):
            destination.breaker.begin()
            return .after(wait)
        }
    }

    mutating func record(_ outcome: Outcome, for name: String, at now: Instant) {
        guard var destination = destinations[name] else { return }
        switch outcome {
        case .answered: destination.breaker.answered(at: now)
        case .abandoned: destination.breaker.abandoned(at: now)
        case .failed(let pause, let isAmbiguous, let isSuspect):
            destination.breaker.failed(at: now, isAmbiguous: isAmbiguous, isSuspect: isSuspect)
            if let pause { destination.pacer.hold(until: now.advanced(by: pause)) }
        }
        destinations[name] = destination
    }

    private mutating func makeRoom(at now: Instant) {
        guard destinations.count >= Self.remembered else { return }
        destinations = destinations.filter { !$0.value.isIdle(at: now) }
        while destinations.count >= Self.remembered, let any = destinations.keys.first { destinations[any] = nil }
    }
}
