import GRDB

/// What can be wrong with the ledger, in words for the operator.
enum LedgerError: Error, Equatable, CustomStringConvertible {
    /// The disk does not take or give the file any more: full, read-only, failing, not to be opened.
    case disk(file: String, trouble: Trouble, detail: String)
    /// The file's contents cannot be trusted.
    case corrupt(file: String, detail: String)
    /// A newer version of this program has changed the file.
    case newer(file: String)
    /// Another process uses the state directory.
    case inUse(directory: String, process: Int32?)
    /// The state directory cannot be used.
    case directory(String, detail: String)
    /// Anything else: an error of ours.
    case internalError(file: String, detail: String)

    enum Trouble: String, Equatable {
        case full, readOnly, failing, cannotOpen

        fileprivate var sentence: String {
            switch self {
            case .full: "no space is left on the device: free some"
            case .readOnly: "it is read-only: remount the file system writable and check the owner and mode of the file"
            case .failing: "the device fails to read or write: see the kernel's log, and check the file system"
            case .cannotOpen: "it cannot be opened: check that the directory exists and that we may write there"
            }
        }
    }

    init(_ error: DatabaseError, file: String) {
        let detail = "SQLite \(error.extendedResultCode.rawValue): \(error.message ?? "no message")"
        switch error.resultCode {
        case .SQLITE_FULL: self = .disk(file: file, trouble: .full, detail: detail)
        case .SQLITE_READONLY: self = .disk(file: file, trouble: .readOnly, detail: detail)
        case .SQLITE_IOERR, .SQLITE_PROTOCOL, .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_NOLFS:
            self = .disk(file: file, trouble: .failing, detail: detail)
        case .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_AUTH:
            self = .disk(file: file, trouble: .cannotOpen, detail: detail)
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: self = .corrupt(file: file, detail: detail)
        default: self = .internalError(file: file, detail: detail)
        }
    }

    /// Runs SQL and makes what goes wrong ours.
    static func mapping<Value>(_ file: String, _ body: () throws -> Value) throws(LedgerError) -> Value {
        do {
            return try body()
        } catch let error as LedgerError {
            throw error
        } catch let error as DatabaseError {
            throw LedgerError(error, file: file)
        } catch {
            throw .internalError(file: file, detail: "\(error)")
        }
    }

    var description: String {
        switch self {
        case .disk(let file, let trouble, let detail):
            "the ledger \(file) cannot be written, \(trouble.sentence) (\(detail))"
        case .corrupt(let file, let detail): "the ledger \(file) is corrupt (\(detail))"
        case .newer(let file):
            "the ledger \(file) was written by a newer version of complainer: install that version again, "
                + "or move the file away to begin a new ledger (what is open in it is not reported then)"
        case .inUse(let directory, let process):
            "the state directory \(directory) is in use by process \(process.map(String.init) ?? "(unknown)"): "
                + "each instance needs a directory of its own"
        case .directory(let directory, let detail): "the state directory \(directory) cannot be used: \(detail)"
        case .internalError(let file, let detail): "the ledger \(file): \(detail)"
        }
    }
}
