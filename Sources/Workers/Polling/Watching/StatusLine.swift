/// The worker's line for people, told when it changes and at most once a second.
final class StatusLine {
    private let tell: @Sendable (String) async -> Void
    private var told = ""
    private var toldAt: ContinuousClock.Instant?

    init(_ tell: @escaping @Sendable (String) async -> Void) {
        self.tell = tell
    }

    /// Tells `text`, unless it is told already or the last change was a moment ago; the next one corrects that.
    func set(_ text: String, now: ContinuousClock.Instant) {
        guard text != told else { return }
        if let toldAt, now - toldAt < .seconds(1) { return }
        (told, toldAt) = (text, now)
        Task { [tell] in await tell(text) }
    }
}
