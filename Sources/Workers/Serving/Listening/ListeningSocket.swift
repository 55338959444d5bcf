import Glibc

/// A socket that listens, not blocking and close-on-exec. Who has it closes it.
struct ListeningSocket {
    let descriptor: Int32
    /// Where it really listens, for people: with the port that the system chose.
    let name: String
    /// The file of a unix socket, to recognise it by.
    var file: FileIdentity?

    /// A new socket with its options, bound and listening; closed again when one of these fails.
    ///
    /// - Parameters:
    ///   - what: for the error.
    ///   - name: the path of a unix socket.
    ///   - prepare: called before the socket is bound; 0 or what went wrong.
    static func make(
        _ what: String, family: Int32, address: UnsafePointer<sockaddr>, length: socklen_t, name: String? = nil,
        prepare: (Int32) -> Int32
    ) throws(ListenError) -> ListeningSocket {
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let descriptor = socket(family, type, 0)
        guard descriptor >= 0 else { throw ListenError(what, "socket", errno) }
        do throws(ListenError) {
            let code = prepare(descriptor)
            guard code == 0 else { throw ListenError(what, "preparing the socket", code) }
            guard Glibc.bind(descriptor, address, length) == 0 else { throw ListenError(what, "bind", errno) }
            guard Glibc.listen(descriptor, backlog) == 0 else { throw ListenError(what, "listen", errno) }
            return ListeningSocket(
                descriptor: descriptor, name: name ?? boundName(descriptor), file: name.flatMap(FileIdentity.init))
        } catch {
            close(descriptor)
            throw error
        }
    }

    /// Connections that wait to be accepted.
    static let backlog: Int32 = 256

    /// `127.0.0.1:8080` or `[::]:8080`.
    private static func boundName(_ descriptor: Int32) -> String {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        var host = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        var port = [CChar](repeating: 0, count: Int(NI_MAXSERV))
        let isKnown = withUnsafeMutableBytes(of: &storage) { bytes -> Bool in
            guard let address = bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self),
                getsockname(descriptor, address, &length) == 0
            else { return false }
            return getnameinfo(
                address, length, &host, socklen_t(host.count), &port, socklen_t(port.count),
                NI_NUMERICHOST | NI_NUMERICSERV) == 0
        }
        guard isKnown else { return "?" }
        let name = text(host)
        return (name.contains(":") ? "[\(name)]" : name) + ":" + text(port)
    }

    private static func text(_ characters: [CChar]) -> String {
        String(decoding: characters.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}

/// What tells a file from any other, whatever it is called.
struct FileIdentity: Equatable {
    let device: UInt64
    let number: UInt64

    /// nil when there is no such file. A symbolic link is a file of its own.
    init?(_ path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        device = UInt64(status.st_dev)
        number = UInt64(status.st_ino)
    }
}
