/// The calendar: the proleptic Gregorian one, as Go's.
extension GoTime {
    /// An instant on the wall clock of its zone.
    struct Civil {
        var year: Int64
        var month: Int
        var day: Int
        var secondOfDay: Int
        /// Days since 1970-01-01.
        var daysSinceEpoch: Int64

        var hour: Int { secondOfDay / 3600 }
        var minute: Int { secondOfDay / 60 % 60 }
        var second: Int { secondOfDay % 60 }
        /// 0 is Sunday.
        var weekday: Int { Int(GoTime.floorModulo(daysSinceEpoch &+ 4, 7)) }
        /// From 1.
        var yearDay: Int { Int(daysSinceEpoch &- GoTime.days(year: year, month: 1, day: 1)) + 1 }
    }

    var civil: Civil { civil(offset: zone == .utc ? 0 : zoneOffset.offset) }

    func civil(offset: Int) -> Civil {
        let wall = unixSeconds &+ Int64(offset)
        let days = GoTime.floorDivide(wall, 86400)
        // Years that begin in March, in cycles of 400.
        let shifted = days &+ 719_468
        let era = GoTime.floorDivide(shifted, 146_097)
        let dayOfEra = GoTime.floorModulo(shifted, 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = Int(monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9)
        return Civil(
            year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month: month,
            day: Int(dayOfYear - (153 * monthFromMarch + 2) / 5 + 1),
            secondOfDay: Int(GoTime.floorModulo(wall, 86400)), daysSinceEpoch: days)
    }

    /// Days from 1970-01-01 to a date.
    static func days(year: Int64, month: Int, day: Int) -> Int64 {
        let year = month <= 2 ? year &- 1 : year
        let era = floorDivide(year, 400)
        let yearOfEra = floorModulo(year, 400)
        let monthFromMarch = Int64(month > 2 ? month - 3 : month + 9)
        let dayOfYear = (153 * monthFromMarch + 2) / 5 + Int64(day) - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era &* 146_097 &+ dayOfEra &- 719_468
    }

    static func floorDivide(_ dividend: Int64, _ divisor: Int64) -> Int64 {
        let (quotient, remainder) = dividend.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }

    static func floorModulo(_ dividend: Int64, _ divisor: Int64) -> Int64 {
        let remainder = dividend % divisor
        return remainder < 0 ? remainder + divisor : remainder
    }

    static let monthNames = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]
    static let weekdayNames = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]

    /// What Go's `Month.String` gives, numbers that are no months included.
    static func monthName(_ number: Int64) -> String {
        (1...12).contains(number) ? monthNames[Int(number) - 1] : "%!Month(\(UInt64(bitPattern: number)))"
    }

    static func weekdayName(_ number: Int64) -> String {
        (0...6).contains(number) ? weekdayNames[Int(number)] : "%!Weekday(\(UInt64(bitPattern: number)))"
    }
}
