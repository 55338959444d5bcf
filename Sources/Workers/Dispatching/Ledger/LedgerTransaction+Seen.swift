import Complaints
import GRDB

/// Keys that were told before.
extension LedgerTransaction {
    func sightings(of key: FailureKey) throws -> [Sighting] {
        try rows(
            "SELECT microseconds, recorded, status, resolved FROM seen WHERE framework = ? AND task = ?",
            [key.framework, key.task]
        ).map { row in
            Sighting(
                microseconds: row[0], recorded: Timestamp(nanoseconds: row[1]),
                lastStatus: Timestamp(nanoseconds: row[2]), resolved: row[3])
        }
    }

    /// Remembers a failure; an older run without a time that was resolved makes way for a new one without.
    func see(_ failure: Failure, now: Timestamp) throws {
        let key = failure.key
        try run(
            "INSERT OR REPLACE INTO seen(framework, task, microseconds, recorded, listed, status) VALUES (?,?,?,?,?,?)",
            [
                key.framework, key.task, key.microseconds, now.nanoseconds, now.nanoseconds,
                key.microseconds == 0 ? failure.finished.nanoseconds : 0,
            ])
    }

    /// The task's run without a time is the one with this key.
    func resolve(_ key: FailureKey) throws {
        try run(
            "UPDATE seen SET resolved = ? WHERE framework = ? AND task = ? AND microseconds = 0 AND resolved IS NULL",
            [key.microseconds, key.framework, key.task])
    }

    /// At the end of a full snapshot: renews what it listed, and forgets what it did not and none has for `keep`.
    ///
    /// A key with a case in the ledger stays. What was listed is renewed only now and then, to spare the disk.
    /// - Returns: how many keys were dropped.
    func endSnapshot(now: Timestamp, keep: Duration, listed: (FailureKey) -> Bool) throws -> Int {
        let stale = now.adding(.zero - keep / 8).nanoseconds
        let old = now.adding(.zero - keep).nanoseconds
        var dropped = 0
        // Collected first: a cursor must not be open over rows that change.
        let rows = try rows(
            "SELECT framework, task, microseconds, listed FROM seen INDEXED BY seen_listed WHERE listed <= ?", [stale])
        for row in rows {
            let key = FailureKey(framework: row[0], task: row[1], microseconds: row[2])
            let arguments: StatementArguments = [key.framework, key.task, key.microseconds]
            if listed(key) {
                try run(
                    "UPDATE seen SET listed = ? WHERE framework = ? AND task = ? AND microseconds = ?",
                    [now.nanoseconds] + arguments)
            } else if (row[3] as Int64) <= old {
                dropped += try run(
                    """
                    DELETE FROM seen WHERE framework = ?1 AND task = ?2 AND microseconds = ?3 AND NOT EXISTS (
                        SELECT 1 FROM cases WHERE framework = ?1 AND task = ?2 AND microseconds = ?3)
                    """, arguments)
            }
        }
        return dropped
    }
}
