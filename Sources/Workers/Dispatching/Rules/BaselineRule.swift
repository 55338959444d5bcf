import Complaints

/// Which failures of the first snapshot are news.
///
/// What was already there at the very first start is only remembered, except
/// - what finished within `catchUp` of now;
/// - what finished after `since`: the moment at which an earlier try at the first snapshot began (the dispatcher or the
///   poller died in the middle of it), or the last one that a ledger which had to be given up can have known of.
///
/// A failure without a time is baseline.
struct BaselineRule: Equatable, Sendable {
    var catchUp: Duration
    var since: Timestamp?

    func isNews(_ failure: Failure, now: Timestamp) -> Bool {
        let finished = failure.terminal ?? failure.finished
        guard finished.isKnown else { return false }
        if catchUp > .zero, finished >= now.adding(.zero - catchUp) { return true }
        if let since, finished > since { return true }
        return false
    }
}
