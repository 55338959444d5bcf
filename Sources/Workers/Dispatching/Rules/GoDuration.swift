/// Go's notation of time spans.
enum GoDuration {
    private static let units: [Substring: Double] = [
        "ns": 1, "us": 1e3, "µs": 1e3, "μs": 1e3, "ms": 1e6, "s": 1e9, "m": 60e9, "h": 3600e9,
    ]

    /// `1h30m`, `-1.5s`, `0`; nil when it is none.
    static func parse(_ text: String) -> Duration? {
        var rest = text[...]
        let sign: Double = rest.first == "-" ? -1 : 1
        if let first = rest.first, first == "-" || first == "+" { rest.removeFirst() }
        if rest == "0" { return .zero }
        guard !rest.isEmpty else { return nil }
        var sum = 0.0
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && $0.isNumber || $0 == "." }
            let unit = rest.dropFirst(digits.count).prefix { !($0.isASCII && $0.isNumber) && $0 != "." }
            guard let number = Double(digits), let scale = units[unit] else { return nil }
            sum += number * scale
            rest = rest.dropFirst(digits.count + unit.count)
        }
        guard sum < 0x1p63 else { return nil }
        return .nanoseconds(Int64(sum * sign))
    }
}
