import Complaints
import GRDB

/// What is not about one case.
extension LedgerTransaction {
    /// Cases and deliveries by state; the scope of cases is "", of deliveries their reporter.
    func counts() throws -> [String: [String: Int]] {
        try rows("SELECT scope, state, count FROM counts WHERE count <> 0 AND scope <> '/uploads'")
            .reduce(into: [:]) { counts, row in counts[row[0] as String, default: [:]][row[1] as String] = row[2] }
    }

    /// Cases that are reported, and whose logs are still to be saved.
    func uploadCount() throws -> Int {
        Int(try number("SELECT count FROM counts WHERE scope = '/uploads' AND state = 'open'") ?? 0)
    }

    func openCount() throws -> Int {
        Int(
            try number(
                "SELECT sum(count) FROM counts WHERE scope = '' AND state IN ('collecting', 'delivering')") ?? 0)
    }

    // MARK: Waiting work

    static let promoteCasesSQL = """
        UPDATE cases SET next = 0 WHERE id IN (
            SELECT id FROM cases WHERE state = 'collecting' AND next > 0 AND next <= ? ORDER BY next LIMIT ?)
        """
    static let promoteDeliveriesSQL = """
        UPDATE deliveries SET next = 0 WHERE id IN (
            SELECT id FROM deliveries WHERE state = 'pending' AND next > 0 AND next <= ? ORDER BY next LIMIT ?)
        """

    /// Makes due what has waited long enough, a limited number at a time.
    func promote(now: Timestamp, limit: Int) throws {
        try run(Self.promoteCasesSQL, [now.nanoseconds, limit])
        try run(Self.promoteDeliveriesSQL, [now.nanoseconds, limit])
        try run(Self.promoteUploadsSQL, [now.nanoseconds, limit])
    }

    /// The clock was set back: waiting until then could take for ever.
    func stopWaiting(now: Timestamp) throws {
        try run("UPDATE cases SET next = 0 WHERE state = 'collecting' AND next > 0")
        try run("UPDATE deliveries SET next = 0 WHERE state = 'pending' AND next > 0")
        try run("UPDATE uploads SET next = 0 WHERE next > 0")
        try endFloods(now: now)
    }

    static let nextCaseSQL =
        "SELECT next FROM cases WHERE state = 'collecting' AND next > 0 ORDER BY next LIMIT 1"
    static let nextDeliverySQL =
        "SELECT next FROM deliveries WHERE state = 'pending' AND next > 0 ORDER BY next LIMIT 1"

    /// When the next piece of work has waited long enough.
    func nextDue() throws -> Timestamp? {
        let moments = [
            try number(Self.nextCaseSQL), try number(Self.nextDeliverySQL), try number(Self.nextUploadSQL),
            try number(Self.nextFloodSQL),
        ].compactMap { $0 }
        return moments.min().map { Timestamp(nanoseconds: $0) }
    }

    // MARK: Pruning

    static let pruneSQL = """
        DELETE FROM cases WHERE id IN (
            SELECT id FROM cases WHERE state NOT IN ('collecting', 'delivering') AND updated <= ?
            ORDER BY updated LIMIT ?)
        """

    /// Drops cases that ended before `moment`, with all that belongs to them, the oldest first.
    ///
    /// - Returns: how many.
    func prune(before moment: Timestamp, limit: Int) throws -> Int {
        try run(Self.pruneSQL, [moment.nanoseconds, limit])
    }
}

/// For a ledger in memory.
extension LedgerTransaction {
    /// The highest number given to a case, a delivery or a flood so far.
    func lastNumber() throws -> Int64 {
        try number("SELECT max(seq) FROM sqlite_sequence WHERE name IN ('cases', 'deliveries', 'floods')") ?? 0
    }

    /// The next case, the next delivery and the next flood get numbers from `first` on.
    func skipNumbers(to first: Int64) throws {
        for table in ["cases", "deliveries", "floods"] {
            try run("DELETE FROM sqlite_sequence WHERE name = ?", [table])
            try run("INSERT INTO sqlite_sequence(name, seq) VALUES (?, ?)", [table, first - 1])
        }
    }

    /// Drops ended cases with numbers from `first` on, the oldest first, but so many.
    func prune(from first: Int64, keeping count: Int, limit: Int) throws -> Int {
        let ended = try number(
            "SELECT sum(count) FROM counts WHERE scope = '' AND state NOT IN ('collecting', 'delivering')")
        let surplus = Int(ended ?? 0) - count
        guard surplus > 0 else { return 0 }
        return try run(
            """
            DELETE FROM cases WHERE id IN (
                SELECT id FROM cases WHERE state NOT IN ('collecting', 'delivering') AND id >= ?
                ORDER BY updated LIMIT ?)
            """, [first, min(limit, surplus)])
    }
}
