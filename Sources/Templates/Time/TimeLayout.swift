/// Go's layouts for times: the reference time `Mon Jan 2 15:04:05 MST 2006` written the wanted way.
enum TimeLayout {
    static let string = Array("2006-01-02 15:04:05.999999999 -0700 MST".utf8)
    static let rfc3339Nano = Array("2006-01-02T15:04:05.999999999Z07:00".utf8)

    /// What a piece of a layout stands for.
    private enum Element {
        case longMonth, month, numericMonth, zeroMonth
        case longWeekday, weekday
        case day, underDay, zeroDay, underYearDay, zeroYearDay
        case hour, hour12, zeroHour12
        case minute, zeroMinute, second, zeroSecond
        case longYear, year
        case afternoon, lowerAfternoon
        case zoneName
        case offset(Offset)
        case fraction(separator: UInt8, digits: Int, trimmed: Bool)
    }

    private struct Offset {
        /// `Z` when there is none.
        var usesZ: Bool
        var hasColons: Bool
        var hasMinutes: Bool
        var hasSeconds: Bool
    }

    static func append(_ time: GoTime, layout: [UInt8], to output: inout [UInt8]) {
        let zone = time.zoneOffset
        let civil = time.civil(offset: zone.offset)
        var position = 0
        while position < layout.count {
            if let (element, length) = element(of: layout, at: position) {
                append(element, of: civil, nanoseconds: time.nanoseconds, zone: zone, to: &output)
                position += length
            } else {
                output.append(layout[position])
                position += 1
            }
        }
    }

    // MARK: Reading a layout

    private static func element(of layout: [UInt8], at position: Int) -> (Element, Int)? {
        func has(_ text: StaticString) -> Bool {
            let count = text.utf8CodeUnitCount
            guard position + count <= layout.count else { return false }
            for index in 0..<count where layout[position + index] != text.utf8Start[index] { return false }
            return true
        }
        func isFollowedByLowercase(_ count: Int) -> Bool {
            position + count < layout.count && (0x61...0x7A).contains(layout[position + count])
        }
        switch layout[position] {
        case UInt8(ascii: "J"):
            if has("January") { return (.longMonth, 7) }
            return has("Jan") && !isFollowedByLowercase(3) ? (.month, 3) : nil
        case UInt8(ascii: "M"):
            if has("Monday") { return (.longWeekday, 6) }
            if has("Mon"), !isFollowedByLowercase(3) { return (.weekday, 3) }
            return has("MST") ? (.zoneName, 3) : nil
        case UInt8(ascii: "0"):
            if has("002") { return (.zeroYearDay, 3) }
            guard position + 1 < layout.count else { return nil }
            switch layout[position + 1] {
            case UInt8(ascii: "1"): return (.zeroMonth, 2)
            case UInt8(ascii: "2"): return (.zeroDay, 2)
            case UInt8(ascii: "3"): return (.zeroHour12, 2)
            case UInt8(ascii: "4"): return (.zeroMinute, 2)
            case UInt8(ascii: "5"): return (.zeroSecond, 2)
            case UInt8(ascii: "6"): return (.year, 2)
            default: return nil
            }
        case UInt8(ascii: "1"): return has("15") ? (.hour, 2) : (.numericMonth, 1)
        case UInt8(ascii: "2"): return has("2006") ? (.longYear, 4) : (.day, 1)
        case UInt8(ascii: "_"):
            if has("_2006") { return nil }
            if has("_2") { return (.underDay, 2) }
            return has("__2") ? (.underYearDay, 3) : nil
        case UInt8(ascii: "3"): return (.hour12, 1)
        case UInt8(ascii: "4"): return (.minute, 1)
        case UInt8(ascii: "5"): return (.second, 1)
        case UInt8(ascii: "P"): return has("PM") ? (.afternoon, 2) : nil
        case UInt8(ascii: "p"): return has("pm") ? (.lowerAfternoon, 2) : nil
        case UInt8(ascii: "-"), UInt8(ascii: "Z"): return offset(of: layout, at: position)
        case UInt8(ascii: "."), UInt8(ascii: ","): return fraction(of: layout, at: position)
        default: return nil
        }
    }

    private static func offset(of layout: [UInt8], at position: Int) -> (Element, Int)? {
        let usesZ = layout[position] == UInt8(ascii: "Z")
        let rest = layout[(position + 1)...]
        func element(_ text: String, colons: Bool, minutes: Bool, seconds: Bool) -> (Element, Int)? {
            guard rest.starts(with: text.utf8) else { return nil }
            let offset = Offset(usesZ: usesZ, hasColons: colons, hasMinutes: minutes, hasSeconds: seconds)
            return (.offset(offset), text.utf8.count + 1)
        }
        return element("070000", colons: false, minutes: true, seconds: true)
            ?? element("07:00:00", colons: true, minutes: true, seconds: true)
            ?? element("0700", colons: false, minutes: true, seconds: false)
            ?? element("07:00", colons: true, minutes: true, seconds: false)
            ?? element("07", colons: false, minutes: false, seconds: false)
    }

    /// `.000` or `,999`: a run of one digit that no other digit follows.
    private static func fraction(of layout: [UInt8], at position: Int) -> (Element, Int)? {
        guard position + 1 < layout.count else { return nil }
        let digit = layout[position + 1]
        guard digit == UInt8(ascii: "0") || digit == UInt8(ascii: "9") else { return nil }
        var end = position + 1
        while end < layout.count, layout[end] == digit { end += 1 }
        if end < layout.count, (0x30...0x39).contains(layout[end]) { return nil }
        let count = end - position - 1
        let element = Element.fraction(
            separator: layout[position], digits: count, trimmed: digit == UInt8(ascii: "9"))
        return (element, count + 1)
    }

    // MARK: Writing

    private static func append(
        _ element: Element, of civil: GoTime.Civil, nanoseconds: Int32, zone: LocalZone, to output: inout [UInt8]
    ) {
        let hour12 = civil.hour % 12 == 0 ? 12 : civil.hour % 12
        switch element {
        case .longMonth: output.append(GoTime.monthNames[civil.month - 1])
        case .month: output.append(contentsOf: GoTime.monthNames[civil.month - 1].utf8.prefix(3))
        case .numericMonth: append(Int64(civil.month), width: 0, to: &output)
        case .zeroMonth: append(Int64(civil.month), width: 2, to: &output)
        case .longWeekday: output.append(GoTime.weekdayNames[civil.weekday])
        case .weekday: output.append(contentsOf: GoTime.weekdayNames[civil.weekday].utf8.prefix(3))
        case .day: append(Int64(civil.day), width: 0, to: &output)
        case .underDay: append(Int64(civil.day), width: 2, pad: UInt8(ascii: " "), to: &output)
        case .zeroDay: append(Int64(civil.day), width: 2, to: &output)
        case .underYearDay: append(Int64(civil.yearDay), width: 3, pad: UInt8(ascii: " "), to: &output)
        case .zeroYearDay: append(Int64(civil.yearDay), width: 3, to: &output)
        case .hour: append(Int64(civil.hour), width: 2, to: &output)
        case .hour12: append(Int64(hour12), width: 0, to: &output)
        case .zeroHour12: append(Int64(hour12), width: 2, to: &output)
        case .minute: append(Int64(civil.minute), width: 0, to: &output)
        case .zeroMinute: append(Int64(civil.minute), width: 2, to: &output)
        case .second: append(Int64(civil.second), width: 0, to: &output)
        case .zeroSecond: append(Int64(civil.second), width: 2, to: &output)
        case .longYear: append(civil.year, width: 4, to: &output)
        case .year: append(abs(civil.year % 100), width: 2, to: &output)
        case .afternoon: output.append(civil.hour >= 12 ? "PM" : "AM")
        case .lowerAfternoon: output.append(civil.hour >= 12 ? "pm" : "am")
        case .zoneName: output.append(zone.abbreviation)
        case .offset(let offset): append(offset, zone.offset, to: &output)
        case .fraction(let separator, let digits, let trimmed):
            appendFraction(nanoseconds, separator: separator, digits: digits, trimmed: trimmed, to: &output)
        }
    }

    private static func append(_ offset: Offset, _ seconds: Int, to output: inout [UInt8]) {
        if offset.usesZ, seconds == 0 { return output.append(UInt8(ascii: "Z")) }
        let minutes = abs(seconds / 60)
        output.append(seconds / 60 < 0 ? UInt8(ascii: "-") : UInt8(ascii: "+"))
        append(Int64(minutes / 60), width: 2, to: &output)
        if offset.hasColons { output.append(UInt8(ascii: ":")) }
        if offset.hasMinutes { append(Int64(minutes % 60), width: 2, to: &output) }
        if offset.hasSeconds {
            if offset.hasColons { output.append(UInt8(ascii: ":")) }
            append(Int64(abs(seconds % 60)), width: 2, to: &output)
        }
    }

    private static func appendFraction(
        _ nanoseconds: Int32, separator: UInt8, digits: Int, trimmed: Bool, to output: inout [UInt8]
    ) {
        var text: [UInt8] = []
        append(Int64(nanoseconds), width: 9, to: &text)
        text = Array(text.prefix(digits))
        if trimmed {
            while text.last == UInt8(ascii: "0") { text.removeLast() }
            if text.isEmpty { return }
        }
        output.append(separator)
        output.append(contentsOf: text)
    }

    /// A number with at least so many digits, the sign not counted.
    static func append(_ number: Int64, width: Int, pad: UInt8 = UInt8(ascii: "0"), to output: inout [UInt8]) {
        if number < 0 { output.append(UInt8(ascii: "-")) }
        var rest = number.magnitude
        var length = 0
        repeat {
            output.append(UInt8(truncatingIfNeeded: rest % 10) + 0x30)
            rest /= 10
            length += 1
        } while rest > 0
        while length < width {
            output.append(pad)
            length += 1
        }
        output[(output.count - length)...].reverse()
    }
}
