import Foundation
import Glibc
import Synchronization

/// A unix socket in front of a TCP port of 127.0.0.1, which remembers what came over it.
final class UnixRelay: Sendable {
    let path: String
    private let target: Int
    private let listener: Int32
    private let bytes = Mutex<[UInt8]>([])

    init(to target: Int, at path: String) throws {
        self.target = target
        self.path = path
        listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8).prefix($0.count - 1)) }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let bound = withUnsafePointer(to: &address) { [listener] pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(listener, $0, size) }
        }
        guard bound == 0, listen(listener, 16) == 0 else { throw HarnessError("no socket at \(path): errno \(errno)") }
        let descriptor = listener
        Thread.detachNewThread { [self] in
            while case let client = accept(descriptor, nil, nil), client >= 0 { take(client) }
            close(descriptor)
        }
    }

    /// What was sent to the port so far.
    var received: String { String(decoding: bytes.withLock { $0 }, as: UTF8.self) }

    func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
    }

    private func take(_ client: Int32) {
        let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard Loopback.connect(server, to: target) else {
            close(client)
            close(server)
            return
        }
        let open = Mutex(2)
        for (from, to) in [(client, server), (server, client)] {
            Thread.detachNewThread { [self] in
                pump(from, to, remember: from == client)
                shutdown(to, Int32(SHUT_WR))
                let left = open.withLock { count in
                    count -= 1
                    return count
                }
                guard left == 0 else { return }
                close(client)
                close(server)
            }
        }
    }

    private func pump(_ from: Int32, _ to: Int32, remember: Bool) {
        var buffer = [UInt8](repeating: 0, count: 16 * 1024)
        while case let count = read(from, &buffer, buffer.count), count > 0 {
            if remember { bytes.withLock { $0 += buffer.prefix(count) } }
            var rest = buffer.prefix(count)
            while !rest.isEmpty {
                let sent = rest.withUnsafeBytes { send(to, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
                guard sent > 0 else { return }
                rest = rest.dropFirst(sent)
            }
        }
    }
}
