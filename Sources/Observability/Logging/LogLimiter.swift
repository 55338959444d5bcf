/// Keeps repeated trouble from filling the log: for each key the first message passes at once, then at most one
/// an interval, which tells how many were held back since.
///
/// A value without I/O; the caller brings the time. See ``RateLimitedLogger`` for the one with a lock and a clock.
public struct LogLimiter<Key: Hashable & Sendable>: Sendable {
    /// What to do with a message.
    public enum Verdict: Sendable, Equatable {
        /// Write it; so many like it were held back since the last one.
        case write(suppressed: Int)
        /// Hold it back.
        case suppress
    }

    private struct Entry: Sendable {
        var lastWritten: ContinuousClock.Instant
        var suppressed: Int
    }

    private let interval: Duration
    private let maximumKeys: Int
    private var entries: [Key: Entry] = [:]

    /// - Parameters:
    ///   - interval: the least time between two messages with the same key.
    ///   - maximumKeys: how many keys are remembered; beyond that the one that was written longest ago is
    ///     forgotten, so keys made from outside data cannot fill the memory.
    public init(interval: Duration, maximumKeys: Int = 256) {
        self.interval = interval
        self.maximumKeys = max(1, maximumKeys)
    }

    /// Decides about one message at `now`.
    public mutating func admit(_ key: Key, at now: ContinuousClock.Instant) -> Verdict {
        if let entry = entries[key], entry.lastWritten.duration(to: now) < interval {
            entries[key]?.suppressed += 1
            return .suppress
        }
        let suppressed = entries[key]?.suppressed ?? 0
        if entries[key] == nil, entries.count >= maximumKeys { forgetOldest() }
        entries[key] = Entry(lastWritten: now, suppressed: 0)
        return .write(suppressed: suppressed)
    }

    /// The trouble is over: the next message with this key passes at once.
    ///
    /// - Returns: how many were held back and not told about, or nil when there was no trouble.
    @discardableResult
    public mutating func forget(_ key: Key) -> Int? {
        entries.removeValue(forKey: key)?.suppressed
    }

    private mutating func forgetOldest() {
        if let oldest = entries.min(by: { $0.value.lastWritten < $1.value.lastWritten }) {
            entries.removeValue(forKey: oldest.key)
        }
    }
}
