import Foundation
import Glibc
import Synchronization

/// A small HTTP server on a free port of 127.0.0.1, for what no real master can be made to do.
///
/// One thread a connection; the answer to each request is decided by a closure that can be replaced at any time.
final class FakeMaster: Sendable {
    struct Request: Sendable {
        let method: String
        /// Path and query, as they came.
        let target: String
        let headers: [String]
        let body: Data

        var path: String { String(target.prefix { $0 != "?" }) }
    }

    typealias Script = @Sendable (Request) -> FakeAnswer

    let port: Int
    private let listener: Int32
    private let state: Mutex<State>

    private struct State {
        var script: Script
        var requests: [Request] = []
        var stopped = false
    }

    var url: String { "http://127.0.0.1:\(port)" }

    /// What has been asked so far.
    var requests: [Request] { state.withLock { $0.requests } }

    init(_ script: @escaping Script) throws {
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard listener >= 0, Loopback.bind(listener, to: 0), listen(listener, 64) == 0 else {
            let failure = errno
            if listener >= 0 { close(listener) }
            throw HarnessError("cannot listen on 127.0.0.1: errno \(failure)")
        }
        port = Loopback.port(of: listener)
        state = Mutex(State(script: script))
        Thread.detachNewThread { [self] in accept() }
    }

    /// The same answer to everything.
    convenience init(_ answer: FakeAnswer) throws {
        try self.init { _ in answer }
    }

    /// Answers requests by `script` from now on; answers that are under way are not concerned.
    func behave(_ script: @escaping Script) {
        state.withLock { $0.script = script }
    }

    /// Closes all connections, within a tenth of a second. May be called twice.
    func stop() {
        state.withLock { $0.stopped = true }
    }

    // MARK: - On threads of their own

    private var stopped: Bool { state.withLock { $0.stopped } }

    private func accept() {
        while !stopped {
            var waiting = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
            guard poll(&waiting, 1, 50) > 0 else { continue }
            let descriptor = Glibc.accept(listener, nil, nil)
            guard descriptor >= 0 else { continue }
            Thread.detachNewThread { [self] in
                let connection = FakeConnection(descriptor) { [self] in stopped }
                serve(connection)
                connection.close()
            }
        }
        close(listener)
    }

    private func serve(_ connection: FakeConnection) {
        while let request = connection.readRequest() {
            let script = state.withLock {
                $0.requests.append(request)
                return $0.script
            }
            guard connection.carryOut(script(request)) else { return }
        }
    }
}
