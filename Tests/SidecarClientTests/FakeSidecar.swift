import Synchronization
import TestTools

/// Answers as Sidecar might, on a free port of 127.0.0.1; every answer closes its connection.
final class FakeSidecar: Sendable {
    private let server: LoopbackServer
    private let seen = Mutex<[String]>([])

    /// - Parameter answer: status and body of the request of that number, the first is 0.
    init(_ answer: @escaping @Sendable (Int) -> (Int, String)) throws {
        server = try LoopbackServer()
        server.start { [self] connection in
            guard let request = connection.nextRequest() else { return }
            let number = seen.withLock { seen in
                seen.append("\(request.method) \(request.target)")
                return seen.count - 1
            }
            let (status, body) = answer(number)
            connection.respond(status, headers: ["Connection: close"], body)
        }
    }

    var port: Int { server.port }
    var url: String { server.url }

    /// `GET /state.json`
    var requests: [String] { seen.withLock { $0 } }

    func stop() { server.stop() }
}
