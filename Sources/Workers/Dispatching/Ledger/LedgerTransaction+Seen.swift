import Complaints
import GRDB

/// Keys that were told before.
extension LedgerTransaction {
    /// What ``SightingRule`` needs to know of a task, which may have had thousands of runs: the one with this time, the
    /// one without a time, and the newest.
    func sightings(of key: FailureKey) throws -> [Sighting] {
        try rows(
            """
            SELECT microseconds, recorded, status, resolved FROM seen
            WHERE framework = ?1 AND task = ?2 AND microseconds IN (?3, 0)
            UNION ALL SELECT * FROM (
                SELECT microseconds, recorded, status, resolved FROM seen
                WHERE framework = ?1 AND task = ?2 ORDER BY microseconds DESC LIMIT 1)
            """, [key.framework, key.task, key.microseconds]
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
            "INSERT OR REPLACE INTO seen(framework, task, microseconds, recorded, status) VALUES (?,?,?,?,?)",
            [
                key.framework, key.task, key.microseconds, now.nanoseconds,
                key.microseconds == 0 ? failure.finished.nanoseconds : 0,
            ])
    }

    /// The task's run without a time is the one with this key.
    func resolve(_ key: FailureKey) throws {
        try run(
            "UPDATE seen SET resolved = ? WHERE framework = ? AND task = ? AND microseconds = 0 AND resolved IS NULL",
            [key.microseconds, key.framework, key.task])
    }

    /// At the end of a full snapshot: forgets keys that snapshots have missed for `keep`.
    ///
    /// Not as soon as one misses them: a new leader hears of what is over from the agents only, one after the other. A
    /// key with a case in the ledger stays.
    /// - Returns: how many keys were dropped.
    func endSnapshot(now: Timestamp, keep: Duration, listed: (FailureKey) -> Bool) throws -> Int {
        let old = now.adding(.zero - keep).nanoseconds
        // Collected first: a cursor must not be open over rows that change.
        var changes: [(key: FailureKey, missed: Int64?)] = []
        var gone: [FailureKey] = []
        let rows = try Row.fetchCursor(db, sql: "SELECT framework, task, microseconds, missed FROM seen")
        while let row = try rows.next() {
            let key = FailureKey(framework: row[0], task: row[1], microseconds: row[2])
            let missed: Int64? = row[3]
            switch (listed(key), missed) {
            case (true, nil): break
            case (true, _?): changes.append((key, nil))
            case (false, nil): changes.append((key, now.nanoseconds))
            case (false, let missed?): if missed <= old { gone.append(key) }
            }
        }
        for (key, missed) in changes {
            try run(
                "UPDATE seen SET missed = ? WHERE framework = ? AND task = ? AND microseconds = ?",
                [missed, key.framework, key.task, key.microseconds])
        }
        return try gone.reduce(0) { count, key in
            try count
                + run(
                    """
                    DELETE FROM seen WHERE framework = ?1 AND task = ?2 AND microseconds = ?3 AND NOT EXISTS (
                        SELECT 1 FROM cases WHERE framework = ?1 AND task = ?2 AND microseconds = ?3)
                    """, [key.framework, key.task, key.microseconds])
        }
    }
}
