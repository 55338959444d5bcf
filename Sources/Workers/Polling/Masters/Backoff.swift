/// How long to wait before the next try: doubled each time, with up to a quarter taken off at random.
struct Backoff: Sendable {
    let first: Duration
    let last: Duration
    private var next: Duration

    init(first: Duration = .milliseconds(100), last: Duration) {
        self.first = first
        self.last = last
        next = first
    }

    /// The next wait, never longer than `limit`.
    mutating func wait(using random: inout some RandomNumberGenerator) -> Duration {
        defer { next = min(next * 2, last) }
        return next * (1 - 0.25 * Double.random(in: 0...1, using: &random))
    }

    mutating func reset() { next = first }
}
