import Complaints
import Glibc

/// Listens on the instance's control socket, which only its own user (and root) may use.
struct ControlListener: Listener {
    let path: String

    var what: String { "control socket \(path)" }

    /// Takes the place of a socket whose process is gone, never that of one that lives, nor that of another file.
    func open() async throws(ListenError) -> ListeningSocket {
        if let problem = ControlSocket.problem(with: path) { throw ListenError(what, problem) }
        try makeDirectory()
        try makeRoom()
        // Nobody else may connect, from the first moment: a socket's file gets the mode that the socket has at bind.
        let outcome = withAddress { address, length in
            Result { () throws(ListenError) in
                try ListeningSocket.make(what, family: AF_UNIX, address: address, length: length, name: path) {
                    fchmod($0, 0o600) == 0 ? 0 : errno
                }
            }
        }
        return try outcome.get()
    }

    /// A clean-up may have removed the file, or its directory even, as systemd does when another unit that has the same
    /// runtime directory stops.
    func isStillThere(_ socket: ListeningSocket) -> Bool { FileIdentity(path) == socket.file }

    /// Unless another process has put its own there in the meantime.
    func remove(_ socket: ListeningSocket) {
        if isStillThere(socket) { unlink(path) }
    }

    /// The state directory may not exist yet: this worker and the dispatcher start at the same time.
    private func makeDirectory() throws(ListenError) {
        guard let slash = path.lastIndex(of: "/"), slash > path.startIndex else { return }
        let directory = String(path[..<slash])
        if mkdir(directory, 0o700) != 0, errno != EEXIST {
            throw ListenError(what, "the directory cannot be made: \(String(cString: strerror(errno)))")
        }
    }

    private func makeRoom() throws(ListenError) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw ListenError(what, "there is a file of that name that is not a socket; remove it")
        }
        switch connectOnce() {
        case .lives(let pid):
            let who = pid == getpid() ? "this process" : "process \(pid)"
            throw ListenError(
                what, "another instance (\(who)) listens there; stop it, or give each a -name or a directory of its own"
            )
        case .unknown(let code):
            throw ListenError(what, "it cannot be told who listens there: \(String(cString: strerror(code)))")
        case .nobody:
            guard unlink(path) == 0 || errno == ENOENT else {
                throw ListenError(
                    what, "a socket that is left over cannot be removed: \(String(cString: strerror(errno)))")
            }
        case .gone:
            break
        }
    }

    private enum Occupant {
        /// The process that listens.
        case lives(Int32)
        /// The file is left over.
        case nobody
        /// There is no file.
        case gone
        case unknown(Int32)
    }

    private func connectOnce() -> Occupant {
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let descriptor = socket(AF_UNIX, type, 0)
        guard descriptor >= 0 else { return .unknown(errno) }
        defer { close(descriptor) }
        let code = withAddress { address, length in
            connect(descriptor, address, length) == 0 ? 0 : errno
        }
        switch code {
        case 0: break
        case ECONNREFUSED: return .nobody
        case ENOENT, ENOTDIR: return .gone
        default: return .unknown(code)
        }
        // struct ucred, which Glibc shows to C only with _GNU_SOURCE: pid, uid and gid of who listens.
        var peer: [Int32] = [0, 0, 0]
        var length = socklen_t(peer.count * MemoryLayout<Int32>.size)
        guard getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 else { return .unknown(errno) }
        return .lives(peer[0])
    }

    /// - Precondition: the path fits, which ``ControlSocket/problem(with:)`` looks at.
    private func withAddress<Value>(_ use: (UnsafePointer<sockaddr>, socklen_t) -> Value) -> Value {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { room in
            // One byte stays 0.
            room.copyBytes(from: path.utf8.prefix(room.count - 1))
        }
        return withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                use($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
