import Complaints

/// What the ledger remembers of one run of a task.
struct Sighting: Equatable, Sendable {
    /// Of the terminal status, as in the key; 0 while it is not known.
    var microseconds: Int64
    /// When the ledger learned of it.
    var recorded: Timestamp
    /// Without a terminal time: the time of the last status that was known, if any.
    var lastStatus = Timestamp(nanoseconds: 0)
    /// Without a terminal time: the key's time once it became known.
    var resolved: Int64?

    fileprivate var terminal: Int64 { resolved ?? microseconds }
}

/// Whether a failure that a poller tells about is known: the one rule about equal, missing and reused identities.
///
/// A task id may be used again (Singularity, Chronos), so each terminal time is a run of its own. A master may know that
/// a task failed before it knows the status that says so; such a failure has no terminal time (0 in its key), and the
/// same run may be told again, with the time, and the other way round. Told apart by the order of a task's statuses:
/// all of a later run are later than all of an earlier one.
///
/// - A time that was seen: known.
/// - A new time, while a run without a time is unresolved: that run, once, unless this one is later, which is known from
///   its first status being later than the other's last; when either has no such status (or only the terminal one, which
///   may stand in for a first that nobody saw), from its terminal time being more than ``tolerance`` after the moment at
///   which the other was already known to have failed.
/// - No time, while a run without a time is unresolved: that run.
/// - No time otherwise: the newest run with a time, if its last status is not later than that time; when it has no
///   status at all, if that run was recorded within ``tolerance``.
/// - Anything else is news.
enum SightingRule {
    /// How far the clocks of an agent and ours, or two ways to the same news, may be apart.
    static let tolerance = Duration.seconds(60)

    enum Verdict: Equatable, Sendable {
        case news
        case known
        /// The known run without a time is this one: remember the time, report nothing.
        case resolves
    }

    /// - Parameter sightings: all that the ledger has of this task.
    static func judge(_ failure: Failure, among sightings: [Sighting], now: Timestamp) -> Verdict {
        guard !sightings.isEmpty else { return .news }
        let unresolved = sightings.first { $0.microseconds == 0 && $0.resolved == nil }
        if let terminal = failure.terminal, failure.key.microseconds != 0 {
            if sightings.contains(where: { $0.microseconds == failure.key.microseconds }) { return .known }
            guard let unresolved else { return .news }
            return isLater(failure, terminal, than: unresolved) ? .news : .resolves
        }
        if unresolved != nil { return .known }
        guard let newest = sightings.max(by: { $0.terminal < $1.terminal }) else { return .news }
        if failure.finished.isKnown {
            return failure.finished.microseconds <= newest.terminal ? .known : .news
        }
        return now.since(newest.recorded) <= tolerance ? .known : .news
    }

    private static func isLater(_ failure: Failure, _ terminal: Timestamp, than run: Sighting) -> Bool {
        if failure.started.isKnown, failure.started < terminal, run.lastStatus.isKnown {
            return failure.started > run.lastStatus
        }
        return terminal.since(run.recorded) > tolerance
    }
}
