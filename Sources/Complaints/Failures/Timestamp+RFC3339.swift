extension Timestamp {
    /// From a date and time as in RFC 3339, e.g. `2016-03-04T05:06:07.5+01:00`; nil when it is not one, or lies outside
    /// 1678 to 2261.
    public init?(rfc3339 text: String) {
        var rest = Array(text.utf8)[...]
        func number(_ digits: Int) -> Int? {
            guard rest.count >= digits else { return nil }
            var value = 0
            for byte in rest.prefix(digits) {
                guard byte >= 0x30, byte <= 0x39 else { return nil }
                value = value * 10 + Int(byte - 0x30)
            }
            rest = rest.dropFirst(digits)
            return value
        }
        func take(_ characters: String) -> UInt8? {
            guard let byte = rest.first, characters.utf8.contains(byte) else { return nil }
            rest = rest.dropFirst()
            return byte
        }
        guard let year = number(4), take("-") != nil, let month = number(2), take("-") != nil, let day = number(2),
            take("Tt ") != nil, let hour = number(2), take(":") != nil, let minute = number(2), take(":") != nil,
            let second = number(2), (1678...2261).contains(year), (1...12).contains(month), (1...31).contains(day),
            hour < 24, minute < 60, second <= 60
        else { return nil }
        var fraction = 0
        if take(".") != nil {
            var unit = 100_000_000
            guard let first = rest.first, first >= 0x30, first <= 0x39 else { return nil }
            while let digit = rest.first, digit >= 0x30, digit <= 0x39 {
                fraction += Int(digit - 0x30) * unit
                unit /= 10
                rest = rest.dropFirst()
            }
        }
        var offset = 0
        switch take("Zz+-") {
        case UInt8(ascii: "+")?, UInt8(ascii: "-")?:
            let isWest = rest.startIndex > 0 && Array(text.utf8)[rest.startIndex - 1] == UInt8(ascii: "-")
            guard let hours = number(2), take(":") != nil, let minutes = number(2), hours < 24, minutes < 60 else {
                return nil
            }
            offset = (hours * 60 + minutes) * (isWest ? -60 : 60)
        case nil: return nil
        default: break
        }
        guard rest.isEmpty else { return nil }
        let days = Self.days(year: year, month: month, day: day)
        let seconds = days * 86400 + hour * 3600 + minute * 60 + second - offset
        self.init(nanoseconds: Int64(seconds) * 1_000_000_000 + Int64(fraction))
    }

    /// Days since 1970-01-01 of a date in the Gregorian calendar.
    private static func days(year: Int, month: Int, day: Int) -> Int {
        // Years that begin in March have their leap day at the end.
        let shifted = month > 2 ? year : year - 1
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}
