import Complaints

@testable import Dispatching
@testable import Reporting

/// A reporter that is told deliveries by an engine and sends them to one service, in the time of a desk: what
/// `ServiceClient` does around its requests, with the same pacing and the same breaker, and a service that works when it
/// is told to.
final class VirtualReporter {
    /// A request on its way, or waiting for its turn.
    private struct Step {
        var at: Timestamp
        var delivery: Delivery
        /// The service's answer is decided when the request is made; nil before.
        var answer: Bool?
    }

    /// What the service was sent.
    struct Request {
        var at: Timestamp
        var task: String
        var isAnswered: Bool
    }

    static let credit = 4
    static let latency = Duration.milliseconds(200)

    private(set) var requests: [Request] = []
    private(set) var turnedAway = 0
    /// The most that it ever had in its hands.
    private(set) var mostInHands = 0
    private(set) var destinations: Destinations
    private var steps: [Step] = []
    private let works: (Timestamp) -> Bool
    /// Tasks whose reports the service cannot take, though it works.
    private let stumblesOver: (String) -> Bool
    private let isAmbiguous: Bool
    private let origin: Timestamp
    private let start = ContinuousClock.now

    /// - Parameters:
    ///   - interval: between two requests.
    ///   - isAmbiguous: it says that it may be the report when it is.
    ///   - stumblesOver: tasks whose reports it cannot take even then.
    ///   - works: whether the service works at a moment.
    init(
        from origin: Timestamp, interval: Duration, isAmbiguous: Bool = true,
        stumblesOver: @escaping (String) -> Bool = { _ in false },
        works: @escaping (Timestamp) -> Bool
    ) {
        self.origin = origin
        self.stumblesOver = stumblesOver
        self.isAmbiguous = isAmbiguous
        self.works = works
        destinations = Destinations(interval: interval)
    }

    /// When something happens by itself.
    var next: Timestamp? { steps.map(\.at).min() }

    private func instant(_ moment: Timestamp) -> ContinuousClock.Instant { start + moment.since(origin) }

    /// Takes a delivery.
    ///
    /// - Returns: what it says of it at once.
    func take(_ delivery: Delivery, now: Timestamp) -> ReporterMessage? {
        func refuse(_ error: ServiceError) -> ReporterMessage {
            turnedAway += 1
            return .undelivered(
                id: delivery.id, reason: error.reason, retryAfter: error.retryAfter, permanent: false,
                turnedAway: error.isTurnedAway)
        }
        switch destinations.admit("hook", at: instant(now)) {
        case .after(let wait):
            steps.append(Step(at: now.adding(wait), delivery: delivery))
            mostInHands = max(mostInHands, steps.count)
            return nil
        case .busy(let wait): return refuse(.turnedAway("a pause", for: wait))
        case .broken(let wait): return refuse(.turnedAway("broken", for: wait))
        }
    }

    /// Does what is due.
    ///
    /// - Returns: what it says.
    func work(now: Timestamp) -> [ReporterMessage] {
        var said: [ReporterMessage] = []
        while let index = steps.indices.filter({ steps[$0].at <= now }).min(by: { steps[$0].at < steps[$1].at }) {
            guard let answer = steps[index].answer else {
                let task = steps[index].delivery.failure.id
                let isAnswered = works(now) && !stumblesOver(task)
                requests.append(Request(at: now, task: task, isAnswered: isAnswered))
                steps[index].answer = isAnswered
                steps[index].at = now.adding(Self.latency)
                continue
            }
            let delivery = steps.remove(at: index).delivery
            let id = delivery.id
            let isAmbiguous = isAmbiguous && stumblesOver(delivery.failure.id)
            let outcome = Destinations.Outcome.failed(
                pause: nil, isAmbiguous: isAmbiguous, isSuspect: delivery.isSuspect)
            destinations.record(answer ? .answered : outcome, for: "hook", at: instant(now))
            said.append(
                answer
                    ? .delivered(id: id)
                    : .undelivered(
                        id: id, reason: "no", retryAfter: nil, permanent: false, ambiguous: isAmbiguous))
        }
        return said
    }
}
