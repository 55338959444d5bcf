import Complaints
import FoundationEssentials
import GRDB
import Glibc
import Testing

@testable import Dispatching

@Suite("The ledger")
struct LedgerTests {
    let scratch = Scratch()
    var path: String { scratch.path + "/ledger.sqlite" }

    /// Adds cases that wait to be collected, and makes every second one wait for its report.
    func fill(_ ledger: Ledger, _ count: Int) throws {
        try ledger.transaction { tx in
            let document = #"{"id":"t' || n || '","frameworkID":"F-1","terminal":' || n || '}"#
            let numbers = "WITH RECURSIVE ns(n) AS (VALUES (0) UNION ALL SELECT n + 1 FROM ns WHERE n + 1 < \(count))"
            let statements = [
                "INSERT INTO cases SELECT n + 1, 'F-1', 't' || n, n, n, 'collecting', 0, 0, 0, 0, NULL, 1, 1, '' FROM ns",
                "INSERT INTO failures SELECT n + 1, '\(document)' FROM ns",
                "INSERT INTO evidence SELECT n + 1, '{}' FROM ns WHERE n % 2 = 0",
                """
                INSERT INTO deliveries("case", reporter, instance, finished, state, created, updated, route, app)
                SELECT n + 1, 'file', 'default', n, 'pending', 1, 1, 'way ' || (n / 20000), 'app ' || (n % 100) FROM ns WHERE n % 2 = 0
                """,
            ]
            for statement in statements { try tx.db.execute(sql: "\(numbers) \(statement)") }
            try tx.db.execute(sql: "UPDATE cases SET state = 'delivering' WHERE (id - 1) % 2 = 0")
        }
    }

    @Test func itSurvivesPowerLossByItsSettings() throws {
        let ledger = try Ledger(path: path)
        func pragma(_ name: String) throws -> String? {
            try ledger.read { try String.fetchOne($0.db, sql: "PRAGMA \(name)") }
        }
        #expect(try pragma("journal_mode") == "wal")
        #expect(try pragma("synchronous") == "2")
        #expect(try pragma("auto_vacuum") == "2")
        #expect(try pragma("foreign_keys") == "1")
    }

    @Test func onlyWeMayReadIt() throws {
        let desk = try Desk(scratch.path)
        _ = try desk.baselinedPoller()
        for name in scratch.names {
            let mode = try FileManager.default.attributesOfItem(atPath: "\(scratch.path)/\(name)")[.posixPermissions]
            #expect(mode as? Int == 0o600, "\(name)")
        }
        #expect(scratch.names.count == 4)
    }

    @Test func aTransactionThatThrowsLeavesNothing() throws {
        struct Trouble: Error {}
        let ledger = try Ledger(path: path)
        #expect(throws: LedgerError.self) {
            try ledger.transaction { tx in
                try tx.addCase(failure(), state: .collecting, now: at(0))
                throw Trouble()
            }
        }
        let count = try ledger.read { try $0.openCount() }
        #expect(count == 0)
    }

    /// After trouble at a commit nobody knows whether it got through.
    @Test func whatIsDoneTwiceIsDoneOnce() throws {
        let ledger = try Ledger(path: path)
        let (id, work) = try ledger.transaction { tx in
            let id = try tx.addCase(failure(), state: .collecting, now: at(0))
            return (id, try tx.collectable(id))
        }
        let open = try #require(work)
        for _ in 1...2 {
            try ledger.transaction { tx in
                _ = try tx.collected(id, evidence, instances: [("file", "default")], now: at(1))
            }
        }
        #expect(open.failure == failure())
        let due = try ledger.read { try $0.dueDeliveries(of: "file", route: "default", in: Self.queue(""), limit: 9) }
        #expect(due.count == 1)
        let ends = try ledger.transaction { tx in
            [
                try tx.end(due[0].id, ofCase: id, as: .delivered, error: nil, now: at(2)),
                try tx.end(due[0].id, ofCase: id, as: .failed, error: "no", now: at(3)),
            ]
        }
        #expect(ends == [true, false])
        let counts = try ledger.read { try $0.counts() }
        #expect(counts == ["": ["done": 1], "file": ["delivered": 1]])
    }

    @Test func aLedgerOfANewerVersionIsRefused() throws {
        var ledger: Ledger? = try Ledger(path: path)
        try ledger?.transaction { tx in
            try tx.db.execute(sql: "INSERT INTO grdb_migrations VALUES ('99 from the future')")
        }
        ledger = nil
        #expect(throws: LedgerError.newer(file: path)) { try Ledger(path: path) }
        // Also with all that is around it, and the file stays where it is.
        #expect(throws: LedgerError.newer(file: path)) { try Desk(scratch.path) }
        #expect(scratch.names.contains("ledger.sqlite"))
    }

    private static func queue(_ app: String) -> DueQueue { DueQueue(app: app, isSuspect: false, turn: 0) }

    /// The plan of a statement, as SQLite explains it.
    func plan(_ ledger: Ledger, _ sql: String, _ arguments: StatementArguments) throws -> String {
        try ledger.read { tx in
            try Row.fetchAll(tx.db, sql: "EXPLAIN QUERY PLAN " + sql, arguments: arguments)
                .map { $0["detail"] as String }.joined(separator: "\n")
        }
    }

    @Test func workIsFoundWithoutSearchingAHundredThousandCases() throws {
        let ledger = try Ledger(path: path)
        try fill(ledger, 100_000)
        try ledger.read { try $0.db.execute(sql: "ANALYZE") }
        let expectations: [(String, StatementArguments, String)] = [
            (LedgerTransaction.dueCasesSQL, [4], "USING COVERING INDEX cases_due"),
            (LedgerTransaction.dueDeliveriesSQL, ["file", "x", 0, "a", 4], "USING INDEX deliveries_due"),
            (LedgerTransaction.dueQueuesSQL, ["file", "x", 4], "USING COVERING INDEX queues_due"),
            (LedgerTransaction.nextAppSQL, ["a"], "USING COVERING INDEX cases_by_app"),
            (LedgerTransaction.dueCasesOfAppSQL, ["a", 4], "USING INDEX cases_by_app"),
            (LedgerTransaction.dueRoutesSQL, ["file"], "USING COVERING INDEX deliveries_due"),
            (LedgerTransaction.nextCaseSQL, [], "USING COVERING INDEX cases_waiting"),
            (LedgerTransaction.nextDeliverySQL, [], "USING COVERING INDEX deliveries_waiting"),
            (LedgerTransaction.promoteCasesSQL, [1, 4], "USING COVERING INDEX cases_waiting"),
            (LedgerTransaction.promoteDeliveriesSQL, [1, 4], "USING COVERING INDEX deliveries_waiting"),
            (LedgerTransaction.pruneSQL, [1, 4], "USING COVERING INDEX cases_closed"),
            (LedgerTransaction.overdueCasesSQL, [1, 4], "USING INDEX cases_due"),
            (LedgerTransaction.openFloodSQL, ["file", "default", "x"], "USING INDEX floods_open"),
            (LedgerTransaction.nextFloodSQL, [], "USING COVERING INDEX floods_due"),
            (LedgerTransaction.endedFloodsSQL, [1, 4], "USING INDEX floods_due"),
            (LedgerTransaction.holdRouteSQL, [1, "file", "x"], "USING INDEX deliveries_due"),
            (LedgerTransaction.releaseRouteSQL, ["file", "x"], "USING INDEX deliveries_put_off"),
            (LedgerTransaction.overdueDeliveriesSQL, ["file", "x", 1, 4], "USING INDEX deliveries_put_off"),
        ]
        for (sql, arguments, index) in expectations {
            let plan = try plan(ledger, sql, arguments)
            let usesIndex = plan.contains(index) || plan.contains(index.replacing("COVERING ", with: ""))
            #expect(usesIndex, "\(sql)\n\(plan)")
            #expect(!plan.contains("TEMP B-TREE FOR ORDER BY"), "\(sql)\n\(plan)")
        }
        let ways = try ledger.read { try $0.dueRoutes(of: "file") }
        #expect(ways == (0..<5).map { "way \($0)" })
        let cases = try ledger.read { tx in try tx.dueCases(limit: 3).compactMap { try tx.collectable($0.id) } }
        #expect(cases.map(\.failure.id) == ["t1", "t3", "t5"])
        let reports = try ledger.read { tx in
            try tx.dueDeliveries(of: "file", route: ways[1], in: Self.queue("app 0"), limit: 3).compactMap {
                try tx.deliverable($0.id)?.work
            }
        }
        #expect(reports.map(\.failure.id) == ["t20000", "t20100", "t20200"])
        let counts = try ledger.read { try $0.counts() }
        #expect(
            counts == [
                "": ["collecting": 50_000, "delivering": 50_000], "file": ["pending": 50_000],
            ])
    }

    @Test func theFileShrinksAfterPruning() throws {
        let ledger = try Ledger(path: path)
        try fill(ledger, 5000)
        func pages() throws -> Int { try ledger.read { try Int.fetchOne($0.db, sql: "PRAGMA page_count") ?? 0 } }
        let full = try pages()
        try ledger.transaction { tx in
            try tx.run("UPDATE cases SET state = 'done'")
            let pruned = try tx.prune(before: at(1), limit: 10_000)
            #expect(pruned == 5000)
            let counts = try tx.counts()
            #expect(counts == [:])
            let rest = try tx.number("SELECT (SELECT count(*) FROM failures) + (SELECT count(*) FROM deliveries)")
            #expect(rest == 0)
        }
        try ledger.shrink(pages: 100)
        let first = try pages()
        #expect(first < full)
        #expect(full - first <= 110)
        try ledger.shrink(pages: 100_000)
        #expect(try pages() < full / 2)
    }

    @Test func theWriteAheadLogStaysSmall() throws {
        let ledger = try Ledger(path: path)
        let large = failure(labels: ["essay": String(repeating: "x", count: 100_000)])
        for _ in 0..<40 {
            try ledger.transaction { tx in
                for _ in 0..<10 { try tx.addCase(large, state: .collecting, now: at(0)) }
            }
        }
        let size = try FileManager.default.attributesOfItem(atPath: path + "-wal")[.size] as? Int ?? .max
        #expect(size <= 16 << 20)
    }

    @Test func aCaseThatCannotBeReadDoesNotStopTheOthers() throws {
        let desk = try Desk(scratch.path)
        let poller = try desk.baselinedPoller()
        try desk.run(.poller(poller, .detected([failure("bad"), failure("good", finished: 1)])))
        try desk.keeper.ledger.transaction { tx in
            _ = try tx.run("UPDATE failures SET json = '{\"id\":7' WHERE json LIKE '%bad%'")
        }
        _ = try desk.worker(.uploader)
        #expect(desk.collections == ["good"])
        #expect(try desk.counts()[""] == ["collecting": 1, "poisoned": 1])
    }

    @Test func oldDocumentsAreReadWithTheirMissingFieldsAtTheirDefaults() throws {
        let old: Failure = try LedgerTransaction.value(#"{"id":"a","frameworkID":"F","terminal":1000,"future":[1]}"#)
        #expect(old.key == FailureKey(framework: "F", task: "a", microseconds: 1))
        #expect(old.finished == Timestamp(nanoseconds: 1000))
        #expect(old.state == "UNKNOWN")
        let empty: Evidence = try LedgerTransaction.value("{}")
        #expect(empty == Evidence(stdoutURL: "", stderrURL: ""))
        #expect(throws: DecodingError.self) { try LedgerTransaction.value(#"{"name":"a"}"#) as Failure }
        #expect(throws: DecodingError.self) { try LedgerTransaction.value(#"{"id":1,"frameworkID":"F"}"#) as Failure }
    }
}

@Suite("The state directory")
struct StateDirectoryTests {
    let scratch = Scratch()

    @Test func oneProcessAtATimeUsesIt() throws {
        let path = scratch.path + "/state"
        var first: StateDirectory? = StateDirectory(path: path)
        try first?.prepare()
        let second = StateDirectory(path: path)
        #expect(throws: LedgerError.inUse(directory: path, process: getpid())) { try second.prepare() }
        #expect(
            LedgerError.inUse(directory: "/s", process: 12).description
                == "the state directory /s is in use by process 12: each instance needs a directory of its own")
        first = nil
        try second.prepare()
        try second.prepare()
    }

    @Test func theTemporaryOneIsTheSameForOneSupervisorAndPrivate() throws {
        let path = try TemporaryDirectory.open(in: scratch.path)
        #expect(try TemporaryDirectory.open(in: scratch.path) == path)
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o700)
        let directory = StateDirectory(path: path, isTemporary: true)
        try directory.prepare()
        let keeper = try LedgerKeeper(directory: directory, now: at(0), log: quiet)
        #expect(keeper.mode == .temporary)
        keeper.close(now: at(0))
        // The next dispatcher of the same supervisor finds what is open.
        let next = try LedgerKeeper(
            directory: StateDirectory(path: try TemporaryDirectory.open(in: scratch.path), isTemporary: true),
            now: at(0), log: quiet)
        try next.transaction(now: at(0)) { _ = try $0.addCase(failure(), state: .collecting, now: at(0)) }
        next.close(now: at(0))
        let last = try LedgerKeeper(directory: StateDirectory(path: path, isTemporary: true), now: at(0), log: quiet)
        #expect(try last.read { try $0.openCount() } == 1)
        last.close(now: at(0))
    }

    @Test func theSupervisorRemovesTheTemporaryOneAtItsEnd() throws {
        let path = try TemporaryDirectory.open(in: scratch.path, supervisor: getpid())
        let directory = StateDirectory(path: path, isTemporary: true)
        try LedgerKeeper(directory: directory, now: at(0), log: quiet).close(now: at(0))
        TemporaryLedger.remove(in: "/nowhere")
        #expect(!scratch.names.isEmpty)
        TemporaryLedger.remove(in: scratch.path)
        #expect(scratch.names.isEmpty)
    }

    @Test func whatADeadSupervisorLeftIsRemovedAndWhatIsNotOursIsNot() throws {
        let files = FileManager.default
        let prefix = "\(scratch.path)/complainer-\(geteuid())-"
        let names = ["\(prefix)4194400-17", "\(prefix)notes", "\(scratch.path)/other"]
        for name in names {
            try files.createDirectory(atPath: name, withIntermediateDirectories: false)
            chmod(name, 0o700)
        }
        #expect(files.createFile(atPath: names[0] + "/ledger.sqlite", contents: nil))
        _ = try TemporaryDirectory.open(in: scratch.path)
        #expect(names.map { files.fileExists(atPath: $0) } == [false, true, true])
    }

    @Test func aTrapInItsPlaceIsRefused() throws {
        let path = try TemporaryDirectory.open(in: scratch.path)
        rmdir(path)
        #expect(symlink("/tmp", path) == 0)
        #expect(throws: LedgerError.self) { try TemporaryDirectory.open(in: scratch.path) }
        unlink(path)
        #expect(mkdir(path, 0o700) == 0)
        chmod(path, 0o755)
        #expect(throws: LedgerError.self) { try TemporaryDirectory.open(in: scratch.path) }
    }
}
