import CProcess
import CSandbox
import Glibc
import Logging

/// Takes from a worker what its permissions do not give, for ever.
///
/// A system call that is not allowed ends the worker with SIGSYS, and the supervisor logs which one it was; a path that is
/// not allowed cannot be opened (`EACCES`).
public enum WorkerSandbox {
    /// What this kernel cannot do of it, for the log of the supervisor, so that it is said once; nil: nothing.
    public static var shortcoming: String? {
        let version = csandbox_landlock_version()
        if version < 0 {
            return "workers are not restricted to their paths, as this kernel has no Landlock: "
                + String(cString: strerror(-version))
        }
        return version < 4 ? "workers are not kept from TCP ports, as this kernel's Landlock is older than 6.7" : nil
    }

    /// To be called once, in a worker that has been configured. What the kernel cannot do is left out.
    ///
    /// - Throws: ``SystemError`` when the sandbox is there but could not be closed.
    public static func enter(_ permissions: WorkerPermissions, role: String, logger: Logger) throws(SystemError) {
        var permissions = permissions
        #if DEBUG
        // What of the code was run is written at the end.
        if let profile = getenv("LLVM_PROFILE_FILE").map({ String(cString: $0) }) {
            permissions.writes.append(profile.lastIndex(of: "/").map { String(profile[...$0]) } ?? ".")
        }
        #endif
        // The runtime's own handlers of crashes start a program that prints a backtrace.
        if !permissions.mayExecute {
            for number in [SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV] { signal(number, SIG_DFL) }
        }
        // A message of the worker, as the supervisor reads it.
        let code = csandbox_report_violations(
            CPROCESS_CHANNEL_FD, role, #"{"type":"status","text":""#, #""}"#)
        guard code == 0 else { throw SystemError("handling SIGSYS", code) }
        if !permissions.mayExecute, let reason = try PathRules.load(permissions) {
            logger.debug("paths are not restricted: \(reason)")
        }
        if let reason = try CallFilter.load(permissions) {
            logger.warning("system calls are not restricted, as this kernel does not filter them: \(reason)")
        }
        cprocess_release_heap()
    }
}
