import Foundation
import Glibc
import Synchronization
import TestTools

/// A TCP or unix socket server for tests: each connection runs the script on a thread of its own, with blocking calls,
/// so that a test decides about every byte and every pause.
final class ScriptedServer: Sendable {
    typealias Script = @Sendable (ServerConnection) throws -> Void

    let port: Int
    private let listener: Int32
    private let connections = Mutex<[ServerConnection]>([])
    private let ends = Mutex(0)

    /// On a free port of 127.0.0.1, or on a unix socket.
    init(unixSocket: String? = nil, _ script: @escaping Script) throws {
        listener = socket(unixSocket == nil ? AF_INET : AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        guard listener >= 0 else { throw ServerFailure("socket") }
        if let unixSocket {
            try Self.bindUnix(listener, unixSocket)
            port = 0
        } else {
            guard Loopback.bind(listener, to: 0) else { throw ServerFailure("bind") }
            port = Loopback.port(of: listener)
        }
        guard listen(listener, 512) == 0 else { throw ServerFailure("listen") }
        Thread.detachNewThread { [self] in
            while true {
                let descriptor = accept(listener, nil, nil)
                guard descriptor >= 0 else {
                    close(listener)
                    return
                }
                let connection = ServerConnection(descriptor)
                connections.withLock { $0.append(connection) }
                Thread.detachNewThread { [self] in
                    do { try script(connection) } catch { connection.note("\(error)") }
                    connection.close()
                    ends.withLock { $0 += 1 }
                }
            }
        }
    }

    /// Ends the listener and all connections, and with them the threads.
    func stop() {
        Glibc.shutdown(listener, Int32(SHUT_RDWR))
        for connection in connections.withLock({ $0 }) { connection.abort() }
    }

    var url: String { "http://127.0.0.1:\(port)" }

    /// Connections accepted so far.
    var connectionCount: Int { connections.withLock { $0.count } }

    /// Connections whose script has ended.
    var endedCount: Int { ends.withLock { $0 } }

    /// Bytes the kernel has taken from all scripts.
    var sentCount: Int64 { connections.withLock { $0 }.reduce(0) { $0 + $1.sent } }

    /// All requests read so far, in the order of the connections.
    var requests: [ServerRequest] { connections.withLock { $0 }.flatMap(\.requests) }

    private static func bindUnix(_ listener: Int32, _ path: String) throws {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        try withUnsafeBytes(of: &address) { bytes in
            guard let base = bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self),
                bind(listener, base, socklen_t(bytes.count)) == 0
            else { throw ServerFailure("bind") }
        }
    }
}

struct ServerFailure: Error, CustomStringConvertible {
    let description: String

    init(_ call: String) {
        description = "\(call): \(String(cString: strerror(errno)))"
    }
}
