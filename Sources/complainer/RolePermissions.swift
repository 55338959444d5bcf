import Complaints
import Dispatching
import FoundationEssentials
import Glibc
import Supervision

/// What each worker may do: the whole table. A worker that needs more gets it here, and a line in the tests.
enum RolePermissions {
    /// - Parameter settings: what the worker was told.
    static func permissions(of role: String, _ settings: WorkerSettings) -> WorkerPermissions {
        var allowed = row(role, SettingValues(settings.values))
        allowed.reads += filesOfSettings(settings)
        return allowed
    }

    private static func row(_ role: String, _ settings: SettingValues) -> WorkerPermissions {
        switch role {
        case "dispatcher":
            // Its ledger. No socket: it has channels to the other workers.
            WorkerPermissions(writes: ledgerFolders(settings["state"]))
        case "reporter/file":
            // Its file, and another in the same folder when that one has been rotated away.
            WorkerPermissions(
                reads: ["/proc/self/fd/1", "/proc/self/fd/2"], writes: reportFolders(settings["file.name"]))
        case "reporter/journald":
            WorkerPermissions(sockets: [.unixDatagrams], connections: .local)
        case "server":
            // It connects to the control socket that it finds, to see whether anybody listens there.
            WorkerPermissions(
                sockets: settings["listen"].map { $0 == "off" } ?? true ? [.unix] : [.unix, .internet],
                connections: .local, mayListen: true, listensIn: controlFolders(settings["state"]))
        default:
            // The poller asks masters, the uploader agents and a store, reporters their services. A daemon of this machine
            // may be asked for names.
            WorkerPermissions(sockets: [.internet, .unix], connections: .any)
        }
    }

    /// The files that a worker's settings name.
    private static func filesOfSettings(_ settings: WorkerSettings) -> [String] {
        SettingsRegistry.program.owners.flatMap(\.settings)
            .filter { $0.kind.isPath }.flatMap { settings.values[$0.name] ?? [] }
    }

    // MARK: Folders that are written to

    /// A rule is for a folder that is there, so it is made; if it cannot be, the next one above has to do. Another one of
    /// that name (a disk is mounted late, or somebody begins anew) is only found through the folder above; for root that
    /// would be too much.
    private static func folder(_ path: String) -> [String] {
        mkdir(path, 0o700)
        var present = path
        while access(present, F_OK) != 0, present != "/", present != "." { present = parent(of: present) }
        let above = parent(of: path)
        return [present] + (geteuid() == 0 || above == "/" ? [] : [above])
    }

    private static func ledgerFolders(_ state: String?) -> [String] {
        guard let path = state ?? TemporaryLedger.prepare() else { return [] }
        // SQLite's temporary files, which it would put anywhere.
        setenv("SQLITE_TMPDIR", path, 1)
        return folder(path)
    }

    private static func controlFolders(_ state: String?) -> [String] {
        let path = ControlSocket.path(
            instance: "", runtimeDirectory: ProcessInfo.processInfo.environment["RUNTIME_DIRECTORY"],
            stateDirectory: state)
        return path.map { folder(parent(of: $0)) } ?? []
    }

    private static func reportFolders(_ name: String?) -> [String] {
        guard let name, !["-", "/dev/stdout", "/dev/stderr"].contains(name) else { return [] }
        // A device or a pipe is not rotated.
        guard !name.hasPrefix("/dev/") else { return [name] }
        guard let path = realpath(name, nil) else { return [parent(of: name)] }
        defer { free(path) }
        // A link leads to a file in another folder.
        return [parent(of: name), parent(of: String(cString: path))]
    }

    private static func parent(of path: String) -> String {
        let trimmed = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        guard let slash = trimmed.lastIndex(of: "/") else { return "." }
        return slash == trimmed.startIndex ? "/" : String(trimmed[..<slash])
    }
}
