import FoundationEssentials

/// When a request is signed, in whole seconds since 1970, UTC.
public struct RequestTime: Sendable, Hashable {
    public var secondsSince1970: Int64

    /// Seconds beyond the year 9999 are taken as its end: the formats have four digits.
    public init(secondsSince1970: Int64) {
        self.secondsSince1970 = min(max(secondsSince1970, 0), 253_402_300_799)
    }

    /// By the system's clock.
    public static var now: RequestTime {
        RequestTime(secondsSince1970: Int64(Date().timeIntervalSince1970))
    }

    /// `20130524T000000Z`, the basic format of ISO 8601 that version 4 signatures use.
    var basic: String {
        let time = parts
        return digits(time.year, 4) + digits(time.month, 2) + digits(time.day, 2) + "T" + digits(time.hour, 2)
            + digits(time.minute, 2) + digits(time.second, 2) + "Z"
    }

    /// `20130524`, the day of a version 4 scope.
    var day: String { String(basic.prefix(8)) }

    /// `Fri, 24 May 2013 00:00:00 GMT`, as in a `Date` header (RFC 9110, section 5.6.7).
    var header: String {
        let time = parts
        let weekday = Self.weekdays[Int((secondsSince1970 / 86_400 + 4) % 7)]
        return "\(weekday), \(digits(time.day, 2)) \(Self.months[time.month - 1]) \(digits(time.year, 4)) "
            + "\(digits(time.hour, 2)):\(digits(time.minute, 2)):\(digits(time.second, 2)) GMT"
    }

    private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    private struct Parts {
        var year, month, day, hour, minute, second: Int
    }

    /// In the calendar of 400-year cycles that begin on 1 March, where the leap day is a year's last day.
    private var parts: Parts {
        let days = Int(secondsSince1970 / 86_400) + 719_468
        let rest = Int(secondsSince1970 % 86_400)
        let dayOfCycle = days % 146_097
        let yearOfCycle = (dayOfCycle - dayOfCycle / 1_460 + dayOfCycle / 36_524 - dayOfCycle / 146_096) / 365
        let dayOfYear = dayOfCycle - (365 * yearOfCycle + yearOfCycle / 4 - yearOfCycle / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        return Parts(
            year: yearOfCycle + days / 146_097 * 400 + (month <= 2 ? 1 : 0), month: month,
            day: dayOfYear - (153 * shifted + 2) / 5 + 1, hour: rest / 3_600, minute: rest / 60 % 60,
            second: rest % 60)
    }

    private func digits(_ value: Int, _ width: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }
}
