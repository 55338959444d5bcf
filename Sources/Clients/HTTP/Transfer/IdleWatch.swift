/// Since when no byte has moved. Time comes from outside.
struct IdleWatch: Sendable {
    let limit: Duration
    private var last: ContinuousClock.Instant
    private var checked: ContinuousClock.Instant
    private var sent: Int64 = 0

    init(limit: Duration, now: ContinuousClock.Instant) {
        self.limit = limit
        last = now
        checked = now
    }

    mutating func moved(at now: ContinuousClock.Instant) {
        last = now
    }

    /// What libcurl sends out of its own buffer shows in a counter only, which is looked at once a second.
    func nextCheck(isSending: Bool) -> ContinuousClock.Instant {
        isSending ? min(last + limit, checked + .seconds(1)) : last + limit
    }

    mutating func isOver(at now: ContinuousClock.Instant, sent: Int64) -> Bool {
        checked = now
        if sent != self.sent {
            self.sent = sent
            last = now
        }
        return now >= last + limit
    }
}
