/// Values in the notation of Go.
enum GoValues {
    /// Go's `strconv.ParseBool`; nil for any other word.
    static func bool(_ text: String) -> Bool? {
        switch text {
        case "1", "t", "T", "TRUE", "true", "True": true
        case "0", "f", "F", "FALSE", "false", "False": false
        default: nil
        }
    }

    private static let units: [String: Double] = [
        "ns": 1, "us": 1e3, "µs": 1e3, "μs": 1e3, "ms": 1e6, "s": 1e9, "m": 60e9, "h": 3600e9,
    ]

    /// Go's `time.ParseDuration` in nanoseconds; nil for what it refuses.
    static func duration(_ text: String) -> Int64? {
        var rest = text[...]
        let isNegative = rest.first == "-"
        if isNegative || rest.first == "+" { rest.removeFirst() }
        if rest == "0" { return 0 }
        guard !rest.isEmpty else { return nil }
        // The magnitude may be that of Int64.min, one more than fits.
        var total: UInt64 = 0
        while !rest.isEmpty {
            let whole = rest.prefix { $0.isASCII && $0.isNumber }
            rest = rest.dropFirst(whole.count)
            var fraction: Substring = ""
            if rest.first == "." {
                rest.removeFirst()
                fraction = rest.prefix { $0.isASCII && $0.isNumber }
                rest = rest.dropFirst(fraction.count)
            }
            let unit = rest.prefix { $0 != "." && !($0.isASCII && $0.isNumber) }
            rest = rest.dropFirst(unit.count)
            guard !whole.isEmpty || !fraction.isEmpty, let scale = units[String(unit)],
                let count = whole.isEmpty ? 0 : UInt64(whole)
            else { return nil }
            let (nanoseconds, overflow) = count.multipliedReportingOverflow(by: UInt64(scale))
            let part = fraction.isEmpty ? 0 : UInt64((Double("0." + fraction) ?? 0) * scale)
            let (sum, overflow2) = nanoseconds.addingReportingOverflow(part)
            let (newTotal, overflow3) = total.addingReportingOverflow(sum)
            guard !overflow, !overflow2, !overflow3, newTotal <= 1 << 63 else { return nil }
            total = newTotal
        }
        if isNegative { return Int64(truncatingIfNeeded: 0 &- total) }
        return Int64(exactly: total)
    }
}
