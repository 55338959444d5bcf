import Glibc
import Supervision

/// The ledger of a program that was given no state directory, as the supervisor sees it.
public enum TemporaryLedger {
    /// Removes what the dispatchers of this process have left. To be called by the supervisor when it ends: a dispatcher
    /// that stops may be about to be started again with other settings, and must find its ledger then.
    public static func remove() { remove(in: TemporaryDirectory.base) }

    /// Makes its directory; to be called in the dispatcher. nil when that fails, which the dispatcher will tell.
    public static func prepare() -> String? { try? TemporaryDirectory.open() }

    static func remove(in base: String) {
        let path = TemporaryDirectory.path(of: getpid(), in: base)
        if TemporaryDirectory.isOurs(path) { TemporaryDirectory.remove(path) }
    }
}

/// A private directory that lives as long as the supervisor: its name is made of the supervisor's process id and start
/// time, so that a dispatcher that was restarted finds what its predecessor left.
enum TemporaryDirectory {
    static func path(of supervisor: Int32, in base: String = base) -> String {
        "\(base)/\(prefix)\(supervisor)-\(startTime(of: supervisor) ?? 0)"
    }

    /// The directory of this supervisor, made if it is not there; those of supervisors that are gone are removed.
    ///
    /// - Throws: `directory` when it cannot be made, or somebody else put something in its place.
    static func open(in base: String = base, supervisor: Int32 = getppid()) throws(LedgerError) -> String {
        let path = path(of: supervisor, in: base)
        removeLeftOvers(in: base, except: path)
        if mkdir(path, 0o700) != 0, errno != EEXIST {
            throw .directory(path, detail: "\(SystemError("mkdir", errno))")
        }
        guard isOurs(path) else {
            throw .directory(path, detail: "it is not a directory of ours with mode 0700: remove it")
        }
        return path
    }

    static var base: String {
        guard let value = getenv("TMPDIR"), value.pointee != 0 else { return "/tmp" }
        return String(cString: value)
    }

    private static var prefix: String { "complainer-\(geteuid())-" }

    static func isOurs(_ path: String) -> Bool {
        var status = stat()
        guard lstat(path, &status) == 0 else { return false }
        return status.st_mode & S_IFMT == S_IFDIR && status.st_uid == geteuid() && status.st_mode & 0o077 == 0
    }

    /// Field 22 of `/proc/PID/stat`, in ticks since boot (proc(5)); nil when there is no such process.
    private static func startTime(of process: Int32) -> UInt64? {
        let number = Glibc.open("/proc/\(process)/stat", O_RDONLY | O_CLOEXEC)
        guard number >= 0 else { return nil }
        let file = Descriptor(owning: number)
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = read(file.number, &bytes, bytes.count)
        guard count > 0, let name = bytes.prefix(count).lastIndex(of: UInt8(ascii: ")")) else { return nil }
        // The process's name, field 2, may hold anything, so the fields are counted from behind it.
        let fields = bytes[(name + 1)..<count].split(separator: UInt8(ascii: " "))
        return fields.count > 19 ? UInt64(String(decoding: fields[19], as: UTF8.self)) : nil
    }

    private static func removeLeftOvers(in base: String, except own: String) {
        for name in names(in: base) where name.hasPrefix(prefix) {
            let path = "\(base)/\(name)"
            let parts = name.dropFirst(prefix.count).split(separator: "-")
            guard path != own, parts.count == 2, let process = Int32(parts[0]), let start = UInt64(parts[1]) else {
                continue
            }
            if startTime(of: process) != start, isOurs(path) { remove(path) }
        }
    }

    private static func names(in directory: String) -> [String] {
        guard let stream = opendir(directory) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                tuple.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    /// Removes a directory of ours and the files in it; there are no directories in it.
    static func remove(_ path: String) {
        for name in names(in: path) { unlink("\(path)/\(name)") }
        rmdir(path)
    }
}
