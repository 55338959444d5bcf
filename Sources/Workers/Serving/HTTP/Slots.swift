import Synchronization

/// How many of something may be under way at a time. Who finds no slot is told to come again, and does not wait.
final class Slots: Sendable {
    private let limit: Int
    private let count = Mutex(0)

    init(_ limit: Int) {
        self.limit = limit
    }

    /// Whether there was a slot, which is to be given back by ``leave()`` then.
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
