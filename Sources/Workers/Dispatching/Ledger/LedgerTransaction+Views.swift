import Complaints
import GRDB

/// What people may see.
extension LedgerTransaction {
    /// Characters of a log's tail in a view.
    private static let tail = 4000

    /// The newest cases first, without labels that hold secrets; one whose documents cannot be read is left out.
    func newestCases(limit: Int) throws -> [CaseAnswer] {
        let found = try rows(
            """
            SELECT c.id, c.framework, c.task, c.microseconds, c.state, c.attempts, c.error, c.detected, c.updated,
                f.json, e.json, u.attempts, u.error, u.next
            FROM cases c JOIN failures f ON f.id = c.id LEFT JOIN evidence e ON e.id = c.id
                LEFT JOIN uploads u ON u.id = c.id
            ORDER BY c.id DESC LIMIT ?
            """, [limit])
        return try found.compactMap { row in
            guard var failure: Failure = try? Self.value(row[9]) else { return nil }
            failure.labels = failure.openLabels
            var evidence = (row[10] as String?).flatMap { try? Self.value($0) as Evidence }
            if let whole = evidence {
                evidence?.stdoutTail = String(whole.stdoutTail.suffix(Self.tail))
                evidence?.stderrTail = String(whole.stderrTail.suffix(Self.tail))
            }
            let upload = (row[11] as Int?).map { attempts in
                let next = (row[13] as Int64?).flatMap { $0 > 0 ? Timestamp(nanoseconds: $0) : nil }
                return CaseAnswer.Upload(attempts: attempts, error: row[12], next: next)
            }
            return CaseAnswer(
                id: row[0], key: FailureKey(framework: row[1], task: row[2], microseconds: row[3]), failure: failure,
                state: row[4], attempts: row[5], error: row[6], detected: Timestamp(nanoseconds: row[7]),
                updated: Timestamp(nanoseconds: row[8]), evidence: evidence, upload: upload,
                reports: try reports(of: row[0]))
        }
    }

    private func reports(of caseID: Int64) throws -> [CaseAnswer.Report] {
        try rows(
            """
            SELECT reporter, instance, state, attempts, error, updated, held FROM deliveries WHERE "case" = ? ORDER BY id
            """, [caseID]
        ).map { row in
            CaseAnswer.Report(
                reporter: row[0], instance: row[1], state: row[2], attempts: row[3], error: row[4],
                updated: Timestamp(nanoseconds: row[5]), held: (row[6] as String?).flatMap { try? Self.value($0) })
        }
    }
}
