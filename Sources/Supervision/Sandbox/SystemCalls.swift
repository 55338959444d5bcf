import Glibc

/// System calls by what they are for. A name that an architecture does not have is skipped there.
enum SystemCalls {
    static let memory = ["brk", "munmap", "mremap", "madvise", "mincore", "membarrier"]

    static let threads = [
        "set_robust_list", "get_robust_list", "rseq", "futex", "set_tid_address", "gettid", "sched_yield",
        "sched_getaffinity", "sched_getparam", "sched_getscheduler", "sched_get_priority_max", "sched_get_priority_min",
        "getcpu", "exit", "exit_group", "restart_syscall",
    ]

    static let signals = [
        "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "rt_sigpending", "rt_sigtimedwait", "rt_sigsuspend",
        "sigaltstack", "pause",
    ]

    static let time = [
        "clock_gettime", "clock_getres", "clock_nanosleep", "nanosleep", "gettimeofday", "time", "times",
        "timerfd_create", "timerfd_settime", "timerfd_gettime", "getitimer", "setitimer",
    ]

    static let facts = [
        "getpid", "getppid", "getuid", "geteuid", "getgid", "getegid", "getgroups", "getresuid", "getresgid", "getpgrp",
        "getpgid", "getsid", "uname", "sysinfo", "getrusage", "getrlimit", "getpriority", "getrandom", "getcwd",
        "capget",
    ]

    /// Of what has been opened.
    static let descriptors = [
        "read", "write", "readv", "writev", "pread64", "pwrite64", "preadv", "pwritev", "preadv2", "pwritev2", "close",
        "close_range", "dup", "dup2", "dup3", "fcntl", "lseek", "fstat", "fstatfs", "fadvise64", "flock", "pipe",
        "pipe2", "eventfd", "eventfd2", "epoll_create", "epoll_create1", "epoll_ctl", "epoll_wait", "epoll_pwait",
        "epoll_pwait2", "poll", "ppoll", "select", "pselect6", "sendfile", "splice",
    ]

    /// Of sockets that are there.
    static let conversations = [
        "sendto", "sendmsg", "sendmmsg", "recvfrom", "recvmsg", "recvmmsg", "getsockopt", "setsockopt", "getsockname",
        "getpeername", "shutdown",
    ]

    /// Looking at files; opening them has rules of its own.
    static let reading = [
        "stat", "lstat", "newfstatat", "statx", "statfs", "access", "faccessat", "faccessat2", "readlink",
        "readlinkat", "getdents", "getdents64",
    ]

    static let opening = ["open", "openat"]

    /// What a worker with files of its own does with them.
    static let writing = [
        "unlink", "unlinkat", "rename", "renameat", "renameat2", "mkdir", "mkdirat", "rmdir", "ftruncate", "fsync",
        "fdatasync", "fallocate", "fchmod", "fchown", "sync_file_range",
    ]

    static let connecting = ["connect", "bind"]
    static let listening = ["bind", "listen", "accept", "accept4"]

    /// The file of a unix socket: its folder, its mode, and one that was left over.
    static let makingSockets = ["mkdir", "mkdirat", "fchmod", "unlink", "unlinkat"]

    static let everyday =
        memory + threads + signals + time + facts + descriptors + conversations + reading

    /// Libraries try these, and do without when they fail: by a newer call than the kernel may have, or for what is
    /// nice to have.
    static let attempts: [(error: Int32, calls: [String])] = [
        // clone3 has its flags in memory, where no filter sees them: glibc falls back to clone.
        (
            ENOSYS,
            [
                "clone3", "openat2", "io_uring_setup", "futex_waitv", "futex_wake", "futex_wait", "futex_requeue",
                "map_shadow_stack", "mseal", "pkey_alloc", "pkey_mprotect", "pkey_free", "arch_prctl",
            ]
        ),
        (
            EPERM,
            [
                "setpriority", "sched_setparam", "sched_setscheduler", "sched_setattr", "sched_setaffinity",
                "ioprio_set", "mbind", "set_mempolicy", "get_mempolicy", "mlock", "mlock2", "munlock",
            ]
        ),
    ]

    /// What no worker of ours, nor a program that one starts, has a use for, and a way into the kernel, other processes
    /// or the whole machine.
    static let dangerous = [
        "ptrace", "process_vm_readv", "process_vm_writev", "kcmp", "pidfd_getfd", "process_madvise", "mount", "umount",
        "umount2", "mount_setattr", "move_mount", "open_tree", "fsopen", "fsmount", "fsconfig", "fspick", "pivot_root",
        "chroot", "unshare", "setns", "init_module", "finit_module", "delete_module", "create_module", "kexec_load",
        "kexec_file_load", "reboot", "swapon", "swapoff", "bpf", "perf_event_open", "userfaultfd", "iopl", "ioperm",
        "acct", "quotactl", "quotactl_fd", "settimeofday", "clock_settime", "clock_adjtime", "adjtimex", "stime",
        "sethostname", "setdomainname", "syslog", "vhangup", "modify_ldt", "lookup_dcookie", "nfsservctl",
        "open_by_handle_at", "fanotify_init", "vm86", "vm86old",
    ]

    /// As ``dangerous``, but tried by programs that do without.
    static let dangerousAttempts: [(error: Int32, calls: [String])] = [
        (ENOSYS, ["io_uring_setup", "io_uring_enter", "io_uring_register"]),
        (EPERM, ["add_key", "request_key", "keyctl", "personality", "name_to_handle_at"]),
    ]
}
