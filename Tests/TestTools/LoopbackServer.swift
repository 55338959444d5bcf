import Foundation
import Glibc
import Synchronization

/// A TCP server on 127.0.0.1. Each connection is served on a thread of its own, with blocking calls, so that a test
/// decides about every byte and every pause.
public final class LoopbackServer: Sendable {
    public let port: Int
    private let listener: Int32
    private let state = Mutex(State())

    private struct State {
        var connections: [ServedConnection] = []
        var count = 0
        var isStopped = false
    }

    /// Connections are taken from now on, and served from ``start(_:)`` on.
    ///
    /// - Parameter port: 0 for a free one.
    public init(port: Int = 0) throws {
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var yes: Int32 = 1
        if port != 0 { setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size)) }
        guard listener >= 0, Loopback.bind(listener, to: port), listen(listener, 512) == 0 else {
            let failure = errno
            if listener >= 0 { close(listener) }
            throw HarnessError("cannot listen on 127.0.0.1: errno \(failure)")
        }
        self.port = Loopback.port(of: listener)
    }

    public var url: String { "http://127.0.0.1:\(port)" }

    /// Connections so far.
    public var connectionCount: Int { state.withLock { $0.count } }

    /// Serves every connection by this; when it returns, the connection is closed.
    public func start(_ serve: @escaping @Sendable (ServedConnection) -> Void) {
        Thread.detachNewThread { [self] in
            while case let descriptor = accept(listener, nil, nil), descriptor >= 0 {
                let connection = ServedConnection(descriptor)
                let isStopped = state.withLock { state in
                    state.connections.append(connection)
                    state.count += 1
                    return state.isStopped
                }
                if isStopped { connection.abort() }
                Thread.detachNewThread { [self] in
                    serve(connection)
                    connection.close()
                    state.withLock { $0.connections.removeAll { $0 === connection } }
                }
            }
            close(listener)
        }
    }

    /// Refuses connections from now on and breaks those there are. May be called twice.
    public func stop() {
        state.withLock { state in
            // Once: the number may be another's by then.
            guard !state.isStopped else { return }
            state.isStopped = true
            shutdown(listener, Int32(SHUT_RDWR))
            for connection in state.connections { connection.abort() }
        }
    }

    /// A port where nobody listens.
    public static func closedPort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { Glibc.close(descriptor) }
        guard Loopback.bind(descriptor, to: 0) else { throw HarnessError("no free port: errno \(errno)") }
        return Loopback.port(of: descriptor)
    }
}
