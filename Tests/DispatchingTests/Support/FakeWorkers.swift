import Complaints
import FoundationEssentials
import Supervision
import Synchronization
import Testing

@testable import Dispatching

/// A dispatcher in this process, with the supervisor's side of it in the hands of a test.
final class Harness: Sendable {
    let peers: AsyncStream<Peer>.Continuation
    let reports: AsyncStream<[WorkerReport]>.Continuation
    let sent = Mutex<[WorkerMessage]>([])
    let task: Mutex<Task<Void, any Error>?> = Mutex(nil)

    init(
        _ settings: [String: [String]], clock: @escaping @Sendable () -> Timestamp = Dispatcher.now
    ) throws {
        let (peerStream, peers) = AsyncStream.makeStream(of: Peer.self)
        let (reportStream, reports) = AsyncStream.makeStream(of: [WorkerReport].self)
        self.peers = peers
        self.reports = reports
        let context = WorkerContext(
            role: "dispatcher", settings: WorkerSettings(values: settings), peers: peerStream, reports: reportStream
        ) { [weak self] message in self?.sent.withLock { $0.append(message) } }
        let dispatcher = Dispatcher(
            context: context, settings: try DispatchSettings(settings), log: quiet, clock: clock)
        task.withLock { $0 = Task { try await dispatcher.run() } }
    }

    /// Connects a worker and gives its end of the channel.
    func connect<Incoming: ChannelMessage, Outgoing: ChannelMessage>(
        _ role: String, receiving: Incoming.Type, sending: Outgoing.Type
    ) throws -> MessageChannel<Incoming, Outgoing> {
        let (ours, theirs) = try Descriptor.socketPair()
        peers.yield(Peer(role: role, descriptor: theirs))
        return MessageChannel(ours)
    }

    func poller() throws -> MessageChannel<PollerOrder, PollerMessage> {
        try connect("poller", receiving: PollerOrder.self, sending: PollerMessage.self)
    }

    func uploader() throws -> MessageChannel<UploaderOrder, UploaderMessage> {
        try connect("uploader", receiving: UploaderOrder.self, sending: UploaderMessage.self)
    }

    func reporter(_ kind: String) throws -> MessageChannel<ReporterOrder, ReporterMessage> {
        try connect("reporter/\(kind)", receiving: ReporterOrder.self, sending: ReporterMessage.self)
    }

    func server() throws -> MessageChannel<ServerOrder, ServerMessage> {
        try connect("server", receiving: ServerOrder.self, sending: ServerMessage.self)
    }

    /// Orderly stop, as the supervisor asks for it.
    func stop() async throws {
        let task = task.withLock { $0 }
        task?.cancel()
        try await task?.value
    }

    deinit {
        task.withLock { $0?.cancel() }
    }
}

extension UploaderOrder {
    /// Whose logs are to be saved.
    var failure: Failure {
        switch self {
        case .collect(_, let failure, _): failure
        }
    }
}

func ask(_ server: MessageChannel<ServerOrder, ServerMessage>, _ what: String) async throws -> String {
    try await server.send(.ask(id: 7, what: what))
    guard case .answer(7, let json) = try await server.receive() else { return "no answer" }
    return json
}

func decode<Value: Decodable>(_ type: Value.Type, _ json: String) throws -> Value {
    try JSONDecoder().decode(Value.self, from: Data(json.utf8))
}
