import Supervision

/// The dispatcher's end of a channel to one worker: a task that receives, and one that sends.
///
/// What is to be sent waits here when the worker is slow; it is never more than the worker has credit for.
final class PeerLink<Incoming: ChannelMessage, Outgoing: ChannelMessage>: Sendable {
    private let channel: MessageChannel<Incoming, Outgoing>
    private let outbox: AsyncStream<Outgoing>.Continuation
    private let tasks: [Task<Void, Never>]

    /// - Parameters:
    ///   - event: what an incoming message is to the engine.
    ///   - tooLarge: the worker's answer, in its stead, to an order that does not fit into a frame.
    init(
        _ peer: Peer, _ role: Role, _ id: PeerID, _ inbox: Inbox<DispatchEvent>,
        event: @escaping @Sendable (PeerID, Incoming) -> DispatchEvent,
        tooLarge: @escaping @Sendable (Outgoing, String) -> Incoming?
    ) {
        let channel = peer.channel(receiving: Incoming.self, sending: Outgoing.self)
        let (orders, outbox) = AsyncStream.makeStream(of: Outgoing.self)
        self.channel = channel
        self.outbox = outbox
        let receiver = Task {
            await inbox.put(.connected(id, role))
            do throws(ChannelError) {
                while let message = try await channel.receive() { await inbox.put(event(id, message)) }
                await inbox.put(.gone(id, reason: "it closed the channel"))
            } catch {
                switch error {
                case .violation(let reason): await inbox.put(.offended(id, reason: reason))
                case .broken, .tooLarge: await inbox.put(.gone(id, reason: error.description))
                case .closed, .cancelled: break
                }
            }
        }
        let sender = Task {
            for await order in orders {
                do throws(ChannelError) {
                    try await channel.send(order)
                } catch {
                    // A channel that is broken is also seen by the receiver, after what the peer still said.
                    guard case .tooLarge = error else { continue }
                    if let answer = tooLarge(order, error.description) { await inbox.put(event(id, answer)) }
                }
            }
        }
        tasks = [receiver, sender]
    }

    func send(_ order: Outgoing) {
        outbox.yield(order)
    }

    func close() {
        outbox.finish()
        channel.close()
        for task in tasks { task.cancel() }
    }
}
