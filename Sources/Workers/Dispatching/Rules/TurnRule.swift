/// In which order due deliveries are sent, so that no app waits for the backlog of another.
///
/// Knows no ledger: queues come with their turns and what is first in them.
enum TurnRule {
    /// The queue of one app for one destination.
    struct Queue: Sendable {
        var isSuspect: Bool
        /// The round in which the first of ``due`` is sent: what is in flight has had its turn.
        var turn: Int64
        /// In the order of failure.
        var due: ArraySlice<DueDelivery>
    }

    /// The next deliveries to one destination: the queue with the lowest turn sends one, and then has a higher one.
    static func next(of queues: [Queue], count: Int) -> [DueDelivery] {
        var queues = queues.filter { !$0.due.isEmpty }
        var chosen: [DueDelivery] = []
        while chosen.count < count, let index = queues.indices.min(by: { precedes(queues[$0], queues[$1]) }) {
            chosen.append(queues[index].due.removeFirst())
            queues[index].turn += 1
            if queues[index].due.isEmpty { queues.remove(at: index) }
        }
        return chosen
    }

    private static func precedes(_ one: Queue, _ other: Queue) -> Bool {
        guard one.isSuspect == other.isSuspect else { return other.isSuspect }
        guard one.turn == other.turn, let first = one.due.first, let second = other.due.first else {
            return one.turn < other.turn
        }
        return DueDelivery.precedes(first, second)
    }

    /// Joins the deliveries to several destinations, each list in its order: first comes the app that has the fewest in
    /// flight, so that one that fills slow destinations does not use up the reporter's credit. Of the same number the
    /// oldest failure is first.
    ///
    /// - Parameters:
    ///   - flying: deliveries of each app that are in flight.
    ///   - count: so many in this order; the rest follows as it comes.
    static func merge(
        _ destinations: [[(app: String, delivery: DueDelivery)]], flying: [String: Int], count: Int
    ) -> [DueDelivery] {
        guard destinations.count > 1 else { return destinations.flatMap { $0.map(\.delivery) } }
        var flying = flying
        var lists = destinations.map { $0[...] }.filter { !$0.isEmpty }
        var merged: [DueDelivery] = []
        func precedes(_ one: Int, _ other: Int) -> Bool {
            guard let first = lists[one].first, let second = lists[other].first else { return false }
            guard first.delivery.isSuspect == second.delivery.isSuspect else { return second.delivery.isSuspect }
            let (many, more) = (flying[first.app] ?? 0, flying[second.app] ?? 0)
            return many == more ? DueDelivery.precedes(first.delivery, second.delivery) : many < more
        }
        while merged.count < count, let index = lists.indices.min(by: { precedes($0, $1) }) {
            guard let next = lists[index].popFirst() else { break }
            merged.append(next.delivery)
            // One queue for all apps is nobody's in particular.
            if !next.app.isEmpty { flying[next.app, default: 0] += 1 }
            if lists[index].isEmpty { lists.remove(at: index) }
        }
        return merged + lists.flatMap { $0.map(\.delivery) }
    }
}
