import FoundationEssentials
import Supervision

/// What workers inherit of our environment.
enum WorkerEnvironment {
    /// Variables that may stand in a worker's environ, where every process of the same user can read them.
    private static let inherited: Set<String> = [
        "PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TZDIR", "TMPDIR", "JOURNAL_STREAM", "NO_COLOR", "TERM",
        "SSL_CERT_FILE", "SSL_CERT_DIR", "RUNTIME_DIRECTORY", "SWIFT_BACKTRACE", "LLVM_PROFILE_FILE",
    ]

    /// Variables that tell where proxies are: they may hold a password, so they go over the control channel.
    private static let proxies: Set<String> = [
        "http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY",
    ]

    static func make(_ environment: [String: String] = ProcessInfo.processInfo.environment) -> [String: String] {
        var kept = environment.filter { inherited.contains($0.key) }
        // glibc's malloc gives each thread an arena of its own, and memory that one freed is not used by another.
        kept["MALLOC_ARENA_MAX"] = "2"
        // Large pieces, such as parts of uploads, go back to the system when they are done. By itself it keeps what is
        // freed for later, in a heap that only grows.
        kept["MALLOC_MMAP_THRESHOLD_"] = "1048576"
        #if DEBUG
        for name in [Fault.variable, WorkerClock.variable] { kept[name] = environment[name] }
        #endif
        return kept
    }

    static func secret(_ environment: [String: String] = ProcessInfo.processInfo.environment) -> [String: String] {
        environment.filter { proxies.contains($0.key) }
    }
}
