import Complaints
import Logging
import Supervision

/// The poller's side of the channel to the dispatcher, whichever dispatcher is there.
actor DispatcherLink {
    typealias Channel = MessageChannel<PollerOrder, PollerMessage>

    private var outbox = Outbox()
    private var channel: Channel?
    private var sender: CheckedContinuation<Void, Never>?
    private var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
    private var lastWaiter = 0
    private let logger: Logger
    /// A new snapshot is needed.
    private let wantsSnapshot: @Sendable () async -> Void
    private let offender: @Sendable (String) async -> Void

    init(
        logger: Logger, wantsSnapshot: @escaping @Sendable () async -> Void,
        offender: @escaping @Sendable (_ reason: String) async -> Void
    ) {
        self.logger = logger
        self.wantsSnapshot = wantsSnapshot
        self.offender = offender
    }

    /// Speaks with each dispatcher as it comes, until there will be no more.
    func run(_ peers: AsyncStream<Peer>) async {
        await withTaskGroup(of: Void.self) { group in
            for await peer in peers where peer.role == "dispatcher" {
                let channel = peer.channel(receiving: PollerOrder.self, sending: PollerMessage.self)
                await attach(channel)
                group.addTask { await self.send(over: channel) }
                group.addTask { await self.receive(from: channel) }
            }
            detach(nil)
            group.cancelAll()
        }
    }

    // MARK: The watcher's side

    /// Takes failures, waiting for room.
    ///
    /// - Throws: `CancellationError` when the task is cancelled; the rest is not taken then.
    func submit(_ failures: [Failure]) async throws(CancellationError) {
        for failure in failures {
            while outbox.room == 0 {
                await roomOrCancellation()
                if Task.isCancelled { throw CancellationError() }
            }
            outbox.add(failure)
        }
        wakeSender()
    }

    func beginSnapshot() { outbox.beginSnapshot() }

    func endSnapshot() {
        outbox.endSnapshot()
        wakeSender()
    }

    func setHealth(_ health: Outbox.Health) {
        outbox.setHealth(health)
        wakeSender()
    }

    private func roomOrCancellation() async {
        // What is in the outbox must be on its way before anybody waits for it to be recorded.
        wakeSender()
        lastWaiter += 1
        let ticket = lastWaiter
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                if Task.isCancelled || outbox.room > 0 {
                    continuation.resume()
                } else {
                    waiters[ticket] = continuation
                }
            }
        } onCancel: {
            Task { await self.release(ticket) }
        }
    }

    private func release(_ ticket: Int) { waiters.removeValue(forKey: ticket)?.resume() }

    private func releaseWaiters() {
        guard outbox.room > 0 else { return }
        let all = waiters.values
        waiters = [:]
        for waiter in all { waiter.resume() }
    }

    // MARK: The dispatcher's side

    private func attach(_ channel: Channel) async {
        self.channel?.close()
        self.channel = channel
        let isBroken = outbox.attach()
        logger.debug("a dispatcher is there", metadata: ["unrecorded": "\(outbox.unrecorded)"])
        releaseWaiters()
        wakeSender()
        if isBroken { await wantsSnapshot() }
    }

    /// Forgets a channel that has ended, or any; its sender ends.
    private func detach(_ channel: Channel?) {
        guard channel == nil || self.channel === channel else { return }
        self.channel?.close()
        self.channel = nil
        outbox.detach()
        wakeSender()
    }

    private func send(over channel: Channel) async {
        while let message = await nextMessage(for: channel) {
            do {
                try await channel.send(message)
            } catch {
                logger.debug("the dispatcher cannot be told", metadata: ["error": "\(error)"])
                detach(channel)
            }
        }
    }

    /// Waits for the next message; nil once the channel is not the current one any more.
    private func nextMessage(for channel: Channel) async -> PollerMessage? {
        while self.channel === channel, !Task.isCancelled {
            if let message = outbox.nextMessage() { return message }
            await withCheckedContinuation { continuation in
                // Only the current channel's sender waits; one before it is woken to end.
                sender?.resume()
                sender = continuation
            }
        }
        return nil
    }

    private func wakeSender() {
        sender?.resume()
        sender = nil
    }

    private func receive(from channel: Channel) async {
        do {
            while let order = try await channel.receive() {
                guard self.channel === channel else { return }
                switch order {
                case .recorded(let keys):
                    outbox.recorded(keys)
                    releaseWaiters()
                case .resync(let seen):
                    guard outbox.resync(seen: seen) else { continue }
                    releaseWaiters()
                    logger.info("the dispatcher asks for a new snapshot")
                    await wantsSnapshot()
                }
            }
        } catch ChannelError.violation(let reason) {
            logger.warning("the dispatcher broke the protocol", metadata: ["reason": "\(reason)"])
            detach(channel)
            await offender(reason)
        } catch {
            logger.debug("the channel to the dispatcher ended", metadata: ["error": "\(error)"])
        }
        detach(channel)
    }
}
