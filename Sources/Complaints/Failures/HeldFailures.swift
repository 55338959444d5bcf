/// Failures of one kind that came too fast to be reported one by one, and are reported together.
public struct HeldFailures: Codable, Hashable, Sendable {
    /// How many they are, the one that the report shows included.
    public var count: Int
    /// When the first and the last of them failed.
    public var first: Timestamp
    public var last: Timestamp
    /// The time in which they were held, in seconds.
    public var seconds: Double

    public init(count: Int, first: Timestamp, last: Timestamp, seconds: Double) {
        self.count = count
        self.first = first
        self.last = last
        self.seconds = seconds
    }

    /// `Task web died 214 more times with status TASK_FAILED in 5 minutes, first at …, last at …`
    public func summary(of failure: Failure) -> String {
        "Task \(failure.name) died \(count) more time\(count == 1 ? "" : "s") with status \(failure.state) in \(span), "
            + "first at \(first.rfc3339()), last at \(last.rfc3339())"
    }

    /// `5 minutes`, `90 seconds`, `2 hours`: in the largest unit that leaves no rest, or about that.
    var span: String {
        let seconds = Int(max(1, seconds.rounded()))
        for (length, name) in [(86_400, "day"), (3600, "hour"), (60, "minute")]
        where seconds % length == 0 || seconds > 10 * length {
            let count = (seconds + length / 2) / length
            return "\(count) \(name)\(count == 1 ? "" : "s")"
        }
        return "\(seconds) second\(seconds == 1 ? "" : "s")"
    }
}
