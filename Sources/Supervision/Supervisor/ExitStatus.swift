import CProcess
import Glibc

/// How a process ended.
public enum ExitStatus: Equatable, Sendable, CustomStringConvertible {
    case exited(code: Int32)
    case killed(signal: Int32, core: Bool)

    /// From the status that waitpid gives.
    init(waitStatus: Int32) {
        if cprocess_exited(waitStatus) != 0 {
            self = .exited(code: cprocess_exit_code(waitStatus))
        } else {
            self = .killed(signal: cprocess_signal(waitStatus), core: cprocess_dumped_core(waitStatus) != 0)
        }
    }

    /// It made a system call that its ``WorkerPermissions`` do not allow.
    var isViolation: Bool {
        if case .killed(SIGSYS, _) = self { true } else { false }
    }

    public var description: String {
        switch self {
        case .exited(let code): "exited with status \(code)"
        case .killed(let signal, let core): "killed by \(Self.name(ofSignal: signal))\(core ? " (core dumped)" : "")"
        }
    }

    /// `SIGSEGV` for 11; `signal 42` for one without a name.
    public static func name(ofSignal number: Int32) -> String {
        let names: [Int32: String] = [
            1: "HUP", 2: "INT", 3: "QUIT", 4: "ILL", 5: "TRAP", 6: "ABRT", 7: "BUS", 8: "FPE", 9: "KILL", 10: "USR1",
            11: "SEGV", 12: "USR2", 13: "PIPE", 14: "ALRM", 15: "TERM", 16: "STKFLT", 17: "CHLD", 18: "CONT",
            19: "STOP", 20: "TSTP", 21: "TTIN", 22: "TTOU", 23: "URG", 24: "XCPU", 25: "XFSZ", 26: "VTALRM",
            27: "PROF", 28: "WINCH", 29: "IO", 30: "PWR", 31: "SYS",
        ]
        return names[number].map { "SIG\($0)" } ?? "signal \(number)"
    }
}
