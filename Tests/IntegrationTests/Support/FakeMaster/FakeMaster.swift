import Foundation
import Synchronization

/// A small HTTP server on a free port of 127.0.0.1, for what no real master can be made to do.
///
/// The answer to each request is decided by a closure that can be replaced at any time.
final class FakeMaster: Sendable {
    typealias Request = ServedRequest
    typealias Script = @Sendable (Request) -> FakeAnswer

    private let server: LoopbackServer
    private let state: Mutex<State>

    private struct State {
        var script: Script
        var requests: [Request] = []
    }

    var port: Int { server.port }
    var url: String { server.url }

    /// What has been asked so far.
    var requests: [Request] { state.withLock { $0.requests } }

    init(_ script: @escaping Script) throws {
        server = try LoopbackServer()
        state = Mutex(State(script: script))
        server.start { [self] connection in
            while let request = connection.nextRequest() {
                let script = state.withLock {
                    $0.requests.append(request)
                    return $0.script
                }
                guard connection.carryOut(script(request)) else { return }
            }
        }
    }

    /// The same answer to everything.
    convenience init(_ answer: FakeAnswer) throws {
        try self.init { _ in answer }
    }

    /// Answers requests by `script` from now on; answers that are under way are not concerned.
    func behave(_ script: @escaping Script) {
        state.withLock { $0.script = script }
    }

    /// Refuses connections and breaks those there are. May be called twice.
    func stop() { server.stop() }
}
