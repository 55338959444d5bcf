import Complaints
import Foundation
import Supervision
import Synchronization

/// A dispatcher that answers as a test wants.
final class FakeDispatcher: Sendable {
    /// nil: no answer at all.
    typealias Answer = @Sendable (_ what: String) -> String?

    /// The worker's end.
    let peer: Peer
    private let channel: MessageChannel<ServerMessage, ServerOrder>
    private let answer: Mutex<Answer>
    private let questions = Mutex<[String]>([])
    private let task = Mutex<Task<Void, Never>?>(nil)

    init(_ answer: @escaping Answer = { _ in nil }) throws {
        let (ours, theirs) = try Descriptor.socketPair()
        peer = Peer(role: "dispatcher", descriptor: theirs)
        channel = MessageChannel(ours)
        self.answer = Mutex(answer)
        task.withLock { $0 = Task { [weak self] in await self?.work() } }
    }

    deinit { channel.close() }

    /// Everything that was asked so far.
    var asked: [String] { questions.withLock { $0 } }

    func answer(_ answer: @escaping Answer) { self.answer.withLock { $0 = answer } }

    /// Sends whatever, asked for or not.
    func send(_ order: ServerOrder) async throws { try await channel.send(order) }

    /// As a process that was killed.
    func die() { channel.close() }

    private func work() async {
        do {
            while case .ask(let id, let what)? = try await channel.receive() {
                questions.withLock { $0.append(what) }
                guard let json = answer.withLock({ $0 })(what) else { continue }
                try await channel.send(.answer(id: id, json: json))
            }
        } catch {
            // The worker or the test closed it.
        }
    }
}

extension FakeDispatcher {
    static func healthy(_ what: String) -> String? {
        switch what {
        case "health": #"{"ok":true,"mode":"stream","master":"http://10.0.0.1:5050"}"#
        case "workers": #"[{"role":"poller","state":"ready","restarts":0,"crashLooping":false}]"#
        case "failures": "[]"
        case "summary": #"{"cases":{"done":3},"deliveries":{},"backlog":0,"ledger":"/tmp/l","mode":"disk"}"#
        default: #"{"error":"unknown question"}"#
        }
    }

    static func fishy(_ what: String) -> String? {
        what == "health" ? #"{"ok":false,"reason":"no master answers","mode":""}"# : healthy(what)
    }
}
