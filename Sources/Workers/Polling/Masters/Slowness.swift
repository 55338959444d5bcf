/// How long a master may take for the first byte, and what follows when it says nothing. Does no I/O.
///
/// At first no longer than one that hangs is worth: there may be others, and its connection may be dead. Who was silent
/// may be slow instead, so all have three times as long from then on, until one shows how long it takes.
struct Slowness: Sendable {
    /// What came after a silence; nil when there was none.
    private var longer: Duration?
    /// What the last first byte took.
    private var usual = Duration.zero
    /// Of the usual time, so many are waited for.
    private static let margin = 4
    private static let growth = 3

    func firstByte(_ patience: Watcher.Patience) -> Duration {
        longer ?? max(patience.answer, min(patience.slowAnswer, usual * Self.margin))
    }

    mutating func answered(after time: Duration) { (longer, usual) = (nil, time) }

    /// A session ended because nothing came.
    ///
    /// - Parameters:
    ///   - time: how long it lasted.
    ///   - next: the pause that would follow otherwise; nil to try the next master at once.
    /// - Returns: the pause: a master that computes what nobody waits for any more must not do so all the time.
    mutating func silent(for time: Duration, next: Duration?, _ patience: Watcher.Patience) -> Duration? {
        let wasSilent = longer != nil
        longer = min(firstByte(patience) * Self.growth, patience.slowAnswer)
        guard wasSilent || next != nil else { return nil }
        return max(next ?? .zero, min(time, patience.slowAnswer))
    }
}
