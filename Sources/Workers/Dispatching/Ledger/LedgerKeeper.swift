import Complaints
import FoundationEssentials
import Logging

/// Keeps a ledger at hand whatever happens to the disk.
///
/// While the disk is in trouble the ledger is in memory, with what was open on disk if that could be read; every few
/// seconds it is tried to bring it back. A ledger that is corrupt is moved aside, what can be read of it is taken over,
/// and as nobody knows what is missing, the next snapshot is a baseline again.
final class LedgerKeeper {
    enum Mode: String {
        case disk
        /// On disk, in a directory that goes with the supervisor.
        case temporary
        case memory
    }

    static let returnInterval = Duration.seconds(3)
    static let longestReturnInterval = Duration.seconds(60)
    /// A corrupt ledger may not have had what failed in this time before its last modification.
    static let corruptMargin = Duration.seconds(600)
    /// Ended cases that are kept in memory.
    static let keptInMemory = 10_000

    let directory: StateDirectory
    private(set) var mode: Mode
    /// Why the ledger is in memory.
    private(set) var trouble: LedgerError?
    /// Changes when what a snapshot was compared with may be gone.
    private(set) var generation = 0
    /// The ledger has a baseline, but things may have happened that it was not told.
    var wantsSnapshot = false
    /// When the disk is to be tried again.
    private(set) var nextReturn: Timestamp?

    private(set) var ledger: Ledger
    private var returnWait = LedgerKeeper.returnInterval
    /// Whether memory has everything that was open on disk.
    private var isCopy = false
    /// Cases from here on are not on disk.
    private var firstInMemory = Int64.max
    private var lastComplaint: Timestamp?
    /// Which file is open, by its inode.
    private var file: UInt?
    private let log: Logger

    /// Opens the ledger of a directory; when the disk is in trouble, an empty one in memory.
    ///
    /// - Throws: `inUse` and `newer`, which memory would not help.
    init(directory: StateDirectory, now: Timestamp, log: Logger) throws(LedgerError) {
        self.directory = directory
        self.log = log
        mode = directory.isTemporary ? .temporary : .disk
        // A stand-in until the file is open.
        ledger = try Ledger.inMemory()
        do {
            ledger = try open(now: now)
        } catch {
            switch error {
            case .disk, .directory, .corrupt: try useMemory(because: error, now: now)
            case .inUse, .newer, .internalError: throw error
            }
        }
    }

    var path: String { directory.ledger }

    /// Runs a transaction; again, on another ledger, when this one fails because of its disk.
    func transaction<Value>(
        now: Timestamp, _ body: (LedgerTransaction) throws -> Value
    ) throws(LedgerError) -> Value {
        do throws(LedgerError) {
            return try ledger.transaction(body)
        } catch {
            guard mode != .memory else { throw error }
            switch error {
            case .disk, .directory: try useMemory(because: error, now: now)
            case .corrupt: try replace(because: error, now: now)
            case .inUse, .newer, .internalError: throw error
            }
        }
        // Not for ever: a ledger that was just replaced and fails again is a matter for the supervisor.
        do throws(LedgerError) {
            return try ledger.transaction(body)
        } catch {
            guard mode != .memory, case .disk = error else { throw error }
            try useMemory(because: error, now: now)
            return try ledger.transaction(body)
        }
    }

    /// Reads; when that fails, the next transaction deals with the reason.
    func read<Value>(_ body: (LedgerTransaction) throws -> Value) throws(LedgerError) -> Value {
        try ledger.read(body)
    }

    /// Drops cases that ended before `moment`. In memory more, to stay small, but only what the disk does not have: a
    /// case that is open there must come back as ended.
    func prune(_ tx: LedgerTransaction, before moment: Timestamp, limit: Int) throws -> Int {
        guard mode == .memory else { return try tx.prune(before: moment, limit: limit) }
        return try tx.prune(from: firstInMemory, keeping: Self.keptInMemory, limit: limit)
    }

    /// Gives pages back that are not needed any more; that it fails is no harm.
    func shrink(pages: Int) {
        guard mode != .memory else { return }
        do throws(LedgerError) {
            try ledger.shrink(pages: pages)
        } catch {
            log.debug("the ledger was not shrunk", metadata: ["error": "\(error)"])
        }
    }

    /// Closes the ledger in an orderly way, back on its disk if that works now.
    func close(now: Timestamp) {
        if mode == .memory {
            nextReturn = now
            _ = returnToDisk(now: now)
        }
        do throws(LedgerError) {
            if mode == .memory {
                let open = try ledger.read { try $0.openCount() }
                log.error("the ledger in memory is lost", metadata: ["open": "\(open)"])
            } else {
                try ledger.close()
            }
        } catch {
            log.error("the ledger was not closed in order", metadata: ["error": "\(error)"])
        }
        directory.unlock()
    }

    // MARK: Opening

    /// Whoever removes the file of an open ledger does not make a write fail; what is written then is lost.
    ///
    /// - Throws: when memory cannot take the ledger either.
    func checkFile(now: Timestamp) throws(LedgerError) {
        guard mode != .memory, StateDirectory.identity(path) != file else { return }
        directory.unlock()
        try useMemory(because: .directory(directory.path, detail: "the ledger's file was removed"), now: now)
    }

    private func open(now: Timestamp) throws(LedgerError) -> Ledger {
        try directory.prepare()
        do throws(LedgerError) {
            directory.createLedger()
            let ledger = try Ledger(path: path)
            file = StateDirectory.identity(path)
            return ledger
        } catch {
            guard case .corrupt = error else { throw error }
            return try begin(anew: error, now: now)
        }
    }

    private func replace(because error: LedgerError, now: Timestamp) throws(LedgerError) {
        ledger.abandon()
        do throws(LedgerError) {
            ledger = try begin(anew: error, now: now)
        } catch {
            try useMemory(because: error, now: now)
        }
    }

    /// Moves the corrupt ledger aside and begins another with what can be read of it.
    private func begin(anew error: LedgerError, now: Timestamp) throws(LedgerError) -> Ledger {
        let written = StateDirectory.lastWritten(path).map { Timestamp(nanoseconds: Int64($0) * 1_000_000_000) } ?? now
        let aside = try directory.setLedgerAside(now: Self.fileName(now))
        log.critical(
            "the ledger is corrupt, it was moved aside and another begun; what fails from now on is reported",
            metadata: ["error": "\(error)", "moved_to": "\(aside)"])
        directory.createLedger()
        let fresh = try Ledger(path: path)
        file = StateDirectory.identity(path)
        let since = min(now, written).adding(.zero - Self.corruptMargin)
        let saved = try fresh.transaction { target in
            if let source = try? Ledger(readingFrom: aside) {
                _ = try source.read { source in
                    let cases = try LedgerCopy.copyCases(.everything, from: source, to: target)
                    return try LedgerCopy.copySeen(from: source, to: target) && cases
                }
            }
            // Which keys are missing nobody knows.
            try target.setMeta(.baselineSince, String(since.nanoseconds))
            return try target.openCount()
        }
        generation += 1
        log.notice("open cases were taken over from the corrupt ledger", metadata: ["count": "\(saved)"])
        return fresh
    }

    private static func fileName(_ moment: Timestamp) -> String {
        let date = Date(timeIntervalSince1970: moment.seconds.rounded(.down))
        return date.formatted(.iso8601.timeSeparator(.omitted).dateSeparator(.omitted))
    }

    // MARK: Memory and back

    private func useMemory(because error: LedgerError, now: Timestamp) throws(LedgerError) {
        let memory = try Ledger.inMemory()
        let disk = ledger
        // The stand-in of the start says nothing about the disk.
        let isDisk = disk.path == path
        let copied: Bool? =
            !isDisk
            ? nil
            : try? disk.read { source in
                try memory.transaction { target in
                    let meta = try LedgerCopy.copyMeta(from: source, to: target)
                    let cases = try LedgerCopy.copyCases(.open(limit: Engine.maximumInMemory), from: source, to: target)
                    return try LedgerCopy.copySeen(from: source, to: target) && cases && meta
                }
            }
        disk.abandon()
        firstInMemory = try memory.transaction { target in
            let first = max(now.nanoseconds / 1000, try target.lastNumber() + 1)
            try target.skipNumbers(to: first)
            // What fails from now on is news even if the baseline was not to be read.
            if try target.meta(.baselined) == nil, try target.meta(.baselineSince) == nil, copied != true {
                try target.setMeta(.baselineSince, String(now.adding(.zero - Self.corruptMargin).nanoseconds))
            }
            return first
        }
        isCopy = copied == true
        if !isCopy { generation += 1 }
        ledger = memory
        mode = .memory
        trouble = error
        returnWait = Self.returnInterval
        nextReturn = now.adding(returnWait)
        lastComplaint = now
        log.critical(
            "going on in memory: what is in it is lost if the dispatcher ends before the disk works again",
            metadata: ["error": "\(error)", "taken_over": isCopy ? "everything open" : "not all"])
    }

    /// In memory, every now and then: brings the ledger back to its disk.
    ///
    /// - Returns: true when it is there again just now.
    func returnToDisk(now: Timestamp) -> Bool {
        guard mode == .memory, let due = nextReturn else { return false }
        // A clock that was set back must not put it off.
        guard now >= due || due.since(now) > Self.longestReturnInterval else { return false }
        do throws(LedgerError) {
            let disk = try open(now: now)
            let merged = try merge(into: disk)
            if !merged { wantsSnapshot = true }
            if !isCopy { generation += 1 }
            ledger = disk
            mode = directory.isTemporary ? .temporary : .disk
            trouble = nil
            nextReturn = nil
            log.notice("the ledger is on its disk again", metadata: ["file": "\(path)"])
            return true
        } catch {
            trouble = error
            returnWait = min(Self.longestReturnInterval, returnWait * 2)
            nextReturn = now.adding(returnWait)
            if lastComplaint.map({ now.since($0) >= .seconds(60) }) ?? true {
                lastComplaint = now
                log.error("the ledger is still in memory", metadata: ["error": "\(error)"])
            }
            return false
        }
    }

    /// - Returns: whether disk has all that memory knows; if not, a snapshot must tell what happened meanwhile.
    private func merge(into disk: Ledger) throws(LedgerError) -> Bool {
        let memory = ledger
        let isCopy = isCopy
        return try disk.transaction { target in
            // A baseline of memory's own says nothing to a disk that has one: it hides what is news there.
            let takesAll = try isCopy || target.meta(.baselined) == nil
            return try memory.read { source in
                if takesAll { _ = try LedgerCopy.copyMeta(from: source, to: target) }
                _ = try LedgerCopy.copyCases(.everything, from: source, to: target)
                _ = try LedgerCopy.copySeen(withCase: !takesAll, from: source, to: target)
                return takesAll
            }
        }
    }
}
