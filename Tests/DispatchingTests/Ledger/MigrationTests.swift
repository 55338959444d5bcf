import Complaints
import GRDB
import Testing

@testable import Dispatching

@Suite("Ledgers of older versions")
struct MigrationTests {
    let scratch = Scratch()
    var path: String { scratch.path + "/ledger.sqlite" }

    /// Adds a case as versions before the sixth did, which knew no queues.
    func addCase(_ failure: Failure, state: CaseState, _ tx: LedgerTransaction) throws -> Int64 {
        let key = failure.key
        try tx.run(
            """
            INSERT INTO cases(framework, task, microseconds, finished, state, detected, updated)
            VALUES (?,?,?,?,?,0,0)
            """, [key.framework, key.task, key.microseconds, failure.finished.nanoseconds, state.rawValue])
        let id = tx.db.lastInsertedRowID
        try tx.run("INSERT INTO failures VALUES (?, ?)", [id, try LedgerTransaction.json(failure)])
        return id
    }

    /// A ledger as the first version left it: a case that waits for its report, and one that waits to be collected.
    func old(_ path: String) throws {
        let queue = try DatabaseQueue(path: path)
        try LedgerSchema.migrator.migrate(queue, upTo: "1 cases, deliveries, seen keys")
        try queue.write { db in
            let tx = LedgerTransaction(db: db)
            let open = try addCase(failure("a"), state: .delivering, tx)
            try tx.run("INSERT INTO evidence VALUES (?, ?)", [open, try LedgerTransaction.json(evidence)])
            try db.execute(
                sql: """
                    INSERT INTO deliveries("case", reporter, instance, finished, state, note, created, updated)
                    VALUES (?, 'file', 'default', 1, 'pending', 'here', 1, 1)
                    """, arguments: [open])
            _ = try addCase(failure("b"), state: .collecting, tx)
            try tx.setMeta(.baselined, "yes")
            try tx.setMeta(.clean, "yes")
            #expect(try !db.tableExists("floods"))
        }
        try queue.close()
    }

    @Test func whatIsOpenInAnOldLedgerIsReported() throws {
        try old(path)
        let desk = try Desk(scratch.path, flood: FloodLimit(count: 1, window: .seconds(60)))
        let uploader = try desk.worker(.uploader)
        #expect(desk.collections == ["b"])
        let reporter = try desk.worker(.reporter("file"))
        #expect(desk.deliveries.map(\.failure.id) == ["a"])
        #expect(desk.deliveries.map(\.note) == ["here"])
        let id = try #require(desk.deliveries.first?.id)
        try desk.run(.reporter(reporter, .delivered(id: id)))
        try desk.run(.uploader(uploader, .collected(failure("b").key, evidence)))
        #expect(desk.deliveries.map(\.failure.id) == ["b"])
        #expect(try desk.counts()["file"] == ["delivered": 1, "pending": 1])
        #expect(try desk.keeper.read { try $0.number("SELECT count(*) FROM floods") } == 1)
    }

    @Test func uploadsOfALedgerThatKnewNoErrorsAreCounted() throws {
        let queue = try DatabaseQueue(path: path)
        try LedgerSchema.migrator.migrate(queue, upTo: "3 floods, routes")
        try queue.write { db in
            let tx = LedgerTransaction(db: db)
            let id = try addCase(failure("late"), state: .done, tx)
            try db.execute(sql: "INSERT INTO uploads(id, attempts) VALUES (?, 2)", arguments: [id])
        }
        try queue.close()
        let ledger = try Ledger(path: path)
        #expect(try ledger.read { try $0.uploadCount() } == 1)
        let upload = try ledger.read { try $0.newestCases(limit: 1) }.first?.upload
        #expect(upload == CaseAnswer.Upload(attempts: 2, error: nil, next: nil))
        try ledger.transaction { _ = try $0.endUpload(1, nil) }
        #expect(try ledger.read { try $0.uploadCount() } == 0)
    }

    @Test func anOldLedgerThatIsCorruptIsTakenOverAsFarAsItCanBeRead() throws {
        try old(path)
        let source = try Ledger(readingFrom: path)
        let target = try Ledger.inMemory()
        try target.transaction { target in
            try source.read { source in
                let isComplete = try LedgerCopy.copyCases(.everything, from: source, to: target)
                #expect(isComplete)
            }
            let (count, due) = (try target.openCount(), try target.dueRoutes(of: "file"))
            #expect(count == 2)
            #expect(due == [""])
        }
    }

    @Test func whatWaitsInAVersionWithoutQueuesTakesTurnsByApp() throws {
        let queue = try DatabaseQueue(path: path)
        try LedgerSchema.migrator.migrate(queue, upTo: "5 reports by their way")
        try queue.write { db in
            let tx = LedgerTransaction(db: db)
            for number in 0..<9 {
                var failure = failure("t\(number)", finished: Double(number))
                failure.name = number < 8 ? "flood" : "other"
                let id = try addCase(failure, state: .delivering, tx)
                for reporter in ["slack", "file"] {
                    try db.execute(
                        sql: """
                            INSERT INTO deliveries("case", reporter, instance, finished, state, created, updated)
                            VALUES (?, ?, 'default', ?, 'pending', 1, 1)
                            """, arguments: [id, reporter, failure.finished.nanoseconds])
                }
            }
            // Whose failure cannot be read must not be lost sight of.
            try tx.run("UPDATE failures SET json = 'broken' WHERE id = 4")
        }
        try queue.close()
        let desk = try Desk(scratch.path, reporters: ["slack", "file"], ordered: ["file"])
        func all(_ kind: String) throws -> [String] {
            let reporter = try desk.worker(.reporter(kind), credit: 1)
            var order: [String] = []
            while let next = desk.deliveries.first {
                order.append(next.failure.id)
                try desk.run(.reporter(reporter, .delivered(id: next.id)))
            }
            return order
        }
        #expect(try all("slack") == ["t0", "t8", "t1", "t2", "t4", "t5", "t6", "t7"])
        #expect(try all("file") == ["t0", "t1", "t2", "t4", "t5", "t6", "t7", "t8"])
        #expect(try desk.counts()["slack"]?["pending"] == nil)
    }
}
