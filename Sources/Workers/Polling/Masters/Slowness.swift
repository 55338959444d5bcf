/// How long a master may take for the first byte, and what follows when it says nothing. Does no I/O.
///
/// At first no longer than one that hangs is worth: there may be others. Who was silent may be slow instead, so all have
/// more time from then on, until one shows how long it takes.
struct Slowness: Sendable {
    private var isSilent = false
    /// What the last first byte took.
    private var usual = Duration.zero
    /// Of the usual time, so many are waited for.
    private static let margin = 4

    func firstByte(_ patience: Watcher.Patience) -> Duration {
        isSilent ? patience.slowAnswer : max(patience.answer, min(patience.slowAnswer, usual * Self.margin))
    }

    mutating func answered(after time: Duration) { (isSilent, usual) = (false, time) }

    /// A session ended because nothing came.
    ///
    /// - Parameters:
    ///   - time: how long it lasted.
    ///   - next: the pause that would follow otherwise; nil to try the next master at once.
    /// - Returns: the pause: a master that computes what nobody waits for any more must not do so all the time.
    mutating func silent(for time: Duration, next: Duration?, _ patience: Watcher.Patience) -> Duration? {
        defer { isSilent = true }
        guard isSilent || next != nil else { return nil }
        return max(next ?? .zero, min(time, patience.slowAnswer))
    }
}
