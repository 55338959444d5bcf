import Synchronization

/// A few places, taken in the order of asking.
public final class Turns: Sendable {
    private struct State {
        var free: Int
        var waiting: [(id: Int, CheckedContinuation<Bool, Never>)] = []
        var last = 0
    }

    private let state: Mutex<State>

    public init(limit: Int) {
        state = Mutex(State(free: limit))
    }

    /// Waits for a place; ``give()`` must follow.
    ///
    /// - Throws: when the task is cancelled, which then has none.
    public func take() async throws(CancellationError) {
        let id = state.withLock { state in
            state.last += 1
            return state.last
        }
        let isMine = await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Bool, Never>) in
                let outcome: Bool? = state.withLock { state in
                    // Under the lock: who is cancelled later finds us waiting.
                    if Task.isCancelled { return false }
                    if state.free == 0 {
                        state.waiting.append((id, continuation))
                        return nil
                    }
                    state.free -= 1
                    return true
                }
                if let outcome { continuation.resume(returning: outcome) }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                state.waiting.firstIndex { $0.id == id }.map { state.waiting.remove(at: $0).1 }
            }
            waiter?.resume(returning: false)
        }
        guard isMine else { throw CancellationError() }
    }

    public func give() {
        let next: CheckedContinuation<Bool, Never>? = state.withLock { state in
            guard state.waiting.isEmpty else { return state.waiting.removeFirst().1 }
            state.free += 1
            return nil
        }
        next?.resume(returning: true)
    }
}
