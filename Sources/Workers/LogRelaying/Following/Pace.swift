/// How long a reader of a log that comes in small pieces waits between two readings: a reading costs more than the line
/// it brings, if it brings one. Does no I/O and reads no clock.
///
/// It aims at so many lines a reading that neither the cost matters nor the sender has to wait: a unix socket holds some
/// 270 small pieces.
struct Pace: Sendable {
    static let shortest: Duration = .milliseconds(1)
    static let longest: Duration = .milliseconds(25)
    private static let aim = 100

    private(set) var pause = Pace.shortest

    /// The pause after a reading that brought so many entries.
    mutating func next(afterEntries count: Int) -> Duration {
        if count > 2 * Self.aim {
            pause = max(Self.shortest, pause / 4)
        } else if count > Self.aim {
            pause = max(Self.shortest, pause * 3 / 4)
        } else {
            pause = min(Self.longest, pause * 5 / 4)
        }
        return pause
    }
}
