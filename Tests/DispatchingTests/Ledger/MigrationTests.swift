import Complaints
import GRDB
import Testing

@testable import Dispatching

@Suite("Ledgers of older versions")
struct MigrationTests {
    let scratch = Scratch()
    var path: String { scratch.path + "/ledger.sqlite" }

    /// A ledger as the first version left it: a case that waits for its report, and one that waits to be collected.
    func old(_ path: String) throws {
        let queue = try DatabaseQueue(path: path)
        try LedgerSchema.migrator.migrate(queue, upTo: "1 cases, deliveries, seen keys")
        try queue.write { db in
            let tx = LedgerTransaction(db: db)
            let open = try tx.addCase(failure("a"), state: .delivering, now: at(0))
            try tx.run("INSERT INTO evidence VALUES (?, ?)", [open, try LedgerTransaction.json(evidence)])
            try db.execute(
                sql: """
                    INSERT INTO deliveries("case", reporter, instance, finished, state, note, created, updated)
                    VALUES (?, 'file', 'default', 1, 'pending', 'here', 1, 1)
                    """, arguments: [open])
            try tx.addCase(failure("b"), state: .collecting, now: at(0))
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
            let id = try tx.addCase(failure("late"), state: .done, now: at(0))
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
}
