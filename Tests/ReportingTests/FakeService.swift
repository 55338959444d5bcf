import Synchronization
import TestTools

/// A service for tests on a free port of 127.0.0.1: it records what it is sent, byte for byte, and answers by a script,
/// one entry for each request, the last of which is used for all that follow; or as it is told by a function.
final class FakeService: Sendable {
    enum Answer: Sendable {
        case status(Int, [String] = [], String = "")
        /// A whole response, byte for byte, after which the connection is closed.
        case raw(String)
        /// Closes the connection without a word.
        case close
        /// Says nothing until the client gives up.
        case silence
    }

    typealias Request = ServedRequest
    typealias Responder = @Sendable (Request) -> Answer

    private struct State {
        var script: [Answer] = []
        var requests: [Request] = []
    }

    private let server: LoopbackServer
    private let state: Mutex<State>
    private let respond: Responder?

    convenience init(_ script: Answer...) throws { try self.init(script: script) }

    convenience init(script: [Answer]) throws { try self.init(State(script: script), nil) }

    convenience init(respond: @escaping Responder) throws {
        try self.init(State(), respond)
    }

    private init(_ begin: State, _ respond: Responder?) throws {
        state = Mutex(begin)
        self.respond = respond
        server = try LoopbackServer()
        server.start { [self] connection in
            while let request = connection.nextRequest(), carryOut(answer(to: request), on: connection) {}
        }
    }

    var port: Int { server.port }
    var url: String { server.url }
    var requests: [Request] { state.withLock { $0.requests } }

    /// Connections accepted so far.
    var connectionCount: Int { server.connectionCount }

    func stop() { server.stop() }

    private func answer(to request: Request) -> Answer {
        let scripted = state.withLock { state in
            state.requests.append(request)
            return state.script.count > 1 ? state.script.removeFirst() : state.script.first ?? .close
        }
        return respond?(request) ?? scripted
    }

    /// Whether the next request may come.
    private func carryOut(_ answer: Answer, on connection: ServedConnection) -> Bool {
        switch answer {
        case .status(let status, let headers, let body): return connection.respond(status, headers: headers, body)
        case .raw(let text):
            connection.send(text)
            return false
        case .close: return false
        case .silence:
            connection.waitForClose()
            return false
        }
    }
}
