import Complaints

/// The failures that were told last, so that a repeated event is not told again.
struct RecentKeys: Sendable {
    private var keys = RecentSet<KeyFingerprint>(capacity: 4096)

    func contains(_ key: FailureKey) -> Bool { keys.contains(KeyFingerprint(key)) }

    /// False if it is there.
    @discardableResult
    mutating func insert(_ key: FailureKey) -> Bool { keys.insert(KeyFingerprint(key)) }
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
