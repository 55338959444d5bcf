import Glibc

/// Why nothing listens there: the setting, the address, the reason, and what to do.
struct ListenError: Error, Equatable, CustomStringConvertible {
    /// What an operator knows it by: `-listen 127.0.0.1:80`, `control socket /run/complainer/complainer.sock`.
    var what: String
    var reason: String

    init(_ what: String, _ reason: String) {
        self.what = what
        self.reason = reason
    }

    /// A system call that failed.
    init(_ what: String, _ call: String, _ code: Int32) {
        let reason =
            switch code {
            case EADDRINUSE: "another process listens there; stop it, or choose another address"
            case EADDRNOTAVAIL: "this machine has no such address; choose one that \"ip addr\" shows"
            case EACCES: "not allowed; ports below 1024 need CAP_NET_BIND_SERVICE, directories write permission"
            case ENOENT: "there is no such directory"
            default: "\(call): \(String(cString: strerror(code)))"
            }
        self.init(what, reason)
    }

    var description: String { "\(what): \(reason)" }
}
