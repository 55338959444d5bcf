/// Durations as Go writes them: `5s`, `1m30s`, `1.5h`, `250ms`.
enum PollDuration {
    /// Nil for what is not a positive duration of less than a hundred years.
    static func parse(_ text: String) -> Duration? {
        var rest = Substring(text)
        var seconds = 0.0
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && $0.isNumber || $0 == "." }
            rest = rest.dropFirst(digits.count)
            let unit = rest.prefix { $0.isLetter }
            rest = rest.dropFirst(unit.count)
            guard let number = Double(digits), let scale = units[String(unit)] else { return nil }
            seconds += number * scale
        }
        guard seconds > 0, seconds < 3.2e9 else { return nil }
        return .seconds(seconds)
    }

    private static let units = [
        "ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3600,
    ]
}
