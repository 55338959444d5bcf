/// A moment, in nanoseconds since 1970-01-01T00:00:00Z; 1677 to 2262.
///
/// Mesos reports moments as seconds in a floating-point number, good for about a microsecond. The conversion truncates
/// to nanoseconds like the original's, so that formatted times are the same.
public struct Timestamp: Codable, Hashable, Comparable, Sendable {
    public var nanoseconds: Int64

    public init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    /// From Mesos' floating-point seconds; what is not finite or out of range becomes the nearest possible moment.
    public init(seconds: Double) {
        let scaled = seconds * 1e9
        if scaled.isNaN {
            nanoseconds = 0
        } else if scaled >= 0x1p63 {
            nanoseconds = .max
        } else if scaled < -0x1p63 {
            nanoseconds = .min
        } else {
            nanoseconds = Int64(scaled)
        }
    }

    /// Whole microseconds, rounded: equal for every way by which Mesos tells the same moment.
    public var microseconds: Int64 {
        let (quotient, remainder) = nanoseconds.quotientAndRemainder(dividingBy: 1000)
        return quotient + (remainder >= 500 ? 1 : remainder <= -500 ? -1 : 0)
    }

    public var seconds: Double { Double(nanoseconds) / 1e9 }

    public static func < (left: Self, right: Self) -> Bool { left.nanoseconds < right.nanoseconds }

    public init(from decoder: any Decoder) throws {
        nanoseconds = try decoder.singleValueContainer().decode(Int64.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(nanoseconds)
    }
}
