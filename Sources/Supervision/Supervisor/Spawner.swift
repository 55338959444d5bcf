import CProcess
import Glibc

/// What a worker's process may use.
public struct ProcessLimits: Sendable, Equatable {
    /// Open files; nil leaves the supervisor's own limit.
    public var openFiles: UInt64?
    /// Size of a core dump in bytes.
    public var core: UInt64?
    /// The user and group it becomes; only root can.
    public var user: UInt32?
    public var group: UInt32?

    public init() {}
}

/// Starts worker processes.
struct Spawner {
    /// The program; `/proc/self/exe` is the one that is running, also when its file has been replaced meanwhile.
    var executable: String
    /// Put before the worker's role.
    var arguments: [String]
    /// All that a worker's environ holds. No secret.
    var environment: [String: String]

    /// Forks and execs a worker. Call it from a thread that lives as long as the program: the worker dies with it.
    ///
    /// - Returns: its pid and our end of its control channel.
    func spawn(role: String, limits: ProcessLimits) throws(SystemError) -> (pid: Int32, control: Descriptor) {
        let (ours, theirs) = try Descriptor.socketPair()
        var resources: [cprocess_limit] = []
        if let files = limits.openFiles {
            resources.append(cprocess_limit(resource: Int32(RLIMIT_NOFILE.rawValue), soft: files, hard: files))
        }
        if let core = limits.core {
            resources.append(cprocess_limit(resource: Int32(RLIMIT_CORE.rawValue), soft: core, hard: core))
        }
        let variables = environment.map { "\($0.key)=\($0.value)" }.sorted()
        var pid: Int32 = 0
        let code = Self.withCStrings(arguments + [role]) { argv in
            Self.withCStrings(variables) { envp in
                executable.withCString { path in
                    resources.withUnsafeBufferPointer { limitsBuffer in
                        var options = cprocess_options()
                        options.path = path
                        options.argv = argv
                        options.envp = envp
                        options.channel_fd = theirs.number
                        options.null_stdin = 1
                        options.change_user = limits.user != nil ? 1 : 0
                        options.uid = limits.user ?? 0
                        options.gid = limits.group ?? limits.user ?? 0
                        options.limits = limitsBuffer.baseAddress
                        options.limit_count = limitsBuffer.count
                        return cprocess_spawn(&options, &pid)
                    }
                }
            }
        }
        guard code == 0 else { throw SystemError("starting \(executable)", code) }
        return (pid, ours)
    }

    private static func withCStrings<Result>(
        _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) -> Result {
        var pointers: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) }
        defer { for pointer in pointers { free(pointer) } }
        pointers.append(nil)
        return pointers.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else {
                preconditionFailure("an array with a nil at its end is not empty")
            }
            return body(base)
        }
    }
}
