import Complaints
import GRDB

/// A window of a flood with its number in the ledger.
struct OpenFlood: Sendable {
    var id: Int64
    var window: FloodWindow
}

/// Failures that come too fast to be reported one by one.
extension LedgerTransaction {
    /// Failures of one kind are those of which an instance need not be told each.
    static func kind(of failure: Failure) throws -> String {
        try json([failure.framework, failure.name, failure.state, failure.image])
    }

    static let openFloodSQL = """
        SELECT id, opened, until, passed, held, goes_on FROM floods
        WHERE reporter = ? AND instance = ? AND kind = ? AND closed = 0 ORDER BY id DESC LIMIT 1
        """

    /// The window that is open for a kind of failure.
    func openFlood(reporter: String, instance: String, kind: String) throws -> OpenFlood? {
        try rows(Self.openFloodSQL, [reporter, instance, kind]).first.map { Self.flood($0) }
    }

    private static func flood(_ row: Row) -> OpenFlood {
        OpenFlood(
            id: row[0],
            window: FloodWindow(
                opened: Timestamp(nanoseconds: row[1]), until: Timestamp(nanoseconds: row[2]), passed: row[3],
                held: row[4], goesOn: row[5]))
    }

    /// Writes a window down; a new one without a number.
    ///
    /// - Returns: its number.
    @discardableResult
    func keep(
        _ window: FloodWindow, as id: Int64?, reporter: String, instance: String, kind: String
    ) throws -> Int64 {
        let numbers: [any DatabaseValueConvertible] = [
            window.opened.nanoseconds, window.until.nanoseconds, window.passed, window.held, window.goesOn,
        ]
        if let id {
            try run(
                "UPDATE floods SET opened = ?, until = ?, passed = ?, held = ?, goes_on = ? WHERE id = ?",
                StatementArguments(numbers + [id]))
            return id
        }
        try run(
            """
            INSERT INTO floods(opened, until, passed, held, goes_on, reporter, instance, kind)
            VALUES (?,?,?,?,?,?,?,?)
            """, StatementArguments(numbers + [reporter, instance, kind]))
        return db.lastInsertedRowID
    }

    // MARK: Ends

    static let nextFloodSQL = "SELECT until FROM floods WHERE held > 0 ORDER BY until LIMIT 1"

    /// When the next window with something in it ends; the beginning of time while one is being wound up.
    func nextFlood() throws -> Timestamp? {
        try number(Self.nextFloodSQL).map { Timestamp(nanoseconds: $0) }
    }

    static let endedFloodsSQL = """
        SELECT id, opened, until, passed, held, goes_on, reporter, instance, kind FROM floods
        WHERE held > 0 AND until <= ? AND closed = 0 ORDER BY until LIMIT ?
        """

    /// Windows that are over and have held something.
    func endedFloods(now: Timestamp, limit: Int) throws -> [(
        flood: OpenFlood, reporter: String, instance: String, kind: String
    )] {
        try rows(Self.endedFloodsSQL, [now.nanoseconds, limit]).map { (Self.flood($0), $0[6], $0[7], $0[8]) }
    }

    /// Makes the newest failure that a window held the report of them all; the others are yet to be marked with
    /// ``wind(up:limit:now:)``.
    ///
    /// - Returns: what it tells of; nil when none is there any more.
    func summarise(_ flood: OpenFlood, now: Timestamp) throws -> HeldFailures? {
        let found = try rows(
            "SELECT count(*), min(finished), max(finished) FROM deliveries WHERE flood = ? AND state = 'held'",
            [flood.id])
        try run("UPDATE floods SET closed = 1, until = 0 WHERE id = ?", [flood.id])
        guard let row = found.first, row[0] as Int > 0 else { return nil }
        let window = max(now.since(flood.window.opened), .zero)
        let held = HeldFailures(
            count: row[0], first: Timestamp(nanoseconds: row[1]), last: Timestamp(nanoseconds: row[2]),
            seconds: Double(window.nanoseconds) / 1e9)
        try run(
            """
            UPDATE deliveries SET state = 'pending', held = ?, created = ?, updated = ? WHERE id = (
                SELECT id FROM deliveries WHERE flood = ? AND state = 'held' ORDER BY finished DESC, id DESC LIMIT 1)
            """, [try Self.json(held), now.nanoseconds, now.nanoseconds, flood.id])
        return held
    }

    /// Marks failures that summaries tell of, some at a time, and forgets windows that are done with.
    ///
    /// - Returns: how many it were.
    func windUp(limit: Int, now: Timestamp) throws -> Int {
        var count = 0
        for flood in try rows("SELECT id FROM floods WHERE held > 0 AND until = 0 AND closed = 1 ORDER BY id LIMIT 16")
        {
            let held = try rows(
                """
                SELECT id, "case" FROM deliveries WHERE flood = ? AND state = 'held' ORDER BY finished, id LIMIT ?
                """, [flood[0] as Int64, limit - count])
            for row in held { _ = try end(row[0], ofCase: row[1], as: .summarised, error: nil, now: now) }
            count += held.count
            guard count < limit else { break }
            try run("DELETE FROM floods WHERE id = ?", [flood[0] as Int64])
        }
        return count
    }

    /// Forgets windows that are over and have held nothing, and releases what is held for a window that is not there:
    /// a ledger that had to be given up may have lost one.
    func tidyFloods(now: Timestamp, limit: Int) throws {
        try run(
            """
            DELETE FROM floods WHERE id IN (
                SELECT id FROM floods WHERE held = 0 AND until <= ? ORDER BY until LIMIT ?)
            """, [now.nanoseconds, limit])
        try run(
            """
            UPDATE deliveries SET state = 'pending' WHERE id IN (
                SELECT d.id FROM deliveries d LEFT JOIN floods f ON f.id = d.flood
                WHERE d.state = 'held' AND f.id IS NULL LIMIT ?)
            """, [limit])
    }

    /// The clock was set back: what is held is reported now. Windows keep their lengths.
    func endFloods(now: Timestamp) throws {
        try run(
            "UPDATE floods SET opened = opened - until + ?1, until = ?1 WHERE closed = 0", [now.nanoseconds])
    }

    /// What is held at the moment, the most first.
    func heldFloods(limit: Int) throws -> [SummaryAnswer.Flood] {
        try rows(
            """
            SELECT reporter, instance, kind, held, until FROM floods WHERE held > 0 AND closed = 0
            ORDER BY held DESC, id LIMIT ?
            """, [limit]
        ).map { row in
            let parts: [String] = (try? Self.value(row[2])) ?? []
            func part(_ index: Int) -> String { parts.indices.contains(index) ? parts[index] : "" }
            return SummaryAnswer.Flood(
                reporter: row[0], instance: row[1], name: part(1), framework: part(0), state: part(2), held: row[3],
                until: Timestamp(nanoseconds: row[4]))
        }
    }
}
