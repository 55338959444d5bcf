/// Go's `time.Duration` as text: `1h30m0s`, `1.5s`, `300ms`.
public enum GoDuration {
    private static let units: [[UInt8]: UInt64] = [
        Array("ns".utf8): 1, Array("us".utf8): 1000, Array("\u{B5}s".utf8): 1000, Array("\u{3BC}s".utf8): 1000,
        Array("ms".utf8): 1_000_000, Array("s".utf8): 1_000_000_000, Array("m".utf8): 60_000_000_000,
        Array("h".utf8): 3_600_000_000_000,
    ]

    /// The nanoseconds a text such as `-1.5h` or `2h45m` stands for. Units: `ns`, `us` (`µs`), `ms`, `s`, `m`, `h`.
    public static func parse(_ text: String) throws(GoDurationError) -> Int64 {
        let all = Array(text.utf8)
        var rest = all[...]
        let isNegative = rest.first == UInt8(ascii: "-")
        if isNegative || rest.first == UInt8(ascii: "+") { rest.removeFirst() }
        if rest.elementsEqual([UInt8(ascii: "0")]) { return 0 }
        guard !rest.isEmpty else { throw .invalid(text) }
        let limit: UInt64 = 1 << 63
        var total: UInt64 = 0
        while let first = rest.first {
            guard first == UInt8(ascii: ".") || isDigit(first) else { throw .invalid(text) }
            let (value, digits) = try leadingInteger(&rest, of: text)
            var fraction = (value: UInt64(0), scale: 1.0)
            var hasDigits = digits > 0
            if rest.first == UInt8(ascii: ".") {
                rest.removeFirst()
                let before = rest.count
                fraction = leadingFraction(&rest)
                hasDigits = hasDigits || rest.count < before
            }
            guard hasDigits else { throw .invalid(text) }
            let unit = Array(rest.prefix { $0 != UInt8(ascii: ".") && !isDigit($0) })
            guard !unit.isEmpty else { throw .missingUnit(text) }
            rest.removeFirst(unit.count)
            guard let factor = units[unit] else { throw .unknownUnit(String(decoding: unit, as: UTF8.self), text) }
            guard value <= limit / factor else { throw .invalid(text) }
            let part = value * factor + UInt64(Double(fraction.value) * (Double(factor) / fraction.scale))
            total = total.addingReportingOverflow(part).partialValue
            guard part <= limit, total <= limit else { throw .invalid(text) }
        }
        if isNegative { return Int64(truncatingIfNeeded: 0 &- total) }
        guard total < limit else { throw .invalid(text) }
        return Int64(total)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    private static func leadingInteger(_ rest: inout ArraySlice<UInt8>, of text: String) throws(GoDurationError)
        -> (value: UInt64, digits: Int)
    {
        var value: UInt64 = 0
        var digits = 0
        while let byte = rest.first, isDigit(byte) {
            guard value <= (1 << 63) / 10 else { throw .invalid(text) }
            value = value * 10 + UInt64(byte - 0x30)
            guard value <= 1 << 63 else { throw .invalid(text) }
            rest.removeFirst()
            digits += 1
        }
        return (value, digits)
    }

    /// Digits that would be too many to count are dropped: they are far below a nanosecond.
    private static func leadingFraction(_ rest: inout ArraySlice<UInt8>) -> (value: UInt64, scale: Double) {
        var value: UInt64 = 0
        var scale = 1.0
        var isFull = false
        while let byte = rest.first, isDigit(byte) {
            rest.removeFirst()
            let next = value <= UInt64(Int64.max) / 10 ? value * 10 + UInt64(byte - 0x30) : UInt64.max
            if isFull || next > 1 << 63 {
                isFull = true
                continue
            }
            value = next
            scale *= 10
        }
        return (value, scale)
    }

    /// `1h2m3.5s`; below a second the unit that leaves a number from 1 on: `1.5ms`, `20ns`.
    public static func format(nanoseconds: Int64) -> String {
        if nanoseconds == 0 { return "0s" }
        let sign = nanoseconds < 0 ? "-" : ""
        let amount = nanoseconds.magnitude
        switch amount {
        case ..<1000: return "\(sign)\(amount)ns"
        case ..<1_000_000: return sign + decimal(amount, digits: 3) + "\u{B5}s"
        case ..<1_000_000_000: return sign + decimal(amount, digits: 6) + "ms"
        default: break
        }
        let minutes = amount / 60_000_000_000
        let seconds = decimal(amount % 60_000_000_000, digits: 9) + "s"
        if minutes == 0 { return sign + seconds }
        if minutes < 60 { return "\(sign)\(minutes)m\(seconds)" }
        return "\(sign)\(minutes / 60)h\(minutes % 60)m\(seconds)"
    }

    /// `amount` with a point before its last `digits` digits, without zeros at the end.
    private static func decimal(_ amount: UInt64, digits: Int) -> String {
        var divisor: UInt64 = 1
        for _ in 0..<digits { divisor *= 10 }
        guard amount % divisor != 0 else { return String(amount / divisor) }
        var fraction = Array(String(amount % divisor).utf8)
        fraction.insert(contentsOf: repeatElement(UInt8(ascii: "0"), count: digits - fraction.count), at: 0)
        while fraction.last == UInt8(ascii: "0") { fraction.removeLast() }
        return "\(amount / divisor).\(String(decoding: fraction, as: UTF8.self))"
    }
}
