import GRDB

/// The tables of the ledger, by version; `STRICT`, so that what is read has the type that it must have. Moments are nanoseconds since 1970, except in keys (microseconds).
enum LedgerSchema {
    /// A migration is never changed once it was released; a later version adds another.
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 cases, deliveries, seen keys") { db in
            try db.execute(sql: tables + indexes + triggers)
        }
        migrator.registerMigration("2 uploads that go on after the report") { db in
            try db.execute(sql: uploads)
        }
        migrator.registerMigration("3 floods, routes") { db in
            try db.execute(sql: floods)
        }
        migrator.registerMigration("4 what keeps uploads from ending") { db in
            try db.execute(sql: uploadErrors)
        }
        migrator.registerMigration("5 reports by their way") { db in
            try db.execute(sql: ways)
        }
        migrator.registerMigration("6 queues of apps") { db in
            try db.execute(sql: LedgerQueueSchema.sql)
        }
        return migrator
    }

    private static let tables = """
        CREATE TABLE meta(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID, STRICT;

        -- Every run that a poller told about, as long as a master may list it: it outlives its case.
        CREATE TABLE seen(
            framework TEXT NOT NULL, task TEXT NOT NULL, microseconds INTEGER NOT NULL,
            recorded INTEGER NOT NULL,             -- when the ledger learned of it
            missed INTEGER,                        -- since when full snapshots have not had it any more
            status INTEGER NOT NULL DEFAULT 0,     -- microseconds = 0: time of the last known status, or 0
            resolved INTEGER,                      -- microseconds = 0: the key's time once it became known
            PRIMARY KEY(framework, task, microseconds)
        ) WITHOUT ROWID, STRICT;

        -- next: no try before that moment; 0 is now.
        CREATE TABLE cases(
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            framework TEXT NOT NULL, task TEXT NOT NULL, microseconds INTEGER NOT NULL,
            finished INTEGER NOT NULL, state TEXT NOT NULL,
            attempts INTEGER NOT NULL DEFAULT 0, next INTEGER NOT NULL DEFAULT 0, crashes INTEGER NOT NULL DEFAULT 0,
            quarantined INTEGER NOT NULL DEFAULT 0, -- the collection was, and the case went on without logs
            error TEXT, detected INTEGER NOT NULL, updated INTEGER NOT NULL
        ) STRICT;

        -- Beside the cases, so that a change of state does not write the documents again.
        CREATE TABLE failures(id INTEGER PRIMARY KEY REFERENCES cases(id) ON DELETE CASCADE, json TEXT NOT NULL) STRICT;
        CREATE TABLE evidence(id INTEGER PRIMARY KEY REFERENCES cases(id) ON DELETE CASCADE, json TEXT NOT NULL) STRICT;

        CREATE TABLE deliveries(
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            "case" INTEGER NOT NULL REFERENCES cases(id) ON DELETE CASCADE,
            reporter TEXT NOT NULL, instance TEXT NOT NULL, finished INTEGER NOT NULL, state TEXT NOT NULL,
            attempts INTEGER NOT NULL DEFAULT 0, next INTEGER NOT NULL DEFAULT 0, crashes INTEGER NOT NULL DEFAULT 0,
            note TEXT,                              -- where the reporter stood when it was given to it
            error TEXT, created INTEGER NOT NULL, updated INTEGER NOT NULL
        ) STRICT;

        -- Kept by triggers, so that counting never scans.
        CREATE TABLE counts(
            scope TEXT NOT NULL, state TEXT NOT NULL, count INTEGER NOT NULL, PRIMARY KEY(scope, state)
        ) WITHOUT ROWID, STRICT;

        """

    /// Cases that were reported with preliminary evidence, and whose logs are still to be saved.
    private static let uploads = """
        CREATE TABLE uploads(
            id INTEGER PRIMARY KEY REFERENCES cases(id) ON DELETE CASCADE,
            attempts INTEGER NOT NULL DEFAULT 0, next INTEGER NOT NULL DEFAULT 0, crashes INTEGER NOT NULL DEFAULT 0
        ) STRICT;
        CREATE INDEX uploads_due ON uploads(id) WHERE next = 0;
        CREATE INDEX uploads_waiting ON uploads(next) WHERE next > 0;
        """

    private static let uploadErrors = """
        ALTER TABLE uploads ADD COLUMN error TEXT;

        CREATE TRIGGER uploads_in AFTER INSERT ON uploads BEGIN
            INSERT INTO counts VALUES ('/uploads', 'open', 1)
                ON CONFLICT(scope, state) DO UPDATE SET count = count + 1;
        END;
        CREATE TRIGGER uploads_out AFTER DELETE ON uploads BEGIN
            UPDATE counts SET count = count - 1 WHERE scope = '/uploads' AND state = 'open';
        END;
        INSERT INTO counts SELECT '/uploads', 'open', count(*) FROM uploads;
        """

    /// Reports of the same moment are made in the order in which their failures were recorded.
    private static let ways = """
        -- The service stumbles over it, while it takes others: it waits by itself, and lets the others go first.
        ALTER TABLE deliveries ADD COLUMN suspect INTEGER NOT NULL DEFAULT 0;
        DROP INDEX deliveries_due;
        CREATE INDEX deliveries_due ON deliveries(reporter, route, suspect, finished, "case", id)
            WHERE state = 'pending' AND next = 0;
        CREATE INDEX deliveries_put_off ON deliveries(reporter, route, created) WHERE state = 'pending' AND next > 0;
        """

    private static let indexes = """
        CREATE INDEX cases_key ON cases(framework, task, microseconds);
        CREATE INDEX cases_due ON cases(finished, id) WHERE state = 'collecting' AND next = 0;
        CREATE INDEX cases_waiting ON cases(next) WHERE state = 'collecting' AND next > 0;
        CREATE INDEX cases_closed ON cases(updated) WHERE state NOT IN ('collecting', 'delivering');
        CREATE INDEX deliveries_due ON deliveries(reporter, finished, id) WHERE state = 'pending' AND next = 0;
        CREATE INDEX deliveries_waiting ON deliveries(next) WHERE state = 'pending' AND next > 0;
        CREATE INDEX deliveries_case ON deliveries("case", state);

        """

    private static let triggers = """
        CREATE TRIGGER cases_in AFTER INSERT ON cases BEGIN
            INSERT INTO counts VALUES ('', new.state, 1)
                ON CONFLICT(scope, state) DO UPDATE SET count = count + 1;
        END;
        CREATE TRIGGER cases_change AFTER UPDATE OF state ON cases WHEN old.state <> new.state BEGIN
            UPDATE counts SET count = count - 1 WHERE scope = '' AND state = old.state;
            INSERT INTO counts VALUES ('', new.state, 1)
                ON CONFLICT(scope, state) DO UPDATE SET count = count + 1;
        END;
        CREATE TRIGGER cases_out AFTER DELETE ON cases BEGIN
            UPDATE counts SET count = count - 1 WHERE scope = '' AND state = old.state;
        END;
        CREATE TRIGGER deliveries_in AFTER INSERT ON deliveries BEGIN
            INSERT INTO counts VALUES (new.reporter, new.state, 1)
                ON CONFLICT(scope, state) DO UPDATE SET count = count + 1;
        END;
        CREATE TRIGGER deliveries_change AFTER UPDATE OF state ON deliveries WHEN old.state <> new.state BEGIN
            UPDATE counts SET count = count - 1 WHERE scope = old.reporter AND state = old.state;
            INSERT INTO counts VALUES (new.reporter, new.state, 1)
                ON CONFLICT(scope, state) DO UPDATE SET count = count + 1;
        END;
        CREATE TRIGGER deliveries_out AFTER DELETE ON deliveries BEGIN
            UPDATE counts SET count = count - 1 WHERE scope = old.reporter AND state = old.state;
        END;
        """

    private static let floods = """
        ALTER TABLE deliveries ADD COLUMN route TEXT NOT NULL DEFAULT ''; -- alike: they go to the same place
        ALTER TABLE deliveries ADD COLUMN flood INTEGER;                 -- what it was held for
        ALTER TABLE deliveries ADD COLUMN held TEXT;                     -- the failures that it stands for, if several

        -- Failures of one kind, for one instance of a reporter, in one span of time. Numbers are never used again, so
        -- that those in a ledger in memory and on disk do not meet.
        CREATE TABLE floods(
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            reporter TEXT NOT NULL, instance TEXT NOT NULL, kind TEXT NOT NULL,
            opened INTEGER NOT NULL, until INTEGER NOT NULL,
            passed INTEGER NOT NULL, held INTEGER NOT NULL, goes_on INTEGER NOT NULL,
            closed INTEGER NOT NULL DEFAULT 0      -- the summary is made; what it tells of is being marked
        ) STRICT;
        CREATE INDEX floods_open ON floods(reporter, instance, kind, id) WHERE closed = 0;
        CREATE INDEX floods_due ON floods(until) WHERE held > 0;
        CREATE INDEX floods_idle ON floods(until) WHERE held = 0;
        CREATE INDEX deliveries_held ON deliveries(flood, finished, id) WHERE state = 'held';
        """
}
