import Complaints
import GRDB

/// Takes the rows of one ledger over into another.
///
/// Rows and not pages (SQLite's backup): memory is to take only what is open, and what it did is to be merged into a
/// disk that may have kept more, or that was never read.
enum LedgerCopy {
    private struct Table {
        var name: String
        var key: String
        var columns: [String]
        /// Limits the copy to open cases.
        var open: String?

        /// With those columns alone that a ledger has: one that had to be given up may be of an older version.
        func present(in db: Database) throws -> Table? {
            guard try db.tableExists(name) else { return nil }
            let present = Set(try db.columns(in: name).map(\.name))
            var table = self
            table.columns.removeAll { !present.contains($0) }
            return table
        }

        var insert: String {
            let names = columns.map { "\"\($0)\"" }
            let marks = names.map { _ in "?" }.joined(separator: ",")
            let updates = names.map { "\($0) = excluded.\($0)" }.joined(separator: ", ")
            return """
                INSERT INTO \(name)(\(names.joined(separator: ","))) VALUES (\(marks))
                ON CONFLICT(\(key)) DO UPDATE SET \(updates)
                """
        }

        func select(_ condition: String?) -> String {
            let names = columns.map { "\"\($0)\"" }.joined(separator: ",")
            return "SELECT \(names) FROM \(name)" + (condition.map { " WHERE \($0)" } ?? "")
        }
    }

    /// Cases, deliveries and seen keys that may be lacking in what is taken.
    enum Selection: Equatable {
        case everything
        /// Everything but cases that have ended; of the open ones no more than that.
        case open(limit: Int)
    }

    private static let cases = Table(
        name: "cases", key: "id",
        columns: [
            "id", "framework", "task", "microseconds", "finished", "state", "attempts", "next", "crashes",
            "quarantined", "error", "detected", "updated", "app",
        ])
    private static let documents = [
        Table(name: "failures", key: "id", columns: ["id", "json"], open: "id"),
        Table(name: "evidence", key: "id", columns: ["id", "json"], open: "id"),
        Table(name: "uploads", key: "id", columns: ["id", "attempts", "next", "crashes", "error"], open: "id"),
        Table(
            name: "deliveries", key: "id",
            columns: [
                "id", "case", "reporter", "instance", "finished", "state", "attempts", "next", "crashes", "error",
                "created", "updated", "route", "flood", "held", "suspect", "app",
            ], open: "\"case\""),
    ]
    private static let seen = Table(
        name: "seen", key: "framework, task, microseconds",
        columns: ["framework", "task", "microseconds", "recorded", "missed", "status", "resolved"])
    private static let floods = Table(
        name: "floods", key: "id",
        columns: [
            "id", "reporter", "instance", "kind", "opened", "until", "passed", "held", "goes_on", "closed",
        ])
    private static let meta = Table(name: "meta", key: "name", columns: ["name", "value"])

    /// Takes cases with what belongs to them.
    ///
    /// - Returns: whether all of the source could be read.
    static func copyCases(
        _ selection: Selection, from source: LedgerTransaction, to target: LedgerTransaction
    ) throws -> Bool {
        var condition: String?
        var ids: String?
        if case .open(let limit) = selection {
            condition = "state IN ('collecting', 'delivering') ORDER BY id LIMIT \(limit)"
            ids = "(SELECT id FROM cases WHERE state IN ('collecting', 'delivering') ORDER BY id LIMIT \(limit))"
        }
        var isComplete = try copy(cases, condition, from: source, to: target)
        for table in documents {
            let part = table.open.flatMap { column in ids.map { "\(column) IN \($0)" } }
            isComplete = try copy(table, part, from: source, to: target) && isComplete
        }
        return try copy(floods, nil, from: source, to: target) && isComplete
    }

    /// - Parameter withCase: only keys that the target has a case of.
    static func copySeen(
        withCase: Bool = false, from source: LedgerTransaction, to target: LedgerTransaction
    ) throws -> Bool {
        let condition = """
            EXISTS (SELECT 1 FROM cases c WHERE c.framework = seen.framework AND c.task = seen.task
                AND c.microseconds IN (seen.microseconds, 0))
            """
        return try copy(seen, withCase ? condition : nil, from: source, to: target)
    }

    static func copyMeta(from source: LedgerTransaction, to target: LedgerTransaction) throws -> Bool {
        try copy(meta, "name <> 'clean'", from: source, to: target)
    }

    /// Reads as far as it goes; a row that does not fit is left out. What fails in the target is an error.
    private static func copy(
        _ table: Table, _ condition: String?, from source: LedgerTransaction, to target: LedgerTransaction
    ) throws -> Bool {
        var isComplete = true
        let insertion: Statement
        let rows: RowCursor
        do {
            guard let table = try table.present(in: source.db) else { return true }
            insertion = try target.db.cachedStatement(sql: table.insert)
            rows = try Row.fetchCursor(source.db, sql: table.select(condition))
        } catch is DatabaseError {
            return false
        }
        while true {
            let row: Row?
            do {
                row = try rows.next()
            } catch is DatabaseError {
                return false
            }
            guard let row else { return isComplete }
            do {
                try insertion.execute(arguments: StatementArguments(row.databaseValues))
            } catch let error as DatabaseError where error.resultCode == .SQLITE_CONSTRAINT {
                isComplete = false
            }
        }
    }
}
