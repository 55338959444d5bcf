import Synchronization

/// A result that the loop's thread delivers once and one task waits for.
package final class Promise<Value: Sendable, Failure: Error>: Sendable {
    package typealias Outcome = Result<Value, Failure>

    private enum State {
        case pending
        case awaited(CheckedContinuation<Outcome, Never>)
        case kept(Outcome)
    }

    private let state = Mutex(State.pending)

    package init() {}

    /// The first outcome counts.
    package func keep(_ outcome: Outcome) {
        let waiter: CheckedContinuation<Outcome, Never>? = state.withLock { state in
            switch state {
            case .kept: return nil
            case .pending:
                state = .kept(outcome)
                return nil
            case .awaited(let waiter):
                state = .kept(outcome)
                return waiter
            }
        }
        waiter?.resume(returning: outcome)
    }

    /// Called by one task, once.
    package func outcome() async -> Outcome {
        await withCheckedContinuation { continuation in
            let outcome: Outcome? = state.withLock { state in
                if case .kept(let outcome) = state { return outcome }
                state = .awaited(continuation)
                return nil
            }
            if let outcome { continuation.resume(returning: outcome) }
        }
    }
}
