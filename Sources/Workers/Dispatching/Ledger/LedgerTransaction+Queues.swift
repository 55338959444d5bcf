import Complaints
import GRDB

/// The queue of an app for a destination, with something due in it.
struct DueQueue: Sendable {
    var app: String
    /// Whether it is that of deliveries over which the service stumbles.
    var isSuspect: Bool
    /// The round in which its first delivery is due.
    var turn: Int64
}

/// Queues of apps; see ``LedgerQueueSchema``.
extension LedgerTransaction {
    static let dueQueuesSQL = """
        SELECT app, suspect, turn FROM queues WHERE reporter = ? AND route = ? AND finished IS NOT NULL
        ORDER BY suspect, turn, finished, "case" LIMIT ?
        """

    /// The queues whose turn it is next, those of the same turn in the order of failure of what is first in them;
    /// suspects last.
    func dueQueues(of reporter: String, route: String, limit: Int) throws -> [DueQueue] {
        try rows(Self.dueQueuesSQL, [reporter, route, limit])
            .map { DueQueue(app: $0[0], isSuspect: $0[1], turn: $0[2]) }
    }

    static let dueDeliveriesSQL = """
        SELECT id, "case", finished, crashes, suspect FROM deliveries
        WHERE reporter = ? AND route = ? AND suspect = ? AND app = ? AND state = 'pending' AND next = 0
        ORDER BY finished, "case", id LIMIT ?
        """

    /// The deliveries of one queue that are due, in the order of failure.
    func dueDeliveries(of reporter: String, route: String, in queue: DueQueue, limit: Int) throws -> [DueDelivery] {
        try rows(Self.dueDeliveriesSQL, [reporter, route, queue.isSuspect, queue.app, limit]).map(DueDelivery.init)
    }

    /// Notes that nothing is due in a queue, against what the ledger says of it: a damaged one may be wrong.
    func markEmpty(_ queue: DueQueue, of reporter: String, route: String) throws {
        try run(
            "UPDATE queues SET finished = NULL WHERE reporter = ? AND route = ? AND suspect = ? AND app = ?",
            [reporter, route, queue.isSuspect, queue.app])
    }

    /// Makes the queues what the deliveries say they are. Turns stay.
    ///
    /// - Parameter ordered: reporters that keep the order of failure of all.
    func rebuildQueues(ordered: Set<String>) throws {
        for reporter in ordered {
            try run(
                "UPDATE deliveries SET app = '' WHERE reporter = ? AND state IN ('pending', 'held') AND app <> ''",
                [reporter])
        }
        try run("UPDATE queues SET finished = NULL, \"case\" = NULL WHERE finished IS NOT NULL")
        try run(
            """
            INSERT INTO queues SELECT d.reporter, d.route, d.suspect, d.app,
                coalesce((SELECT turn FROM destinations t WHERE t.reporter = d.reporter AND t.route = d.route), 0),
                min(d.finished), d."case"
            FROM deliveries d WHERE d.app <> '' AND d.state = 'pending' AND d.next = 0
            GROUP BY d.reporter, d.route, d.suspect, d.app
            ON CONFLICT(reporter, route, suspect, app) DO UPDATE SET
                finished = excluded.finished, "case" = excluded."case"
            """)
    }

    /// Forgets the turns at destinations for which nothing waits.
    func tidyQueues() throws {
        try run(
            """
            DELETE FROM queues WHERE finished IS NULL AND NOT EXISTS (
                SELECT 1 FROM queues q
                WHERE q.reporter = queues.reporter AND q.route = queues.route AND q.finished IS NOT NULL)
            """)
        try run(
            """
            DELETE FROM destinations WHERE NOT EXISTS (
                SELECT 1 FROM queues q WHERE q.reporter = destinations.reporter AND q.route = destinations.route)
            """)
    }

    // MARK: Collections

    static let nextAppSQL = """
        SELECT app FROM cases WHERE state = 'collecting' AND next = 0 AND app > ? ORDER BY app LIMIT 1
        """

    /// The next app, in the order of their names, with a case to collect.
    func nextApp(after app: String) throws -> String? {
        try rows(Self.nextAppSQL, [app]).first.map { $0[0] }
    }

    static let dueCasesOfAppSQL = """
        SELECT id, crashes FROM cases WHERE state = 'collecting' AND next = 0 AND app = ?
        ORDER BY finished, id LIMIT ?
        """

    /// The cases of one app to collect next, in the order of failure.
    func dueCases(of app: String, limit: Int) throws -> [(id: Int64, crashes: Int)] {
        try rows(Self.dueCasesOfAppSQL, [app, limit]).map { ($0[0], $0[1]) }
    }
}
