import CSandbox
import Glibc
import Logging

/// What tests have a worker try that it must not, in debug builds, by the variable `COMPLAINER_FAULT`:
/// `ROLE:attempt-WHAT`, e.g. `poller:attempt-execve`. It tries once it is in its sandbox, and says in the log what came of
/// that if it is still there.
///
/// Release builds have nothing of it.
public enum SandboxProbe {
    public static func run(role: String, logger: Logger) {
        #if DEBUG
        guard let value = getenv(Fault.variable) else { return }
        for fault in String(cString: value).split(separator: ",") where fault.hasPrefix("\(role):attempt-") {
            let name = String(fault.dropFirst("\(role):attempt-".count))
            errno = 0
            let result = attempt(name)
            let code = errno
            logger.warning("attempted \(name): \(result >= 0 ? "done" : "refused: \(String(cString: strerror(code)))")")
        }
        #endif
    }

    #if DEBUG
    private static func attempt(_ name: String) -> Int {
        let parts = name.split(separator: "@", maxSplits: 1).map(String.init)
        let path = parts.count > 1 ? parts[1] : "/dev/null"
        let (page, memory) = (4096, Int(MAP_PRIVATE | MAP_ANONYMOUS))
        switch parts[0] {
        case "write": return Int(open(path, O_WRONLY | O_CLOEXEC))
        case "create": return Int(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600))
        case "read": return Int(open(path, O_RDONLY | O_CLOEXEC))
        case "remove": return Int(unlink(path))
        case "fork": return csandbox_call("clone", Int(SIGCHLD), 0, 0, 0)
        case "kill": return csandbox_call("kill", Int(getppid()), 0, 0, 0)
        case "map-code": return csandbox_call("mmap", 0, page, Int(PROT_READ | PROT_WRITE | PROT_EXEC), memory)
        case "make-code": return csandbox_call("mprotect", 0, page, Int(PROT_EXEC), 0)
        case "dumpable": return csandbox_call("prctl", Int(CSANDBOX_SET_DUMPABLE), 1, 0, 0)
        case "internet": return csandbox_call("socket", Int(AF_INET), Int(SOCK_STREAM.rawValue), 0, 0)
        case "unix": return csandbox_call("socket", Int(AF_UNIX), Int(SOCK_STREAM.rawValue), 0, 0)
        case "raw": return csandbox_call("socket", Int(AF_INET), Int(SOCK_RAW.rawValue), 1, 0)
        case "packet": return csandbox_call("socket", Int(AF_PACKET), Int(SOCK_RAW.rawValue), 0, 0)
        case "connect": return connect(port: UInt16(path) ?? 9)
        default: return csandbox_call(name, 0, 0, 0, 0)
        }
    }

    private static func connect(port: UInt16) -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return -1 }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Int(Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)))
            }
        }
    }
    #endif
}
