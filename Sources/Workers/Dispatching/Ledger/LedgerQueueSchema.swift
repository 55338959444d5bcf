/// The queues of the ledger: each app has one for each destination of a reporter, and they take turns (start-time fair
/// queueing, each delivery at the same cost).
///
/// A queue's `turn` is the round in which its next delivery is due. It grows by one with each delivery that was sent. A
/// queue that has been empty starts in the current round of the destination, so an app without a backlog waits for no
/// more than one delivery of each app that has one. Triggers keep all of it, whatever statement changes a delivery.
///
/// A delivery without an app (`''`) is in no queue: reporters that keep the order of failure of all have only such.
enum LedgerQueueSchema {
    static let sql = columns + tables + triggers + content

    private static let columns = """
        ALTER TABLE deliveries ADD COLUMN app TEXT NOT NULL DEFAULT '';
        ALTER TABLE cases ADD COLUMN app TEXT NOT NULL DEFAULT '';
        -- As `AppKey` has it; reporters that keep the order of failure have one queue for all apps.
        UPDATE deliveries SET app = coalesce((
            SELECT substr(json_extract(json, '$.framework') || char(10) || json_extract(json, '$.name'), 1, 200)
            FROM failures f WHERE f.id = deliveries."case" AND json_valid(json)), '')
        WHERE state IN ('pending', 'held') AND reporter NOT IN ('file', 'journald');
        UPDATE cases SET app = coalesce((
            SELECT substr(json_extract(json, '$.framework') || char(10) || json_extract(json, '$.name'), 1, 200)
            FROM failures f WHERE f.id = cases.id AND json_valid(json)), '')
        WHERE state = 'collecting';

        DROP INDEX deliveries_due;
        CREATE INDEX deliveries_due ON deliveries(reporter, route, suspect, app, finished, "case", id)
            WHERE state = 'pending' AND next = 0;
        CREATE INDEX cases_by_app ON cases(app, finished, id) WHERE state = 'collecting' AND next = 0;

        """

    private static let tables = """
        CREATE TABLE queues(
            reporter TEXT NOT NULL, route TEXT NOT NULL, suspect INTEGER NOT NULL, app TEXT NOT NULL,
            turn INTEGER NOT NULL,
            finished INTEGER, "case" INTEGER,      -- of its first due delivery; NULL: it has none
            PRIMARY KEY(reporter, route, suspect, app)
        ) WITHOUT ROWID, STRICT;
        CREATE INDEX queues_due ON queues(reporter, route, suspect, turn, finished, "case")
            WHERE finished IS NOT NULL;

        -- The current round: the turn of the delivery that was sent last.
        CREATE TABLE destinations(
            reporter TEXT NOT NULL, route TEXT NOT NULL, turn INTEGER NOT NULL, PRIMARY KEY(reporter, route)
        ) WITHOUT ROWID, STRICT;

        """

    /// Puts the delivery `new` into its queue.
    private static let enter = """
            INSERT INTO queues VALUES (
                new.reporter, new.route, new.suspect, new.app,
                coalesce((SELECT turn FROM destinations d WHERE d.reporter = new.reporter AND d.route = new.route), 0),
                new.finished, new."case")
            ON CONFLICT(reporter, route, suspect, app) DO UPDATE SET
                turn = CASE WHEN queues.finished IS NULL THEN max(queues.turn, excluded.turn) ELSE queues.turn END,
                finished = excluded.finished, "case" = excluded."case"
            WHERE queues.finished IS NULL
                OR (excluded.finished, excluded."case") < (queues.finished, queues."case");

        """

    private static let hasMoved = """
        (old.suspect <> new.suspect OR old.app <> new.app OR old.route <> new.route OR old.reporter <> new.reporter
            OR old.finished <> new.finished)
        """
    private static let changed = "state, next, suspect, app, route, reporter, finished"

    private static let triggers = """
        CREATE TRIGGER queues_in AFTER INSERT ON deliveries
        WHEN new.app <> '' AND new.state = 'pending' AND new.next = 0 BEGIN
        \(enter)
        END;
        CREATE TRIGGER queues_back AFTER UPDATE OF \(changed) ON deliveries
        WHEN new.app <> '' AND new.state = 'pending' AND new.next = 0
            AND (old.state <> 'pending' OR old.next <> 0 OR \(hasMoved)) BEGIN
        \(enter)
        END;
        CREATE TRIGGER queues_out AFTER UPDATE OF \(changed) ON deliveries
        WHEN old.app <> '' AND old.state = 'pending' AND old.next = 0
            AND (new.state <> 'pending' OR new.next <> 0 OR \(hasMoved)) BEGIN
            UPDATE queues SET (finished, "case") = (
                SELECT finished, "case" FROM deliveries
                WHERE reporter = old.reporter AND route = old.route AND suspect = old.suspect AND app = old.app
                    AND state = 'pending' AND next = 0
                ORDER BY finished, "case", id LIMIT 1)
            WHERE reporter = old.reporter AND route = old.route AND suspect = old.suspect AND app = old.app
                AND "case" = old."case";
        END;
        -- It was sent: its queue has had its turn.
        CREATE TRIGGER queues_turn AFTER UPDATE OF state ON deliveries
        WHEN old.state = 'pending' AND new.state IN ('delivered', 'failed') AND old.app <> '' BEGIN
            UPDATE queues SET turn = turn + 1
            WHERE reporter = old.reporter AND route = old.route AND suspect = old.suspect AND app = old.app;
            INSERT INTO destinations SELECT reporter, route, turn - 1 FROM queues
            WHERE reporter = old.reporter AND route = old.route AND suspect = old.suspect AND app = old.app
            ON CONFLICT(reporter, route) DO UPDATE SET turn = excluded.turn WHERE excluded.turn > destinations.turn;
        END;
        -- A new round: an empty queue of an earlier one is as good as none.
        CREATE TRIGGER destinations_round AFTER UPDATE OF turn ON destinations WHEN new.turn > old.turn BEGIN
            DELETE FROM queues
            WHERE reporter = new.reporter AND route = new.route AND finished IS NULL AND turn <= new.turn;
        END;

        """

    /// Also whenever a ledger is opened, as ``LedgerTransaction/rebuildQueues()``.
    private static let content = """
        INSERT INTO queues SELECT reporter, route, suspect, app, 0, min(finished), "case" FROM deliveries
        WHERE app <> '' AND state = 'pending' AND next = 0 GROUP BY reporter, route, suspect, app;
        """
}
