import Foundation
import Glibc

/// One call of `posix_spawn`.
///
/// Foundation's `Process` is not used: the child must get exactly the descriptors named here, no blocked
/// signals, and a process group of its own, so that Ctrl-C at `swift test` does not end the servers of a test
/// in an order of its own.
struct Spawn {
    var program: String
    var arguments: [String] = []
    /// The whole environment; nothing of this process' own gets through.
    var environment: [String: String] = [:]
    var directory: String?
    /// `/dev/null` if nil.
    var standardInput: Int32?
    /// Appended to; `/dev/null` if nil.
    var standardOutput: String?
    var standardError: String?

    /// Starts it, and returns its process id.
    func run() throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let standardInput {
            posix_spawn_file_actions_adddup2(&actions, standardInput, 0)
        } else {
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        }
        let append = O_WRONLY | O_CREAT | O_APPEND
        posix_spawn_file_actions_addopen(&actions, 1, standardOutput ?? "/dev/null", append, 0o644)
        if let standardError, standardError == standardOutput {
            posix_spawn_file_actions_adddup2(&actions, 1, 2)
        } else {
            posix_spawn_file_actions_addopen(&actions, 2, standardError ?? "/dev/null", append, 0o644)
        }
        guard let gnu = SpawnExtensions.shared else { throw HarnessError("this is no glibc 2.34 or later") }
        _ = gnu.closeFrom(&actions, 3)
        if let directory { _ = gnu.changeDirectory(&actions, directory) }

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))

        let argv = CStrings([program] + arguments)
        let envp = CStrings(environment.map { "\($0.key)=\($0.value)" })
        defer {
            argv.free()
            envp.free()
        }
        var pid: pid_t = -1
        let failure = posix_spawn(&pid, program, &actions, &attributes, argv.pointers, envp.pointers)
        guard failure == 0 else {
            throw HarnessError("cannot start \(program): \(String(cString: strerror(failure)))")
        }
        return pid
    }

    /// A null-terminated array of C strings.
    private struct CStrings {
        let pointers: [UnsafeMutablePointer<CChar>?]

        init(_ strings: [String]) {
            pointers = strings.map { strdup($0) } + [nil]
        }

        func free() {
            for pointer in pointers { Glibc.free(pointer) }
        }
    }
}

/// Two functions that glibc has and that Swift does not see, since their header hides them without `_GNU_SOURCE`.
///
/// Closing every descriptor matters: a server that inherits the connection of another test would keep it open.
private struct SpawnExtensions {
    typealias CloseFrom = @convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, CInt) -> CInt
    typealias ChangeDirectory =
        @convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, UnsafePointer<CChar>) -> CInt

    let closeFrom: CloseFrom
    let changeDirectory: ChangeDirectory

    static let shared = SpawnExtensions()

    private init?() {
        let program = dlopen(nil, RTLD_NOW)
        guard let closeFrom = dlsym(program, "posix_spawn_file_actions_addclosefrom_np"),
            let changeDirectory = dlsym(program, "posix_spawn_file_actions_addchdir_np")
        else { return nil }
        self.closeFrom = unsafeBitCast(closeFrom, to: CloseFrom.self)
        self.changeDirectory = unsafeBitCast(changeDirectory, to: ChangeDirectory.self)
    }
}
