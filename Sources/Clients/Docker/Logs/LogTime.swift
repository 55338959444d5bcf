import Glibc

/// An instant as Docker's `since` and `until` take it: seconds since 1970, with nanoseconds.
public struct LogTime: Sendable, Equatable, Comparable, Codable, CustomStringConvertible {
    public var seconds: Int64
    /// 0 to 999 999 999.
    public var nanoseconds: Int64

    public init(seconds: Int64, nanoseconds: Int64 = 0) {
        self.seconds = seconds
        self.nanoseconds = nanoseconds
    }

    public static var now: LogTime {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return LogTime(seconds: Int64(time.tv_sec), nanoseconds: Int64(time.tv_nsec))
    }

    /// So long before; not before 1970.
    public func earlier(by span: Duration) -> LogTime {
        let (whole, fraction) = span.components
        var result = LogTime(seconds: seconds - whole, nanoseconds: nanoseconds - fraction / 1_000_000_000)
        if result.nanoseconds < 0 {
            result.nanoseconds += 1_000_000_000
            result.seconds -= 1
        }
        return result.seconds < 0 ? LogTime(seconds: 0) : result
    }

    /// So long afterwards.
    public func later(by span: Duration) -> LogTime {
        let (whole, fraction) = span.components
        var result = LogTime(seconds: seconds + whole, nanoseconds: nanoseconds + fraction / 1_000_000_000)
        if result.nanoseconds >= 1_000_000_000 {
            result.nanoseconds -= 1_000_000_000
            result.seconds += 1
        }
        return result
    }

    /// From this one to another.
    public func duration(to other: LogTime) -> Duration {
        .seconds(other.seconds - seconds) + .nanoseconds(other.nanoseconds - nanoseconds)
    }

    public static func < (one: LogTime, other: LogTime) -> Bool {
        (one.seconds, one.nanoseconds) < (other.seconds, other.nanoseconds)
    }

    public var description: String {
        let digits = String(nanoseconds)
        return "\(seconds).\(String(repeating: "0", count: max(0, 9 - digits.utf8.count)))\(digits)"
    }
}
