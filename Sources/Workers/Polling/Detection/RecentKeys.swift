import Complaints

/// The failures that were told last, so that a repeated event is not told again.
struct RecentKeys: Sendable {
    private static let capacity = 4096

    private var keys: Set<KeyFingerprint> = []
    private var order: [KeyFingerprint] = []
    private var oldest = 0

    func contains(_ key: FailureKey) -> Bool { keys.contains(KeyFingerprint(key)) }

    /// False if it is there.
    @discardableResult
    mutating func insert(_ key: FailureKey) -> Bool {
        let fingerprint = KeyFingerprint(key)
        guard keys.insert(fingerprint).inserted else { return false }
        if order.count < Self.capacity {
            order.append(fingerprint)
        } else {
            keys.remove(order[oldest])
            order[oldest] = fingerprint
            oldest = (oldest + 1) % Self.capacity
        }
        return true
    }
}

/// A failure's key in 16 bytes. With seeded 128 bits, two different keys are as good as never the same.
struct KeyFingerprint: Hashable, Sendable {
    private let first: Int
    private let second: Int

    init(_ key: FailureKey) {
        func hash(_ salt: Int) -> Int {
            var hasher = Hasher()
            hasher.combine(salt)
            hasher.combine(key)
            return hasher.finalize()
        }
        (first, second) = (hash(1), hash(2))
    }
}
