import Complaints
import GRDB

/// How a report stands.
enum DeliveryState: String, CaseIterable, Sendable {
    case pending
    /// Too many of the same kind: a summary will tell of it.
    case held
    case delivered
    /// A summary tells of it.
    case summarised
    /// The service will not take it, ever.
    case failed
    /// Tried for as long as it is worth it.
    case expired
    /// Was in the hands of the reporter in three of its crashes.
    case poisoned
}

/// A report that is to be made.
struct NewDelivery: Sendable {
    var reporter: String
    var instance: String
    /// What goes the same way has the same.
    var route: String
    /// Whose queue it waits in, as ``AppKey`` has it; "" for a reporter that keeps the order of failure.
    var app = ""
    /// The flood that it is held for; nil when it is to be made now.
    var flood: Int64?
}

/// A report that may be made now.
struct DueDelivery: Sendable {
    var id: Int64
    var caseID: Int64
    var finished: Int64
    var crashes: Int
    /// The service stumbles over it, while it takes others.
    var isSuspect: Bool

    init(_ row: Row) {
        id = row[0]
        caseID = row[1]
        finished = row[2]
        crashes = row[3]
        isSuspect = row[4]
    }

    /// In the order of failure, suspects last, as the ledger has it.
    static func precedes(_ one: Self, _ other: Self) -> Bool {
        guard one.isSuspect == other.isSuspect else { return other.isSuspect }
        return (one.finished, one.caseID, one.id) < (other.finished, other.caseID, other.id)
    }
}

/// A report as far as delivering needs it, but for the evidence.
struct OpenDelivery: Sendable {
    var id: Int64
    var caseID: Int64
    var reporter: String
    var instance: String
    var failure: Failure
    /// Failed tries.
    var attempts: Int
    /// The service stumbles over it, while it takes others.
    var isSuspect: Bool
    var created: Timestamp
    /// When it changed last: of one that was tried, not before the last try.
    var updated: Timestamp
    /// Where the reporter stood when this was first given to it.
    var note: String?
    var route: String
    /// Whose queue it is in.
    var app: String
    /// The failures that it tells of.
    var held: HeldFailures?
}

extension LedgerTransaction {
    static let dueRoutesSQL = """
        WITH RECURSIVE ways(route) AS (
            SELECT min(route) FROM deliveries WHERE reporter = ?1 AND state = 'pending' AND next = 0
            UNION ALL
            SELECT (
                SELECT min(route) FROM deliveries
                WHERE reporter = ?1 AND state = 'pending' AND next = 0 AND route > ways.route)
            FROM ways WHERE route IS NOT NULL)
        SELECT route FROM ways WHERE route IS NOT NULL
        """

    /// The ways on which reports are to be made now. Takes as long as there are ways, not reports.
    func dueRoutes(of reporter: String) throws -> [String] {
        try rows(Self.dueRoutesSQL, [reporter]).map { $0[0] }
    }

    /// The report with which a way is tried once more after one about a task of that name has failed: it has as little in
    /// common with it as possible. The newest of those that were not tried is furthest from what was tried.
    func secondProbe(of reporter: String, route: String, notAbout name: String) throws -> DueDelivery? {
        try rows(
            """
            SELECT d.id, d."case", d.finished, d.crashes, d.suspect FROM deliveries d JOIN failures f ON f.id = d."case"
            WHERE d.reporter = ? AND d.route = ? AND d.state = 'pending' AND d.next = 0
            ORDER BY CASE WHEN json_valid(f.json) THEN json_extract(f.json, '$.name') = ? END, d.suspect, d.attempts, d.finished DESC, d.id LIMIT 1
            """, [reporter, route, name]
        ).first.map(DueDelivery.init)
    }

    /// A report that is to be made; nil when it is not (any more). A damaged ledger may have lost the evidence, which is
    /// nil then.
    ///
    /// - Throws: a `DecodingError` when what is reported cannot be read.
    func deliverable(_ id: Int64) throws -> (work: OpenDelivery, evidence: Evidence?)? {
        let found = try rows(
            """
            SELECT d."case", d.reporter, d.instance, d.attempts, d.created, f.json, e.json, d.note, d.route,
                d.held, d.suspect, d.updated, d.app
            FROM deliveries d LEFT JOIN failures f ON f.id = d."case" LEFT JOIN evidence e ON e.id = d."case"
            WHERE d.id = ? AND d.state = 'pending'
            """, [id])
        guard let row = found.first else { return nil }
        let work = OpenDelivery(
            id: id, caseID: row[0], reporter: row[1], instance: row[2],
            failure: try Self.value((row[5] as String?) ?? ""), attempts: row[3], isSuspect: row[10],
            created: Timestamp(nanoseconds: row[4]), updated: Timestamp(nanoseconds: row[11]), note: row[7],
            route: row[8], app: row[12], held: try (row[9] as String?).map { try Self.value($0) })
        return (work, (row[6] as String?).flatMap { try? Self.value($0) })
    }

    /// Not now: again at `next`. Whoever answers has not died of it.
    ///
    /// - Parameter isSuspect: the service stumbles over it, while it takes others.
    func postponeDelivery(
        _ id: Int64, until next: Timestamp, error: String, isSuspect: Bool, now: Timestamp
    ) throws {
        try run(
            """
            UPDATE deliveries
            SET attempts = attempts + 1, crashes = 0, next = ?, error = ?, suspect = ?, updated = ?, note = NULL
            WHERE id = ? AND state = 'pending'
            """, [max(1, next.nanoseconds), error, isSuspect, now.nanoseconds, id])
    }

    /// Not even tried: again at `next`. That is no failed try.
    func turnAway(_ id: Int64, until next: Timestamp, error: String, now: Timestamp) throws {
        try run(
            """
            UPDATE deliveries SET crashes = 0, next = ?, error = ?, updated = ?, note = NULL
            WHERE id = ? AND state = 'pending'
            """, [max(1, next.nanoseconds), error, now.nanoseconds, id])
    }

    static let holdRouteSQL = """
        UPDATE deliveries SET next = ? WHERE reporter = ? AND state = 'pending' AND next = 0 AND route = ?
        """

    /// Everything that goes this way waits.
    func hold(route: String, of reporter: String, until next: Timestamp) throws {
        try run(Self.holdRouteSQL, [max(1, next.nanoseconds), reporter, route])
    }

    static let releaseRouteSQL = """
        UPDATE deliveries SET next = 0
        WHERE reporter = ? AND state = 'pending' AND next > 0 AND route = ? AND suspect = 0
        """

    /// Nothing that goes this way waits any more, but suspects.
    func release(route: String, of reporter: String) throws {
        try run(Self.releaseRouteSQL, [reporter, route])
    }

    /// Nothing waits any more but suspects: whoever knew why is gone.
    func releaseRoutes() throws {
        try run("UPDATE deliveries SET next = 0 WHERE state = 'pending' AND next > 0 AND suspect = 0")
    }

    static let overdueDeliveriesSQL = """
        SELECT id FROM deliveries
        WHERE state = 'pending' AND next > 0 AND reporter = ? AND route = ? AND created <= ? LIMIT ?
        """

    /// Reports that wait for a route to work again, and have done so since `moment`.
    func overdueDeliveries(of reporter: String, route: String, before moment: Timestamp, limit: Int) throws -> [Int64] {
        try rows(Self.overdueDeliveriesSQL, [reporter, route, moment.nanoseconds, limit]).map { $0[0] }
    }

    /// The reporter died with it in its hands.
    ///
    /// - Returns: in how many crashes it was.
    func countCrash(ofDelivery id: Int64, error: String, now: Timestamp) throws -> Int {
        try run(
            "UPDATE deliveries SET crashes = crashes + 1, error = ?, updated = ? WHERE id = ?",
            [error, now.nanoseconds, id])
        return Int(try number("SELECT crashes FROM deliveries WHERE id = ?", [id]) ?? 0)
    }

    /// Keeps where the reporter stood when the delivery was given to it.
    func keep(note: String, ofDelivery id: Int64) throws {
        try run("UPDATE deliveries SET note = ? WHERE id = ?", [note, id])
    }

    /// The report has ended, and with the last one its case.
    ///
    /// - Returns: false when it had ended before.
    func end(
        _ id: Int64, ofCase caseID: Int64, as state: DeliveryState, error: String?, now: Timestamp
    ) throws -> Bool {
        let attempt = state == .poisoned || state == .summarised ? 0 : 1
        let changed = try run(
            """
            UPDATE deliveries SET state = ?, attempts = attempts + ?, next = 0, error = coalesce(?, error), updated = ?
            WHERE id = ? AND state IN ('pending', 'held')
            """, [state.rawValue, attempt, error, now.nanoseconds, id])
        guard changed > 0 else { return false }
        let pending = try number(
            "SELECT 1 FROM deliveries WHERE \"case\" = ? AND state IN ('pending', 'held') LIMIT 1", [caseID])
        guard pending == nil else { return true }
        try run(
            """
            UPDATE cases SET updated = ?1, state = CASE WHEN quarantined OR EXISTS (
                SELECT 1 FROM deliveries WHERE "case" = ?2 AND state = 'poisoned') THEN 'poisoned' ELSE 'done' END
            WHERE id = ?2
            """, [now.nanoseconds, caseID])
        return true
    }

    /// Reports that nobody made since `moment`, for reporters that are not configured any more.
    func orphans(except reporters: [String], before moment: Timestamp, limit: Int) throws -> [Int64] {
        let scopes = try rows("SELECT scope FROM counts WHERE scope <> '' AND state = 'pending' AND count > 0")
        for scope in scopes where !reporters.contains(scope[0]) {
            let found = try rows(
                """
                SELECT id FROM deliveries WHERE reporter = ? AND state = 'pending' AND next = 0 AND created <= ?
                LIMIT ?
                """, [scope[0] as String, moment.nanoseconds, limit])
            if !found.isEmpty { return found.map { $0[0] } }
        }
        return []
    }
}

extension LedgerTransaction {
    func caseID(ofDelivery id: Int64) throws -> Int64? {
        try number("SELECT \"case\" FROM deliveries WHERE id = ?", [id])
    }
}
