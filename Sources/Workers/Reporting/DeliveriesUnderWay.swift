import Complaints
import Synchronization

/// The deliveries that a reporter makes, each once: one that a dispatcher gives while it is under way for another, which
/// died, or after it has arrived, is not made again.
///
/// They are known by failure and instance, as the ledger's own numbers start over with a new ledger.
final class DeliveriesUnderWay: Sendable {
    typealias Outcome = Result<Void, DeliveryError>

    private struct Key: Hashable {
        var failure: FailureKey
        var instance: String
        /// Of a failure whose time is not known: another run may have the same key.
        var number: Int64?

        init(_ delivery: Delivery) {
            failure = delivery.failure.key
            instance = delivery.instance
            number = failure.microseconds == 0 ? delivery.id : nil
        }
    }

    private struct State {
        var underWay: [Key: Task<Outcome, Never>] = [:]
        /// The newest ones that arrived.
        var arrived = RecentSet<Key>(capacity: 4096)
    }

    private let state = Mutex(State())

    /// Makes a delivery, or waits for the one who does.
    ///
    /// The work is cancelled when the task is that began it.
    func make(_ delivery: Delivery, _ work: @escaping @Sendable () async -> Outcome) async -> Outcome {
        // Each test is meant.
        guard !delivery.isTest else { return await work() }
        let key = Key(delivery)
        let (task, isOurs) = state.withLock { state -> (Task<Outcome, Never>?, Bool) in
            if state.arrived.contains(key) { return (nil, false) }
            if let task = state.underWay[key] { return (task, false) }
            let task = Task {
                let outcome = await work()
                self.state.withLock { state in
                    if case .success = outcome { state.arrived.insert(key) }
                    state.underWay[key] = nil
                }
                return outcome
            }
            state.underWay[key] = task
            return (task, true)
        }
        guard let task else { return .success(()) }
        guard isOurs else { return await task.value }
        return await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            task.cancel()
        }
    }
}
