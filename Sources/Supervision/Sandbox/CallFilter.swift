import CSandbox
import Glibc

/// The filter of system calls that a worker's permissions make, by libseccomp.
struct CallFilter {
    /// A condition on an argument: `argument & mask == value`.
    private typealias Condition = csandbox_condition

    private let filter: UnsafeMutableRawPointer

    /// Puts the filter on all threads of this process, for ever.
    ///
    /// - Returns: why the kernel does not take it; nil when it is in force.
    /// - Throws: ``SystemError`` when it cannot be made.
    static func load(_ permissions: WorkerPermissions) throws(SystemError) -> SystemError? {
        let otherwise = permissions.mayExecute ? CSANDBOX_ALLOWED : CSANDBOX_REFUSED
        // libseccomp asks the kernel for what is needed, which a filter of somebody else may refuse.
        guard let filter = csandbox_filter_new(otherwise) else { return SystemError("seccomp for all threads", ENOSYS) }
        defer { csandbox_filter_free(filter) }
        let rules = CallFilter(filter: filter)
        if permissions.mayExecute {
            try rules.refuseDangerous()
        } else {
            try rules.allowEveryday()
            try rules.allowMemory(ofCode: permissions.writes.isEmpty || permissions.connections == .any)
            try rules.allowOpening(forWriting: !permissions.writes.isEmpty)
            try rules.allowSockets(permissions)
            for (error, calls) in SystemCalls.attempts {
                for call in calls { try rules.fail(call, error) }
            }
        }
        let code = csandbox_load(filter)
        // It is on all threads then, or on none.
        return code == 0 ? nil : SystemError("seccomp", code)
    }

    private func refuseDangerous() throws(SystemError) {
        for call in SystemCalls.dangerous { try check(call, csandbox_refuse(filter, call, nil, 0)) }
        for (error, calls) in SystemCalls.dangerousAttempts {
            for call in calls { try fail(call, error) }
        }
    }

    private func allowEveryday() throws(SystemError) {
        for call in SystemCalls.everyday { try allow(call) }
        // Threads, not processes.
        try allow("clone", Condition(index: 0, mask: csandbox_thread_flags, value: csandbox_thread_flags))
        // Signals to itself: abort(), and the profiler's to its threads.
        for call in ["kill", "tgkill"] {
            try allow(call, Condition(index: 0, mask: .max, value: UInt64(getpid())))
        }
        // Limits of its own.
        for process in [0, UInt64(getpid())] {
            try allow("prlimit64", Condition(index: 0, mask: 0xffff_ffff, value: process))
        }
        try allow("setrlimit")
        for option in Self.list(csandbox_prctl_option) {
            try allow("prctl", Condition(index: 0, mask: 0xffff_ffff, value: option))
        }
        // A pair has nobody else at its end.
        try allow("socketpair", Condition(index: 0, mask: 0xffff_ffff, value: UInt64(AF_UNIX)))
        for request in Self.list(csandbox_ioctl_request) {
            try allow("ioctl", Condition(index: 1, mask: 0xffff_ffff, value: request))
        }
    }

    /// Numbers by their index, up to a 0.
    private static func list(_ number: (Int) -> UInt64) -> [UInt64] {
        var numbers: [UInt64] = []
        while case let next = number(numbers.count), next != 0 { numbers.append(next) }
        return numbers
    }

    /// Memory is written or executed, never both. Libraries are loaded late, too, as name services are, but
    /// not by those that write files and look up no names: they could write a library.
    private func allowMemory(ofCode mayLoad: Bool) throws(SystemError) {
        let (write, execute) = (UInt64(PROT_WRITE), UInt64(PROT_EXEC))
        for call in ["mmap", "mmap2"] {
            try allow(call, Condition(index: 2, mask: execute, value: 0))
            if mayLoad {
                try allow(
                    call, Condition(index: 2, mask: write | execute, value: execute),
                    Condition(index: 3, mask: UInt64(MAP_ANONYMOUS), value: 0))
            }
        }
        try allow("mprotect", Condition(index: 2, mask: execute, value: 0))
    }

    private func allowOpening(forWriting isWriter: Bool) throws(SystemError) {
        guard !isWriter else {
            for call in SystemCalls.opening + SystemCalls.writing { try allow(call) }
            return
        }
        try allow("open", Condition(index: 1, mask: csandbox_creating_flags, value: 0))
        try allow("openat", Condition(index: 2, mask: csandbox_creating_flags, value: 0))
    }

    private func allowSockets(_ permissions: WorkerPermissions) throws(SystemError) {
        if permissions.sockets.contains(.unix) {
            try allow("socket", Condition(index: 0, mask: 0xffff_ffff, value: UInt64(AF_UNIX)))
        } else if permissions.sockets.contains(.unixDatagrams) {
            try allow(
                "socket", Condition(index: 0, mask: 0xffff_ffff, value: UInt64(AF_UNIX)),
                Condition(index: 1, mask: 0xf, value: UInt64(SOCK_DGRAM.rawValue)))
        }
        if permissions.sockets.contains(.internet) {
            for family in [AF_INET, AF_INET6] {
                for type in [SOCK_STREAM, SOCK_DGRAM] {
                    try allow(
                        "socket", Condition(index: 0, mask: 0xffff_ffff, value: UInt64(family)),
                        Condition(index: 1, mask: 0xf, value: UInt64(type.rawValue)))
                }
            }
            // The resolver asks the kernel which addresses there are.
            try allow(
                "socket", Condition(index: 0, mask: 0xffff_ffff, value: UInt64(AF_NETLINK)),
                Condition(index: 2, mask: 0xffff_ffff, value: 0))
        }
        if permissions.connections != .none { for call in SystemCalls.connecting { try allow(call) } }
        if permissions.mayListen { for call in SystemCalls.listening { try allow(call) } }
        if !permissions.listensIn.isEmpty { for call in SystemCalls.makingSockets { try allow(call) } }
    }

    private func allow(_ call: String, _ conditions: Condition...) throws(SystemError) {
        try check(call, csandbox_allow(filter, call, conditions, conditions.count))
    }

    private func fail(_ call: String, _ error: Int32, _ conditions: Condition...) throws(SystemError) {
        try check(call, csandbox_fail(filter, call, error, conditions, conditions.count))
    }

    private func check(_ call: String, _ code: Int32) throws(SystemError) {
        guard code == 0 else { throw SystemError("a rule for the system call \(call)", code) }
    }
}
