extension LogTime {
    /// Reads `2026-11-21T10:00:00.123456789Z`, as Docker stamps its entries; nil when it is something else.
    public init?(rfc3339 text: some Collection<UInt8>) {
        var parts: [Int64] = [0]
        var fraction: (value: Int64, digits: Int)?
        var isDone = false
        for byte in text {
            guard !isDone else { return nil }
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                let digit = Int64(byte - UInt8(ascii: "0"))
                if let (value, digits) = fraction {
                    if digits < 9 { fraction = (value * 10 + digit, digits + 1) }
                } else {
                    guard parts[parts.count - 1] < 1000 else { return nil }
                    parts[parts.count - 1] = parts[parts.count - 1] * 10 + digit
                }
            case UInt8(ascii: "-") where parts.count < 3, UInt8(ascii: "T") where parts.count == 3,
                UInt8(ascii: ":") where (4...5).contains(parts.count):
                parts.append(0)
            case UInt8(ascii: ".") where parts.count == 6 && fraction == nil: fraction = (0, 0)
            case UInt8(ascii: "Z"): isDone = true
            default: return nil
            }
        }
        guard isDone, parts.count == 6, (1...12).contains(parts[1]), (1...31).contains(parts[2]), parts[3] < 24,
            parts[4] < 60, parts[5] <= 60
        else { return nil }
        var (nanoseconds, digits) = fraction ?? (0, 9)
        while digits < 9 { (nanoseconds, digits) = (nanoseconds * 10, digits + 1) }
        self.init(
            seconds: Self.days(parts[0], parts[1], parts[2]) * 86_400 + parts[3] * 3600 + parts[4] * 60 + parts[5],
            nanoseconds: nanoseconds)
    }

    /// Since 1970, in the Gregorian calendar. Years begin in March here, so that the leap day is their last.
    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let years = month > 2 ? year : year - 1
        let months = (month + 9) % 12
        return years * 365 + years / 4 - years / 100 + years / 400 + (months * 306 + 5) / 10 + day - 719_469
    }
}
