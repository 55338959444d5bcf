import GRDB

/// The ledger's file (or its stand-in in memory): opening, closing, and transactions. What is in it is said by
/// ``LedgerTransaction``.
///
/// Synchronous: a call returns when the disk has it (WAL with `synchronous=FULL`, so a commit survives power loss).
final class Ledger {
    /// The file's path, `:memory:` for one in memory.
    let path: String
    private let queue: DatabaseQueue

    /// Bytes that the WAL keeps after a checkpoint; it is checkpointed every 1000 pages (4 MB).
    private static let walLimit = 16 << 20

    /// Opens a ledger, creates it if there is none, and brings its tables up to date.
    ///
    /// A file that was not closed in an orderly way is checked first.
    init(path: String) throws(LedgerError) {
        self.path = path
        queue = try LedgerError.mapping(path) {
            var configuration = Configuration()
            configuration.label = "ledger"
            configuration.busyMode = .timeout(2)
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            try queue.writeWithoutTransaction { db in
                // Before the first table: it cannot be changed later.
                try db.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL")
                if path != Self.memoryPath {
                    let mode = try String.fetchOne(db, sql: "PRAGMA journal_mode = WAL")
                    guard mode == "wal" else {
                        throw LedgerError.disk(file: path, trouble: .cannotOpen, detail: "no WAL: \(mode ?? "")")
                    }
                    try db.execute(sql: "PRAGMA journal_size_limit = \(Self.walLimit)")
                }
                try db.execute(sql: "PRAGMA synchronous = FULL")
                guard try !LedgerSchema.migrator.hasBeenSuperseded(db) else { throw LedgerError.newer(file: path) }
                if try db.tableExists("meta"), try LedgerTransaction(db: db).meta(.clean) != "yes" {
                    let verdict = try String.fetchOne(db, sql: "PRAGMA quick_check(1)") ?? "no answer"
                    guard verdict == "ok" else { throw LedgerError.corrupt(file: path, detail: verdict) }
                }
            }
            try LedgerSchema.migrator.migrate(queue)
            try queue.inDatabase { db in try LedgerTransaction(db: db).setMeta(.clean, nil) }
            return queue
        }
    }

    /// A ledger that is only looked at, as it is: nothing is checked, nothing is written.
    init(readingFrom path: String) throws(LedgerError) {
        self.path = path
        queue = try LedgerError.mapping(path) {
            var configuration = Configuration()
            configuration.readonly = true
            return try DatabaseQueue(path: path, configuration: configuration)
        }
    }

    /// An empty ledger in memory.
    static func inMemory() throws(LedgerError) -> Ledger { try Ledger(path: memoryPath) }

    private static let memoryPath = ":memory:"

    /// Everything in `body` becomes durable together, or nothing of it.
    func transaction<Value>(_ body: (LedgerTransaction) throws -> Value) throws(LedgerError) -> Value {
        try LedgerError.mapping(path) {
            try queue.writeWithoutTransaction { db in
                var value: Value?
                try db.inTransaction(.immediate) {
                    value = try body(LedgerTransaction(db: db))
                    return .commit
                }
                guard let value else { throw LedgerError.internalError(file: path, detail: "no transaction") }
                return value
            }
        }
    }

    /// Reads; also what is not in a transaction.
    func read<Value>(_ body: (LedgerTransaction) throws -> Value) throws(LedgerError) -> Value {
        try LedgerError.mapping(path) {
            try queue.writeWithoutTransaction { db in try body(LedgerTransaction(db: db)) }
        }
    }

    /// Gives pages that pruning freed back to the file system, some at a time.
    func shrink(pages: Int) throws(LedgerError) {
        try LedgerError.mapping(path) {
            try queue.writeWithoutTransaction { db in
                // Each step frees one page: the statement is to be run to its end.
                _ = try Row.fetchAll(db, sql: "PRAGMA incremental_vacuum(\(pages))")
            }
        }
    }

    /// Closes in an orderly way: the next start need not check the file.
    func close() throws(LedgerError) {
        try LedgerError.mapping(path) {
            try queue.writeWithoutTransaction { db in try LedgerTransaction(db: db).setMeta(.clean, "yes") }
            try queue.close()
        }
    }

    /// Lets go of the file without a mark of order. To be called before the file is moved: SQLite deletes the WAL by its
    /// name when it closes, which would be that of the next ledger.
    func abandon() {
        try? queue.close()
    }
}
