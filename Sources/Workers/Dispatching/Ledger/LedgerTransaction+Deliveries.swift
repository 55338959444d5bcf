import Complaints
import GRDB

/// How a report stands.
enum DeliveryState: String, CaseIterable, Sendable {
    case pending
    case delivered
    /// The service will not take it, ever.
    case failed
    /// Tried for as long as it is worth it.
    case expired
    /// Was in the hands of the reporter in three of its crashes.
    case poisoned
}

/// A report as far as delivering needs it.
struct OpenDelivery: Sendable {
    var delivery: Delivery
    var caseID: Int64
    var reporter: String
    var created: Timestamp
}

extension LedgerTransaction {
    static let dueDeliveriesSQL = """
        SELECT id, crashes FROM deliveries WHERE reporter = ? AND state = 'pending' AND next = 0
        ORDER BY finished, id LIMIT ?
        """

    /// The reports to make next, in the order of failure.
    func dueDeliveries(of reporter: String, limit: Int) throws -> [(id: Int64, crashes: Int)] {
        try rows(Self.dueDeliveriesSQL, [reporter, limit]).map { ($0[0], $0[1]) }
    }

    /// A report that is to be made; nil when it is not (any more).
    func deliverable(_ id: Int64) throws -> OpenDelivery? {
        let found = try rows(
            """
            SELECT d."case", d.reporter, d.instance, d.attempts, d.created, f.json, e.json, d.note
            FROM deliveries d JOIN failures f ON f.id = d."case" JOIN evidence e ON e.id = d."case"
            WHERE d.id = ? AND d.state = 'pending'
            """, [id])
        guard let row = found.first else { return nil }
        var delivery = Delivery(
            id: id, failure: try Self.value(row[5]), evidence: try Self.value(row[6]), instance: row[2],
            attempt: (row[3] as Int) + 1)
        delivery.note = row[7]
        return OpenDelivery(
            delivery: delivery, caseID: row[0], reporter: row[1], created: Timestamp(nanoseconds: row[4]))
    }

    /// How often a pending report was tried in vain, and since when it is to be made; nil when it is not pending.
    func patience(of id: Int64) throws -> (attempts: Int, created: Timestamp)? {
        try rows("SELECT attempts, created FROM deliveries WHERE id = ? AND state = 'pending'", [id]).first.map {
            ($0[0], Timestamp(nanoseconds: $0[1]))
        }
    }

    /// Not now: again at `next`. Whoever answers has not died of it.
    func postponeDelivery(_ id: Int64, until next: Timestamp, error: String, now: Timestamp) throws {
        try run(
            """
            UPDATE deliveries
            SET attempts = attempts + 1, crashes = 0, next = ?, error = ?, updated = ?, note = NULL
            WHERE id = ? AND state = 'pending'
            """, [max(1, next.nanoseconds), error, now.nanoseconds, id])
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
    /// - Returns: the state in which the case ended; nil while it goes on.
    func end(
        _ id: Int64, ofCase caseID: Int64, as state: DeliveryState, error: String?, now: Timestamp
    ) throws -> CaseState? {
        let attempt = state == .poisoned ? 0 : 1
        let changed = try run(
            """
            UPDATE deliveries SET state = ?, attempts = attempts + ?, next = 0, error = coalesce(?, error), updated = ?
            WHERE id = ? AND state = 'pending'
            """, [state.rawValue, attempt, error, now.nanoseconds, id])
        guard changed > 0 else { return nil }
        let pending = try number("SELECT 1 FROM deliveries WHERE \"case\" = ? AND state = 'pending' LIMIT 1", [caseID])
        guard pending == nil else { return nil }
        let poisoned = try number(
            """
            SELECT 1 FROM cases WHERE id = ?1 AND (quarantined OR EXISTS (
                SELECT 1 FROM deliveries WHERE "case" = ?1 AND state = 'poisoned'))
            """, [caseID])
        let end: CaseState = poisoned == nil ? .done : .poisoned
        try run("UPDATE cases SET state = ?, updated = ? WHERE id = ?", [end.rawValue, now.nanoseconds, caseID])
        return end
    }

    /// Reports that nobody made since `moment`, for reporters that are not configured any more.
    func orphans(except reporters: [String], before moment: Timestamp, limit: Int) throws -> [(Int64, caseID: Int64)] {
        let scopes = try rows("SELECT scope FROM counts WHERE scope <> '' AND state = 'pending' AND count > 0")
        for scope in scopes where !reporters.contains(scope[0]) {
            let found = try rows(
                """
                SELECT id, "case" FROM deliveries WHERE reporter = ? AND state = 'pending' AND next = 0 AND created <= ?
                ORDER BY finished, id LIMIT ?
                """, [scope[0] as String, moment.nanoseconds, limit])
            if !found.isEmpty { return found.map { ($0[0], $0[1]) } }
        }
        return []
    }
}

extension LedgerTransaction {
    func caseID(ofDelivery id: Int64) throws -> Int64? {
        try number("SELECT \"case\" FROM deliveries WHERE id = ?", [id])
    }
}
