/// Durations as Mesos writes them into an executor's environment: `15mins`, `2secs`, `5.5secs`.
public enum MesosDuration {
    private static let units: [(suffix: String, unit: Duration)] = [
        ("ns", .nanoseconds(1)), ("us", .microseconds(1)), ("ms", .milliseconds(1)), ("secs", .seconds(1)),
        ("mins", .seconds(60)), ("hrs", .seconds(3600)), ("days", .seconds(86400)), ("weeks", .seconds(604_800)),
    ]

    /// nil for what is no duration, a negative one, or one of more than a century.
    public static func parse(_ text: String) -> Duration? {
        guard let start = text.firstIndex(where: \.isLetter),
            let unit = units.first(where: { $0.suffix == text[start...] })?.unit,
            let amount = Double(text[..<start]), amount >= 0, amount * (unit / .seconds(1)) < 3e9
        else { return nil }
        return unit * amount
    }
}
