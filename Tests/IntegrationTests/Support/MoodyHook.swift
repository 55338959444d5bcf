import Foundation
import Synchronization

/// A service that takes reports over HTTP, and whose moods change: then it answers errors, refuses connections or hangs.
final class MoodyHook: Sendable {
    enum Mood: Sendable, Equatable {
        case works
        case status(Int)
        case refuses
        case hangs
    }

    /// A request that was answered with 200.
    struct Taken: Sendable {
        let text: String
        let at: ContinuousClock.Instant
    }

    private struct State {
        var server: LoopbackServer?
        var taken: [Taken] = []
        var others: [Mood] = []
    }

    let port: Int
    private let state = Mutex(State())

    init(_ mood: Mood = .works) async throws {
        // A port that no outgoing connection gets while nobody listens on it.
        port = try FreePort.find()
        try await set(mood)
    }

    var url: String { "http://127.0.0.1:\(port)/hook" }
    var taken: [Taken] { state.withLock { $0.taken } }

    /// In which mood the requests were met that were not taken.
    var others: [Mood] { state.withLock { $0.others } }

    /// From now on; requests that hang are broken off.
    func set(_ mood: Mood) async throws {
        state.withLock { state in
            state.server?.stop()
            state.server = nil
        }
        guard mood != .refuses else { return }
        // The former listener's thread may still have the port.
        let server = try await waitFor("port \(port)", every: .milliseconds(1)) { try LoopbackServer(port: port) }
        state.withLock { $0.server = server }
        server.start { [self] connection in
            while let request = connection.nextRequest() {
                if mood == .works {
                    state.withLock { $0.taken.append(Taken(text: Self.text(of: request), at: .now)) }
                    guard connection.respond(200, "ok") else { return }
                } else {
                    state.withLock { $0.others.append(mood) }
                    guard case .status(let status) = mood else { return connection.waitForClose() }
                    guard connection.respond(status, "no") else { return }
                }
            }
        }
    }

    func stop() { state.withLock { $0.server?.stop() } }

    private static func text(of request: ServedRequest) -> String {
        (try? request.json()["text"] as? String) ?? "not JSON"
    }
}
