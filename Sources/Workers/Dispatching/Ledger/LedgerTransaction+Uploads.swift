import Complaints
import GRDB

/// Cases that were reported with preliminary evidence, because their logs could not be saved in time: saving is tried on
/// beside the case, whatever state that is in by then. A row goes when the logs are saved, or given up.
extension LedgerTransaction {
    /// The case is being reported; its logs are to be saved all the same.
    func addUpload(_ id: Int64) throws {
        try run(
            """
            INSERT OR IGNORE INTO uploads(id, attempts, crashes, error)
            SELECT id, attempts, crashes, error FROM cases WHERE id = ?
            """, [id])
    }

    static let dueUploadsSQL = "SELECT id, crashes FROM uploads WHERE next = 0 ORDER BY id LIMIT ?"

    /// The uploads to try next, in the order of detection.
    func dueUploads(limit: Int) throws -> [(id: Int64, crashes: Int)] {
        try rows(Self.dueUploadsSQL, [limit]).map { ($0[0], $0[1]) }
    }

    /// A reported case whose logs are to be saved; nil when they are not (any more).
    func uploadable(_ id: Int64) throws -> OpenCase? {
        let found = try rows(
            """
            SELECT f.json, u.attempts, u.crashes, c.detected
            FROM uploads u LEFT JOIN failures f ON f.id = u.id JOIN cases c ON c.id = u.id WHERE u.id = ?
            """, [id])
        guard let row = found.first else { return nil }
        return OpenCase(
            id: id, failure: try Self.value((row[0] as String?) ?? ""), attempts: row[1], crashes: row[2],
            detected: Timestamp(nanoseconds: row[3]), isReported: true)
    }

    /// The logs are saved, or will never be: reports that have not been made yet get the new evidence.
    ///
    /// - Parameter evidence: nil leaves what is there.
    /// - Returns: false when the upload had ended before.
    func endUpload(_ id: Int64, _ evidence: Evidence?) throws -> Bool {
        guard try run("DELETE FROM uploads WHERE id = ?", [id]) > 0 else { return false }
        if let evidence { try run("UPDATE evidence SET json = ? WHERE id = ?", [try Self.json(evidence), id]) }
        return true
    }

    /// Nobody tries any more: the evidence keeps its links to the agent, and says why there are no others.
    ///
    /// - Parameter reason: in a sentence.
    /// - Returns: false when the upload had ended before.
    func giveUpUpload(_ id: Int64, because reason: String) throws -> Bool {
        let found = try rows("SELECT json FROM evidence WHERE id = ?", [id]).first
        var evidence = try found.map { try Self.value($0[0]) as Evidence }
        evidence?.logsError = "\(reason); the links lead to the agent, as long as it keeps the sandbox"
        return try endUpload(id, evidence)
    }

    /// Not now: again at `next`. Whoever answers has not died of it.
    func postponeUpload(_ id: Int64, until next: Timestamp, error: String) throws {
        try run(
            "UPDATE uploads SET attempts = attempts + 1, crashes = 0, next = ?, error = ? WHERE id = ?",
            [max(1, next.nanoseconds), error, id])
    }

    /// The uploader died with it in its hands.
    ///
    /// - Returns: in how many crashes it was.
    func countCrash(ofUpload id: Int64, error: String) throws -> Int {
        try run("UPDATE uploads SET crashes = crashes + 1, error = ? WHERE id = ?", [error, id])
        return Int(try number("SELECT crashes FROM uploads WHERE id = ?", [id]) ?? 0)
    }

    /// Uploads of cases that were recorded before `moment`, and that nobody has taken.
    func overdueUploads(before moment: Timestamp, limit: Int) throws -> [Int64] {
        try rows(
            "SELECT id FROM uploads JOIN cases USING (id) WHERE uploads.next = 0 AND detected <= ? ORDER BY id LIMIT ?",
            [moment.nanoseconds, limit]
        ).map { $0[0] }
    }

    static let promoteUploadsSQL = """
        UPDATE uploads SET next = 0 WHERE id IN (
            SELECT id FROM uploads WHERE next > 0 AND next <= ? ORDER BY next LIMIT ?)
        """
    static let nextUploadSQL = "SELECT next FROM uploads WHERE next > 0 ORDER BY next LIMIT 1"
}
