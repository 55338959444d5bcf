import Glibc
import Supervision

/// The directory of the ledger, which one process at a time uses.
final class StateDirectory {
    let path: String
    let isTemporary: Bool
    private var lock: Descriptor?

    init(path: String, isTemporary: Bool = false) {
        self.path = path
        self.isTemporary = isTemporary
    }

    var ledger: String { path + "/ledger.sqlite" }

    /// Creates the directory if it is missing (its parent must exist, mode 0700) and locks it, unless it is.
    ///
    /// The lock goes with the process, however it ends.
    /// - Throws: `inUse`, or `directory` when the directory cannot be used at all.
    func prepare() throws(LedgerError) {
        guard lock == nil else { return }
        if mkdir(path, 0o700) != 0, errno != EEXIST {
            throw .directory(path, detail: "it cannot be created: \(SystemError("mkdir", errno))")
        }
        let file = path + "/lock"
        let number = open(file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard number >= 0 else { throw .directory(path, detail: "\(SystemError("open \(file)", errno))") }
        let descriptor = Descriptor(owning: number)
        while flock(number, LOCK_EX | LOCK_NB) != 0 {
            switch errno {
            case EINTR: continue
            case EWOULDBLOCK: throw .inUse(directory: path, process: Self.holder(number))
            default: throw .directory(path, detail: "\(SystemError("flock \(file)", errno))")
            }
        }
        // Only for people: a full disk does not keep us from holding the lock.
        let text = Array("\(getpid())\n".utf8)
        if ftruncate(number, 0) == 0 { _ = pwrite(number, text, text.count, 0) }
        lock = descriptor
    }

    private static func holder(_ number: Int32) -> Int32? {
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = pread(number, &bytes, bytes.count, 0)
        guard count > 0 else { return nil }
        return Int32(String(decoding: bytes.prefix(count).prefix { $0 != 10 }, as: UTF8.self))
    }

    /// Moves a ledger that cannot be trusted aside, with what belongs to it; nothing is ever overwritten or deleted.
    ///
    /// - Returns: its new name.
    func setLedgerAside(now: String) throws(LedgerError) -> String {
        var target = "\(ledger).corrupt-\(now)"
        var number = 1
        while ["", "-wal", "-shm"].contains(where: { access(target + $0, F_OK) == 0 }) {
            number += 1
            target = "\(ledger).corrupt-\(now)-\(number)"
        }
        for suffix in ["-wal", "-shm", ""] where rename(ledger + suffix, target + suffix) != 0 && errno != ENOENT {
            throw .directory(path, detail: "\(SystemError("rename \(ledger + suffix) to \(target + suffix)", errno))")
        }
        return target
    }

    /// Makes the file of a new ledger, which only we may read: labels hold what operators put there. Its companions get
    /// the same mode from SQLite. That it fails, the opening will tell.
    func createLedger() {
        let number = open(ledger, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        if number >= 0 { close(number) }
    }

    /// Gives up the lock: the directory is not used any more, or is not the same any more.
    func unlock() {
        // Not left to the descriptor's end: a child that is just being started holds a copy.
        if let lock { flock(lock.number, LOCK_UN) }
        lock = nil
    }

    /// Tells a file from another of the same name; nil when there is none.
    static func identity(_ file: String) -> UInt? {
        var status = stat()
        return stat(file, &status) == 0 ? status.st_ino : nil
    }

    /// Seconds since 1970 at which the ledger was last written, as far as the file system tells.
    static func lastWritten(_ file: String) -> Int? {
        ["", "-wal"].compactMap { suffix in
            var status = stat()
            return stat(file + suffix, &status) == 0 ? status.st_mtim.tv_sec : nil
        }.max()
    }
}
