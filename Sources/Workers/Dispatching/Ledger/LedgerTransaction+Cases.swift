import Complaints
import GRDB

/// Where a case is on its way.
enum CaseState: String, CaseIterable, Sendable {
    /// Its logs are to be saved.
    case collecting
    /// Its reports are to be made.
    case delivering
    /// All reports have ended, one way or the other.
    case done
    /// No reporter is configured for the task.
    case skipped
    /// Ended, and something in it was quarantined on the way.
    case poisoned

    var isOpen: Bool { self == .collecting || self == .delivering }
}

/// A case as far as collecting needs it.
struct OpenCase: Sendable {
    var id: Int64
    var failure: Failure
    /// Failed tries.
    var attempts: Int
    var crashes: Int
    var detected: Timestamp
    /// It was reported already, with preliminary evidence.
    var isReported = false
    /// As ``AppKey`` has it.
    var app = ""
}

extension LedgerTransaction {
    /// - Returns: the number of the new case.
    @discardableResult
    func addCase(_ failure: Failure, state: CaseState, now: Timestamp) throws -> Int64 {
        let key = failure.key
        try run(
            """
            INSERT INTO cases(framework, task, microseconds, finished, state, detected, updated, app)
            VALUES (?,?,?,?,?,?,?,?)
            """,
            [
                key.framework, key.task, key.microseconds, (failure.terminal ?? failure.finished).nanoseconds,
                state.rawValue, now.nanoseconds, now.nanoseconds, AppKey.of(failure),
            ])
        let id = db.lastInsertedRowID
        try run("INSERT INTO failures VALUES (?, ?)", [id, try Self.json(failure)])
        return id
    }

    static let dueCasesSQL =
        "SELECT id, crashes FROM cases WHERE state = 'collecting' AND next = 0 ORDER BY finished, id LIMIT ?"

    /// The cases to collect next, in the order of failure.
    func dueCases(limit: Int) throws -> [(id: Int64, crashes: Int)] {
        try rows(Self.dueCasesSQL, [limit]).map { ($0[0], $0[1]) }
    }

    /// A case that waits to be collected; nil when it does not (any more).
    ///
    /// - Throws: a `DecodingError` when it cannot be read, or a damaged ledger has lost it.
    func collectable(_ id: Int64) throws -> OpenCase? {
        let found = try rows(
            """
            SELECT json, attempts, crashes, detected, app FROM cases LEFT JOIN failures USING (id)
            WHERE id = ? AND state = 'collecting'
            """, [id])
        guard let row = found.first else { return nil }
        return OpenCase(
            id: id, failure: try Self.value((row[0] as String?) ?? ""), attempts: row[1], crashes: row[2],
            detected: Timestamp(nanoseconds: row[3]), app: row[4])
    }

    /// The evidence is there: one delivery for each of the instances, all at once.
    ///
    /// - Parameter judge: how an instance is to be told. Asked only when the case still waits for evidence.
    /// - Returns: the state that the case is in now; nil when it did not wait for evidence any more.
    func collected(
        _ id: Int64, _ evidence: Evidence, instances: [(reporter: String, instance: String)], now: Timestamp,
        judge: (_ reporter: String, _ instance: String) throws -> NewDelivery = { reporter, instance in
            NewDelivery(reporter: reporter, instance: instance, route: instance, flood: nil)
        }
    ) throws -> CaseState? {
        let state: CaseState = instances.isEmpty ? .skipped : .delivering
        let changed = try run(
            "UPDATE cases SET state = ?, next = 0, updated = ? WHERE id = ? AND state = 'collecting'",
            [state.rawValue, now.nanoseconds, id])
        guard changed > 0 else { return nil }
        try run("INSERT OR REPLACE INTO evidence VALUES (?, ?)", [id, try Self.json(evidence)])
        for (reporter, instance) in instances {
            let delivery = try judge(reporter, instance)
            let state: DeliveryState = delivery.flood == nil ? .pending : .held
            try run(
                """
                INSERT INTO deliveries(
                    "case", reporter, instance, finished, state, route, app, flood, created, updated)
                SELECT id, ?, ?, finished, ?, ?, ?, ?, ?, ? FROM cases WHERE id = ?
                """,
                [
                    reporter, instance, state.rawValue, delivery.route, delivery.app, delivery.flood,
                    now.nanoseconds, now.nanoseconds, id,
                ])
        }
        return state
    }

    /// Not now: again at `next`. Whoever answers has not died of it.
    func postponeCase(_ id: Int64, until next: Timestamp, error: String, now: Timestamp) throws {
        try run(
            """
            UPDATE cases SET attempts = attempts + 1, crashes = 0, next = ?, error = ?, updated = ?
            WHERE id = ? AND state = 'collecting'
            """, [max(1, next.nanoseconds), error, now.nanoseconds, id])
    }

    /// The uploader died with it in its hands.
    ///
    /// - Returns: in how many crashes it was.
    func countCrash(ofCase id: Int64, error: String, now: Timestamp) throws -> Int {
        try run(
            "UPDATE cases SET crashes = crashes + 1, error = ?, updated = ? WHERE id = ?",
            [error, now.nanoseconds, id])
        return Int(try number("SELECT crashes FROM cases WHERE id = ?", [id]) ?? 0)
    }

    /// Its collection is not tried again; the case ends as `poisoned`.
    func quarantineCollection(_ id: Int64, error: String) throws {
        try run("UPDATE cases SET quarantined = 1, error = ? WHERE id = ?", [error, id])
    }

    /// Takes a case out whose failure cannot be read.
    func abandonCase(_ id: Int64, error: String, now: Timestamp) throws {
        try run(
            "UPDATE cases SET state = 'poisoned', error = ?, updated = ? WHERE id = ?", [error, now.nanoseconds, id])
        try run(
            """
            UPDATE deliveries SET state = 'poisoned', error = ?, updated = ?
            WHERE "case" = ? AND state IN ('pending', 'held')
            """, [error, now.nanoseconds, id])
    }

    static let overdueCasesSQL =
        "SELECT id FROM cases WHERE state = 'collecting' AND next = 0 AND detected <= ? ORDER BY finished, id LIMIT ?"

    /// Cases that nobody collected since `moment`.
    func overdueCases(before moment: Timestamp, limit: Int) throws -> [Int64] {
        try rows(Self.overdueCasesSQL, [moment.nanoseconds, limit]).map { $0[0] }
    }
}
