import CSandbox
import Glibc

/// The rules for paths that a worker's permissions make, by Landlock.
struct PathRules {
    private static let read = UInt32(CSANDBOX_READ_FILE | CSANDBOX_READ_DIR)
    private static let write =
        read
        | UInt32(
            CSANDBOX_WRITE_FILE | CSANDBOX_TRUNCATE | CSANDBOX_REMOVE_FILE | CSANDBOX_REMOVE_DIR | CSANDBOX_MAKE_REG
                | CSANDBOX_MAKE_DIR | CSANDBOX_MAKE_SOCK)
    private static let listen =
        read | UInt32(CSANDBOX_REMOVE_FILE | CSANDBOX_MAKE_DIR | CSANDBOX_MAKE_SOCK)

    /// Puts the rules on all threads of this process, for ever.
    ///
    /// - Returns: why this kernel cannot do it: it has no Landlock, or it is switched off; nil when they are in force.
    /// - Throws: ``SystemError``: perhaps some threads are restricted, and some are not.
    static func load(_ permissions: WorkerPermissions) throws(SystemError) -> SystemError? {
        let version = csandbox_landlock_version()
        guard version > 0 else { return SystemError("landlock_create_ruleset", -version) }
        let number = csandbox_paths_new(
            version, permissions.mayListen ? 1 : 0,
            permissions.connections == .any ? 1 : 0)
        guard number >= 0 else { return SystemError("landlock_create_ruleset", -number) }
        let rules = Descriptor(owning: number)
        let variables = SystemPaths.variables.compactMap { name in getenv(name).map { String(cString: $0) } }
        let reads = SystemPaths.reads + SystemPaths.loaded() + variables + permissions.reads
        let writes = SystemPaths.writes + permissions.writes
        for (paths, rights) in [(reads, read), (writes, write), (permissions.listensIn, listen)] {
            for path in Set(paths) where !path.isEmpty {
                let code = csandbox_paths_allow(rules.number, version, path, rights)
                // What is not there, or not to be looked at by us, cannot be used either; a pipe has no path.
                guard code == 0 || [ENOENT, ENOTDIR, EACCES, ELOOP, EBADFD].contains(code) else {
                    throw SystemError("landlock_add_rule \(path)", code)
                }
            }
        }
        let code = csandbox_paths_load(rules.number)
        guard code == 0 else { throw SystemError("landlock_restrict_self", code) }
        return nil
    }
}
