extension Timestamp {
    /// As RFC 3339 text in UTC: `2026-11-21T10:00:00Z`, or with so many digits behind the second.
    public func rfc3339(digits: Int = 0) -> String {
        let (days, time, fraction) = parts
        let (year, month, day) = Self.date(days: days)
        var text = "\(Self.padded(year, 4))-\(Self.padded(month, 2))-\(Self.padded(day, 2))T\(Self.clock(time))"
        if digits > 0 { text += "." + Self.padded(fraction, 9).prefix(digits) }
        return text + "Z"
    }

    /// As in the head of a mail (RFC 5322 §3.3), in UTC: `Sat, 21 Nov 2026 10:00:00 +0000`.
    public var rfc5322: String {
        let (days, time, _) = parts
        let (year, month, day) = Self.date(days: days)
        // 1970 began with a Thursday.
        let weekday = Self.weekdays[Int(((days + 4) % 7 + 7) % 7)]
        return "\(weekday), \(day) \(Self.months[Int(month - 1)]) \(Self.padded(year, 4)) \(Self.clock(time)) +0000"
    }

    public static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]

    /// Days since 1970-01-01, seconds of the day, nanoseconds of the second.
    private var parts: (days: Int64, seconds: Int64, nanoseconds: Int64) {
        let second: Int64 = 1_000_000_000
        var seconds = nanoseconds / second
        var fraction = nanoseconds % second
        if fraction < 0 {
            seconds -= 1
            fraction += second
        }
        var days = seconds / 86400
        var rest = seconds % 86400
        if rest < 0 {
            days -= 1
            rest += 86400
        }
        return (days, rest, fraction)
    }

    private static func clock(_ seconds: Int64) -> String {
        "\(padded(seconds / 3600, 2)):\(padded(seconds / 60 % 60, 2)):\(padded(seconds % 60, 2))"
    }

    /// The date in the Gregorian calendar, so many days after 1970-01-01.
    private static func date(days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        // Years that begin in March have their leap day at the end; no moment of ours lies before the year 0.
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    private static func padded(_ number: Int64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
