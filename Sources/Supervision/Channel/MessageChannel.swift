/// One end of a channel between two of our processes, for a worker's asynchronous code.
///
/// Frames are read by the process's ``ChannelLoop``, at most ``maximumUnread`` of them ahead of ``receive()``: a worker
/// that is slow to receive lets the kernel's buffer fill, and its peer's ``send(_:)`` wait. Nothing grows without bound.
/// Messages are encoded and decoded by the caller, so the loop does no more than move bytes.
public final class MessageChannel<Incoming: ChannelMessage, Outgoing: ChannelMessage>: Sendable {
    private let endpoint: ChannelEndpoint

    /// Takes over a connected stream socket.
    public init(_ descriptor: Descriptor, loop: ChannelLoop = .shared) {
        endpoint = ChannelEndpoint(descriptor)
        loop.add(endpoint)
    }

    /// Sends a message; returns when it is on its way, waiting while more than 1 MiB is unsent.
    ///
    /// - Throws: ``ChannelError``; after `broken` and `closed` nothing can be sent any more.
    public func send(_ message: Outgoing) async throws(ChannelError) {
        let payload = try MessageCoding.encode(message)
        var frame: [UInt8] = []
        try Frame.append(payload, to: &frame)
        try await endpoint.write(frame)
    }

    /// Returns when everything sent has been handed to the kernel, which keeps it even when this process ends.
    public func flush() async throws(ChannelError) {
        try await endpoint.waitForRoom(0)
    }

    /// The next message; nil when the peer closed the channel between two frames.
    ///
    /// Only one task may receive at a time.
    /// - Throws: ``ChannelError``: `violation` names what the peer did; the channel is closed then.
    public func receive() async throws(ChannelError) -> Incoming? {
        try await receiveWithDescriptor()?.message
    }

    /// Like ``receive()``, with the descriptor of a message that carries one.
    public func receiveWithDescriptor() async throws(ChannelError) -> (message: Incoming, descriptor: Descriptor?)? {
        guard let payload = try await endpoint.read() else { return nil }
        do throws(ChannelError) {
            let message: Incoming = try MessageCoding.decode(payload)
            guard message.carriesDescriptor else { return (message, nil) }
            guard let descriptor = endpoint.takeDescriptor() else {
                throw .violation("a message without the descriptor it is about")
            }
            return (message, descriptor)
        } catch {
            close()
            throw error
        }
    }

    deinit {
        endpoint.close(.closed)
    }

    /// Closes this end; what is unsent is lost (see ``flush()``), and everything that waits on it ends with ``ChannelError/closed``.
    public func close() {
        endpoint.close(.closed)
    }

    /// Both ends of a new channel, for tests and for workers that live in one process.
    public static func pair() throws(SystemError) -> (
        MessageChannel<Incoming, Outgoing>, MessageChannel<Outgoing, Incoming>
    ) {
        let (one, other) = try Descriptor.socketPair()
        return (.init(one), .init(other))
    }
}
