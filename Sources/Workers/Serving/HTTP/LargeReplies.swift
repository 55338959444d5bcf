import Synchronization

/// How many large replies are on their way: clients that take theirs slowly hold memory, so there is room for a few.
final class LargeReplies: Sendable {
    private let limit: Int
    private let count = Mutex(0)

    init(limit: Int = 16) {
        self.limit = limit
    }

    /// Whether there was room for one more, for which ``leave()`` is to be called then.
    func enter() -> Bool {
        count.withLock { count in
            guard count < limit else { return false }
            count += 1
            return true
        }
    }

    func leave() {
        count.withLock { $0 -= 1 }
    }
}
