import Complaints

/// What is to be told to the dispatcher and what it has not recorded yet. Does no I/O.
///
/// A failure stays here until it is recorded, whichever dispatcher is there by then. No more than
/// ``PollerMessage/credit`` failures are held; who has more must wait for ``room``.
struct Outbox {
    /// The dispatcher's way to a complete snapshot.
    private enum Snapshot {
        /// None is under way; the last one, if there was one, is safe.
        case none
        /// Its beginning is in the queue or has been sent.
        case open(begun: Bool)
        /// Its end is in the queue, or has been sent and not all of its failures are recorded.
        case ending(begun: Bool, ended: Bool)
    }

    private enum Item {
        case begin
        case failure(FailureKey)
        case end
    }

    private struct Entry {
        var failure: Failure
        var isOfSnapshot: Bool
        /// Sent as part of a snapshot that was given up. Unless it is recorded all the same, the next snapshot tells
        /// whether it is part of that one; told as live, it would be news at the very first start.
        var isAbandoned = false
        /// Position in which it came.
        var order: UInt64
        var isSent = false
    }

    struct Health: Equatable, Sendable {
        var reason: String?
        var mode: String
        var master: String?
    }

    /// A message of failures is not made longer than this, in bytes; a frame may have 16 MiB.
    static let maximumMessage = 4 << 20

    private var entries: [FailureKey: Entry] = [:]
    private var queue: [Item] = []
    private var next = 0
    private var order: UInt64 = 0
    private var snapshot = Snapshot.none
    /// The first snapshot has not been begun: whoever makes it is at it.
    private var awaitsFirst = true
    /// Snapshots whose beginning was sent to the dispatcher that is there.
    private var begunHere = 0
    private var health: Health?
    private var isHealthTold = true
    private(set) var isAttached = false

    /// How many failures may be added now.
    var room: Int { max(0, PollerMessage.credit - entries.count) }
    /// Failures that have not been recorded.
    var unrecorded: Int { entries.count }

    /// Adds a failure for which there is ``room``. One that is not recorded yet is not added twice.
    mutating func add(_ failure: Failure) {
        let key = failure.key
        let isOfSnapshot = if case .open = snapshot { true } else { false }
        if let entry = entries[key] {
            guard entry.isAbandoned else { return }
            entries[key]?.isAbandoned = false
            entries[key]?.isOfSnapshot = isOfSnapshot
            if !entry.isSent { queue.append(.failure(key)) }
            return
        }
        order += 1
        entries[key] = Entry(failure: failure, isOfSnapshot: isOfSnapshot, order: order)
        queue.append(.failure(key))
    }

    /// What is added from now on is everything that the master knows. A snapshot that is under way is given up.
    mutating func beginSnapshot() {
        dropSnapshot()
        awaitsFirst = false
        snapshot = .open(begun: false)
        queue.append(.begin)
    }

    /// The snapshot is complete.
    mutating func endSnapshot() {
        guard case .open(let begun) = snapshot else { return }
        snapshot = .ending(begun: begun, ended: false)
        queue.append(.end)
        // What the master does not list any more is told at last.
        for (key, entry) in entries.sorted(by: { $0.value.order < $1.value.order }) where entry.isAbandoned {
            entries[key]?.isAbandoned = false
            if !entry.isSent { queue.append(.failure(key)) }
        }
    }

    /// Takes out of the queue what belongs to a snapshot. What has been sent of it still counts until it is recorded.
    private mutating func dropSnapshot() {
        let waiting = queue[next...]
        queue = waiting.filter { item in
            guard case .failure(let key) = item else { return false }
            guard entries[key]?.isOfSnapshot == true else { return true }
            entries[key] = nil
            return false
        }
        next = 0
        for (key, entry) in entries where entry.isOfSnapshot {
            entries[key]?.isOfSnapshot = false
            entries[key]?.isAbandoned = true
        }
        snapshot = .none
    }

    mutating func setHealth(_ health: Health) {
        guard health != self.health else { return }
        self.health = health
        isHealthTold = false
    }

    /// There is a dispatcher, and it knows nothing of what the one before was told but did not record.
    ///
    /// - Returns: whether a new snapshot has to be made, because the last one is not known to be safe.
    mutating func attach() -> Bool {
        isAttached = true
        begunHere = 0
        isHealthTold = health == nil
        let isBroken =
            switch snapshot {
            case .none: false
            case .open(let begun): begun
            case .ending(let begun, _): begun
            }
        if isBroken {
            for (key, entry) in entries where entry.isOfSnapshot { entries[key] = nil }
            dropSnapshot()
        }
        // What was on its way goes first, in the order in which it came.
        let sent = entries.filter(\.value.isSent).sorted { $0.value.order < $1.value.order }.map(\.key)
        for key in sent { entries[key]?.isSent = false }
        let again = sent.filter { entries[$0]?.isAbandoned == false }
        queue = again.map { .failure($0) } + queue[next...]
        next = 0
        return isBroken
    }

    /// The dispatcher is gone.
    mutating func detach() { isAttached = false }

    /// The dispatcher wants a new snapshot: one of which it has seen something is given up.
    ///
    /// - Parameter seen: how many beginnings of snapshots it has seen.
    /// - Returns: whether one has to be made; not when one is on its way of which it has seen nothing yet.
    mutating func resync(seen: Int) -> Bool {
        guard begunHere <= seen else { return false }
        switch snapshot {
        case .open(begun: false), .ending(begun: false, ended: _): return false
        case .none where awaitsFirst: return false
        default:
            dropSnapshot()
            return true
        }
    }

    /// These failures are safe. Keys that are not known are those of a snapshot that was given up.
    mutating func recorded(_ keys: [FailureKey]) {
        for key in keys where entries[key]?.isSent == true { entries[key] = nil }
        finishSnapshot()
    }

    private mutating func finishSnapshot() {
        guard case .ending(_, ended: true) = snapshot else { return }
        if !entries.values.contains(where: \.isOfSnapshot) { snapshot = .none }
    }

    /// What is to be sent now; nil if there is nothing, or nobody to send it to.
    mutating func nextMessage() -> PollerMessage? {
        guard isAttached else { return nil }
        if !isHealthTold, let health {
            isHealthTold = true
            return .health(reason: health.reason, mode: health.mode, master: health.master)
        }
        guard next < queue.count else { return nil }
        defer { compact() }
        switch queue[next] {
        case .begin:
            next += 1
            begunHere += 1
            switch snapshot {
            case .open: snapshot = .open(begun: true)
            case .ending(_, let ended): snapshot = .ending(begun: true, ended: ended)
            case .none: break
            }
            return .snapshot(.begin)
        case .end:
            next += 1
            snapshot = .ending(begun: true, ended: true)
            finishSnapshot()
            return .snapshot(.end)
        case .failure:
            return .detected(batch())
        }
    }

    /// As many failures from the head of the queue as fit into one message.
    private mutating func batch() -> [Failure] {
        var failures: [Failure] = []
        var size = 0
        while next < queue.count, case .failure(let key) = queue[next],
            failures.count < PollerMessage.maximumFailures
        {
            guard var entry = entries[key] else {
                next += 1
                continue
            }
            size += entry.failure.sizeEstimate
            if size > Self.maximumMessage, !failures.isEmpty { break }
            entry.isSent = true
            entries[key] = entry
            failures.append(entry.failure)
            next += 1
        }
        return failures
    }

    private mutating func compact() {
        if next == queue.count {
            queue.removeAll(keepingCapacity: next <= PollerMessage.credit)
            next = 0
        } else if next > PollerMessage.credit {
            queue.removeSubrange(..<next)
            next = 0
        }
    }
}
