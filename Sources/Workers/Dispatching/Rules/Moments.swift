import Complaints

extension Duration {
    /// Whole nanoseconds, clamped to what an `Int64` holds (292 years).
    var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        if overflow { return seconds < 0 ? .min : .max }
        let (sum, carried) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000)
        return carried ? (seconds < 0 ? .min : .max) : sum
    }
}

extension Timestamp {
    /// This moment and so much, clamped to what a timestamp can say.
    func adding(_ duration: Duration) -> Timestamp {
        let span = duration.nanoseconds
        let (sum, overflow) = nanoseconds.addingReportingOverflow(span)
        return Timestamp(nanoseconds: overflow ? (span < 0 ? .min : .max) : sum)
    }

    /// From `earlier` to this moment.
    func since(_ earlier: Timestamp) -> Duration {
        let (difference, overflow) = nanoseconds.subtractingReportingOverflow(earlier.nanoseconds)
        return .nanoseconds(overflow ? (self < earlier ? .min : .max) : difference)
    }

    /// Whether it says a moment at all: Mesos leaves out what it does not know.
    var isKnown: Bool { nanoseconds > 0 }
}
