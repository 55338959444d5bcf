/// Lets a log line of a kind through at most so often, and counts the others.
struct LogLimiter: Sendable {
    private let interval: Duration
    private var last: [String: (at: ContinuousClock.Instant, suppressed: Int)] = [:]

    init(interval: Duration = .seconds(30)) {
        self.interval = interval
    }

    /// How many lines of that kind were held back since the last one, if this one may be written; otherwise nil.
    mutating func admit(_ kind: String, now: ContinuousClock.Instant) -> Int? {
        if let entry = last[kind], now - entry.at < interval {
            last[kind] = (entry.at, entry.suppressed + 1)
            return nil
        }
        let suppressed = last[kind]?.suppressed ?? 0
        if last.count > 64 { last = last.filter { now - $0.value.at < interval } }
        last[kind] = (now, 0)
        return suppressed
    }
}
