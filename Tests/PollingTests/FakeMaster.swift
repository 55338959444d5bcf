import Synchronization
import TestTools

/// An HTTP server that answers as a test says; one thread a connection, all closed when it goes away.
final class FakeMaster: Sendable {
    enum Reply: Sendable {
        case whole(status: Int, headers: [String] = [], body: String)
        /// Chunked, and kept open: more comes by ``FakeMaster/push(_:)``.
        case stream(String)
        /// Chunked, and closed at the end.
        case closedStream(String)
        /// These bytes, then the end.
        case raw(String)
        /// Nothing, as long as the server lives.
        case silence
    }

    private let server: LoopbackServer
    private struct State {
        var streams: [ServedConnection] = []
        var paths: [String] = []
    }
    private let state = Mutex(State())

    /// - Parameter port: 0 for a free one.
    init(port: Int = 0, _ reply: @escaping @Sendable (ServedRequest) -> Reply) throws {
        server = try LoopbackServer(port: port)
        server.start { [weak self] connection in
            while let request = connection.nextRequest() {
                self?.state.withLock { $0.paths.append(request.target) }
                switch reply(request) {
                case .whole(let status, let headers, let body): connection.respond(status, headers: headers, body)
                case .stream(let text):
                    connection.send(Self.chunkedHead + Self.chunk(text))
                    self?.state.withLock { $0.streams.append(connection) }
                case .closedStream(let text):
                    connection.send(Self.chunkedHead + Self.chunk(text) + "0\r\n\r\n")
                case .raw(let text):
                    connection.send(text)
                    return
                case .silence: break
                }
            }
            self?.state.withLock { $0.streams.removeAll { $0 === connection } }
        }
    }

    deinit { close() }

    /// Stops as a master that is killed does: every connection ends at once.
    func close() { server.stop() }

    var port: Int { server.port }
    var url: String { server.url }

    /// The paths that were asked for, with their queries.
    var paths: [String] { state.withLock { $0.paths } }

    /// Sends more to every open stream.
    func push(_ text: String) {
        for connection in state.withLock({ $0.streams }) { connection.send(Self.chunk(text)) }
    }

    private static let chunkedHead = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

    private static func chunk(_ text: String) -> String {
        "\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n"
    }
}
