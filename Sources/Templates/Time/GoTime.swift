/// Go's `time.Time`: an instant with nanoseconds, and the zone it is shown in.
public struct GoTime: Hashable, Sendable {
    /// Go's `*time.Location`, as far as templates meet it.
    public enum Zone: Hashable, Sendable {
        case utc
        /// The machine's zone, from `TZ` or `/etc/localtime`.
        case local
    }

    /// Seconds since 1970-01-01 UTC.
    public var unixSeconds: Int64
    /// 0 ..< 1_000_000_000
    public var nanoseconds: Int32
    public var zone: Zone

    public init(unixSeconds: Int64, nanoseconds: Int32 = 0, zone: Zone = .local) {
        let carry = Int64(nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000).quotient)
        var rest = nanoseconds % 1_000_000_000
        self.unixSeconds = unixSeconds &+ carry
        if rest < 0 {
            rest += 1_000_000_000
            self.unixSeconds &-= 1
        }
        self.nanoseconds = rest
        self.zone = zone
    }

    /// Year 1, January 1, 00:00:00 UTC: what `IsZero` means.
    static let zero = GoTime(unixSeconds: -secondsToUnixEpoch, zone: .utc)
    /// From year 1 to 1970.
    static let secondsToUnixEpoch: Int64 = 62_135_596_800

    func isBefore(_ other: GoTime) -> Bool {
        (unixSeconds, nanoseconds) < (other.unixSeconds, other.nanoseconds)
    }

    func isSameInstant(as other: GoTime) -> Bool {
        unixSeconds == other.unixSeconds && nanoseconds == other.nanoseconds
    }

    func adding(nanoseconds duration: Int64) -> GoTime {
        var result = self
        let (seconds, rest) = duration.quotientAndRemainder(dividingBy: 1_000_000_000)
        var sum = Int64(nanoseconds) + rest
        result.unixSeconds &+= seconds
        if sum < 0 {
            sum += 1_000_000_000
            result.unixSeconds &-= 1
        } else if sum >= 1_000_000_000 {
            sum -= 1_000_000_000
            result.unixSeconds &+= 1
        }
        result.nanoseconds = Int32(truncatingIfNeeded: sum)
        return result
    }

    /// Nanoseconds from `other` to this; the nearest possible when they are 292 years apart or more.
    func nanoseconds(since other: GoTime) -> Int64 {
        let seconds = Int128(unixSeconds) - Int128(other.unixSeconds)
        return Int64(clamping: seconds * 1_000_000_000 + Int128(nanoseconds) - Int128(other.nanoseconds))
    }

    /// What remains of the time since year 1 after division by a duration above 0.
    private func remainder(of duration: Int64) -> Int64 {
        let since = (Int128(unixSeconds) + Int128(GoTime.secondsToUnixEpoch)) * 1_000_000_000 + Int128(nanoseconds)
        let rest = since % Int128(duration)
        return Int64(truncatingIfNeeded: rest < 0 ? rest + Int128(duration) : rest)
    }

    func truncated(to duration: Int64) -> GoTime {
        duration <= 0 ? self : adding(nanoseconds: -remainder(of: duration))
    }

    func rounded(to duration: Int64) -> GoTime {
        guard duration > 0 else { return self }
        let rest = remainder(of: duration)
        return rest < duration - rest ? adding(nanoseconds: -rest) : adding(nanoseconds: duration - rest)
    }

    /// The same wall clock time some years, months and days on; a day a month does not have runs into the next.
    func adding(years: Int64, months: Int64, days: Int64) -> GoTime {
        let civil = self.civil
        let month = Int64(civil.month) &- 1 &+ months
        let year = civil.year &+ years &+ GoTime.floorDivide(month, 12)
        let first = GoTime.days(year: year, month: Int(GoTime.floorModulo(month, 12)) + 1, day: 1)
        let wall = (first &+ Int64(civil.day) &- 1 &+ days) &* 86400 &+ Int64(civil.secondOfDay)
        guard zone == .local else { return GoTime(unixSeconds: wall, nanoseconds: nanoseconds, zone: zone) }
        // Look at the zone where the wall clock time would be in UTC, then at what that leads to.
        let guess = wall &- Int64(LocalZone.at(wall).offset)
        return GoTime(
            unixSeconds: wall &- Int64(LocalZone.at(guess).offset), nanoseconds: nanoseconds, zone: zone)
    }

    /// Offset from UTC in seconds, and what the zone is called.
    var zoneOffset: LocalZone {
        zone == .utc ? LocalZone.utc : LocalZone.at(unixSeconds)
    }
}
