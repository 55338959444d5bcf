import Logging

/// The way in which a worker that takes orders serves the hub: greets it, works on its orders side by side or one after
/// the other, and starts over when the hub does.
///
/// The number of orders without an answer is bounded by the credit that the greeting grants; an order beyond that is a
/// violation of the protocol. An order counts as answered just before its answer is sent: the hub may send the next one
/// before we have come to know that the answer is out.
public struct PeerService<Order: ChannelMessage, Answer: ChannelMessage>: Sendable {
    private let role: String
    private let credit: Int
    private let isSerial: Bool
    private let survival: Duration
    private let greeting: @Sendable () async -> Answer
    /// Works on one order and gives the answer to it. What is to be said before that is sent by the channel.
    public typealias Handler = @Sendable (Order, MessageChannel<Order, Answer>) async -> Answer

    /// How long orders under way may still take when the worker is to stop.
    private static var farewell: Duration { .seconds(3) }

    /// - Parameters:
    ///   - role: the hub's role; channels to others are refused.
    ///   - credit: orders at a time.
    ///   - isSerial: an order is worked on when the one before it is done; the others of the credit wait here.
    ///   - survival: how long orders under way may go on when the hub that gave them is gone. Nobody hears their answers:
    ///     the next hub gives them again, and is to be told then what became of them.
    ///   - greeting: the first message on every channel.
    public init(
        role: String, credit: Int, isSerial: Bool = false, survival: Duration = .zero,
        greeting: @escaping @Sendable () async -> Answer
    ) {
        self.role = role
        self.credit = credit
        self.isSerial = isSerial
        self.survival = survival
        self.greeting = greeting
    }

    /// Serves every channel that comes, until the task is cancelled.
    public func run(_ context: WorkerContext, handle: @escaping Handler) async {
        await withDiscardingTaskGroup { group in
            var current: MessageChannel<Order, Answer>?
            for await peer in context.peers where peer.role == role {
                // The hub made a new channel, so it has nothing to do with the old one any more.
                current?.close()
                let channel = peer.channel(receiving: Order.self, sending: Answer.self)
                current = channel
                group.addTask { await serve(channel, context, handle) }
            }
            // Orders that are nearly done are finished and answered, so that nobody does them again.
            group.cancelAll()
        }
    }

    private func serve(
        _ channel: MessageChannel<Order, Answer>, _ context: WorkerContext, _ handle: @escaping Handler
    ) async {
        let underWay = UnderWay(limit: credit, isSerial: isSerial)
        do throws(ChannelError) {
            try await channel.send(await greeting())
            while let order = try await channel.receive() {
                let isTaken = await underWay.start {
                    await handle(order, channel)
                } answer: {
                    // A hub that is gone asks its successor to order it again.
                    try? await channel.send($0)
                }
                guard isTaken else { throw .violation("more than \(credit) orders at a time") }
            }
        } catch .violation(let what) {
            channel.close()
            await context.offender(role, reason: what)
        } catch {
            Logger(label: context.role).debug("the channel to the \(role) ended: \(error)")
        }
        await underWay.finish(within: survival, orAtTheEnd: Self.farewell)
        // In a task of its own, as this one is cancelled; the kernel keeps what was flushed.
        await Task { try? await channel.flush() }.value
        channel.close()
    }
}

/// The orders that a worker works on at the moment.
private actor UnderWay {
    private let limit: Int
    private let isSerial: Bool
    private var tasks: [Int: Task<Void, Never>] = [:]
    private var last = 0
    /// Orders without an answer.
    private var open = 0

    init(limit: Int, isSerial: Bool) {
        self.limit = limit
        self.isSerial = isSerial
    }

    func start<Answer: Sendable>(
        _ work: @escaping @Sendable () async -> Answer, answer: @escaping @Sendable (Answer) async -> Void
    ) -> Bool {
        guard open < limit else { return false }
        open += 1
        last += 1
        let number = last
        let previous = isSerial ? tasks[number - 1] : nil
        tasks[number] = Task {
            await previous?.value
            let result = await work()
            self.open -= 1
            await answer(result)
            self.tasks[number] = nil
        }
        return true
    }

    /// Waits for all, and cancels what is not done in time, which is another one when the waiting task is cancelled.
    func finish(within limit: Duration, orAtTheEnd farewell: Duration) async {
        let all = Array(tasks.values)
        guard !all.isEmpty else { return }
        @Sendable func cancel(after pause: Duration) -> Task<Void, any Error> {
            Task {
                try await Task.sleep(for: pause)
                for task in all { task.cancel() }
            }
        }
        let isAtTheEnd = Task.isCancelled
        let alarm = cancel(after: isAtTheEnd ? farewell : limit)
        await withTaskCancellationHandler {
            // The waiting task may be cancelled itself; its children's results still come.
            for task in all { await task.value }
        } onCancel: {
            if !isAtTheEnd { _ = cancel(after: farewell) }
        }
        alarm.cancel()
    }
}
