/// The worker's line for people, told when it changes and at most once a second. Does no I/O.
struct StatusLine: Sendable {
    typealias Instant = ContinuousClock.Instant

    enum Action: Equatable {
        case nothing
        case tell(String)
        /// Ask ``StatusLine/due(now:)`` at that time.
        case later(Instant)
    }

    private static let interval = Duration.seconds(1)

    private var wanted = ""
    private var told = ""
    private var toldAt: Instant?
    private var isScheduled = false

    mutating func set(_ text: String, now: Instant) -> Action {
        wanted = text
        guard !isScheduled, wanted != told else { return .nothing }
        if let toldAt, now - toldAt < Self.interval {
            isScheduled = true
            return .later(toldAt + Self.interval)
        }
        (told, toldAt) = (wanted, now)
        return .tell(wanted)
    }

    /// The line to tell now, if it still differs.
    mutating func due(now: Instant) -> String? {
        isScheduled = false
        guard wanted != told else { return nil }
        (told, toldAt) = (wanted, now)
        return wanted
    }
}
