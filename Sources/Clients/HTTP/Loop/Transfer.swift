import CCurl

/// Names a transfer of one loop, from any thread.
package struct TransferID: Hashable, Sendable {
    let number: UInt64
}

/// What a `CurlLoop` runs. The loop knows nothing of HTTP, so that other protocols of libcurl can share it. All calls
/// come on the loop's thread.
package protocol Transfer: AnyObject {
    /// Set up and ready to run when the loop gets the transfer.
    var easy: EasyHandle { get }

    /// Someone changed the shared state: look whether a paused direction can go on.
    func nudged()

    /// Called after a round in which the transfer asked for it (`LoopContext.flushAfterRound`): the moment to hand over
    /// what arrived, once, instead of with each small piece.
    func flush()

    /// When `expire` wants to be called, at the latest; nil: never. After it appeared or came nearer in a callback of
    /// libcurl the transfer asks to be flushed, so that the loop looks at it.
    var deadline: ContinuousClock.Instant? { get }

    /// Called when the deadline has come: false when the transfer is to be stopped, with the reason kept in it.
    func expire() -> Bool

    /// libcurl is done with the handle, which is no longer in the loop; true: it was set up again and is to go on.
    func finished(_ code: CURLcode) -> Bool

    /// The transfer was stopped: cancelled, expired or never begun. Its handle is no longer in the loop.
    func stopped()
}

/// The loop as its transfers see it; only on its thread.
package final class LoopContext {
    /// Taken once a round: transfers ask for it with every piece of data.
    package private(set) var now = ContinuousClock.now
    private(set) var unflushed: Set<TransferID> = []

    func tick() {
        now = .now
    }

    package func flushAfterRound(_ id: TransferID) {
        unflushed.insert(id)
    }

    func takeUnflushed() -> Set<TransferID> {
        guard !unflushed.isEmpty else { return [] }
        defer { unflushed.removeAll(keepingCapacity: true) }
        return unflushed
    }
}
