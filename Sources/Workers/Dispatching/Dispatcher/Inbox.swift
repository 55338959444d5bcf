import Synchronization

/// Where everything that happens to the dispatcher arrives; emptied in one go.
///
/// Who puts in more than ``limit`` has to wait until it was emptied, so that a dispatcher busy with its disk is felt by
/// those who send.
final class Inbox<Event: Sendable>: Sendable {
    private struct State {
        var events: [Event] = []
        var isWoken = false
        var taker: CheckedContinuation<Void, Never>?
        var waiting: [CheckedContinuation<Void, Never>] = []
        var isClosed = false
    }

    private let limit: Int
    private let state = Mutex(State())

    init(limit: Int = 512) {
        self.limit = limit
    }

    /// Puts an event in, whatever happens, and then waits while there are too many.
    func put(_ event: Event) async {
        let taker = state.withLock { state in
            state.events.append(event)
            return state.taker.take()
        }
        taker?.resume()
        await withCheckedContinuation { continuation in
            let goesOn = state.withLock { state in
                if state.isClosed || state.events.count <= limit { return true }
                state.waiting.append(continuation)
                return false
            }
            if goesOn { continuation.resume() }
        }
    }

    /// Makes ``take()`` return, with nothing if there is nothing.
    func wake() {
        let taker = state.withLock { state in
            state.isWoken = true
            return state.taker.take()
        }
        taker?.resume()
    }

    /// Everything that has arrived; waits for the first event or a ``wake()``. Only one task may take.
    func take() async -> [Event] {
        await withCheckedContinuation { continuation in
            let isReady = state.withLock { state in
                if state.isWoken || !state.events.isEmpty { return true }
                state.taker = continuation
                return false
            }
            if isReady { continuation.resume() }
        }
        let (events, waiting) = state.withLock { state in
            defer {
                state.events = []
                state.isWoken = false
                state.waiting = []
            }
            return (state.events, state.waiting)
        }
        for continuation in waiting { continuation.resume() }
        return events
    }

    /// Nobody takes any more: nobody waits any more.
    func close() {
        let waiting = state.withLock { state in
            state.isClosed = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }
}
