import Complaints
import FoundationEssentials
import GRDB

/// The ledger's vocabulary: every piece of SQL, by subject in the files beside this one.
///
/// Repeating a call that was already carried out changes nothing: after trouble with the disk nobody knows whether the
/// last transaction got through, and the dispatcher does it again.
struct LedgerTransaction {
    let db: Database

    /// Names in the table `meta`.
    enum Meta: String {
        /// "yes" once the first snapshot was complete.
        case baselined
        /// What is later than this moment (nanoseconds) is news even before that; see ``BaselineRule``.
        case baselineSince
        /// "yes" while no process has the ledger open.
        case clean
    }

    func meta(_ name: Meta) throws -> String? {
        try String.fetchOne(
            db.cachedStatement(sql: "SELECT value FROM meta WHERE name = ?"), arguments: [name.rawValue])
    }

    func setMeta(_ name: Meta, _ value: String?) throws {
        if let value {
            try run("INSERT OR REPLACE INTO meta VALUES (?, ?)", [name.rawValue, value])
        } else {
            try run("DELETE FROM meta WHERE name = ?", [name.rawValue])
        }
    }

    /// - Returns: how many rows were changed.
    @discardableResult
    func run(_ sql: String, _ arguments: StatementArguments = []) throws -> Int {
        try db.cachedStatement(sql: sql).execute(arguments: arguments)
        return db.changesCount
    }

    func rows(_ sql: String, _ arguments: StatementArguments = []) throws -> [Row] {
        try Row.fetchAll(db.cachedStatement(sql: sql), arguments: arguments)
    }

    func number(_ sql: String, _ arguments: StatementArguments = []) throws -> Int64? {
        try Int64.fetchOne(db.cachedStatement(sql: sql), arguments: arguments)
    }

    static func json(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    static func value<Value: Decodable>(_ json: String) throws -> Value {
        try JSONDecoder().decode(Value.self, from: Data(json.utf8))
    }
}
