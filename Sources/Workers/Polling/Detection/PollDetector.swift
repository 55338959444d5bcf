import Complaints
import MesosClient

/// Finds what is new in one `/master/state` after the other. Does no I/O.
///
/// Failures wait until it is certain that the master leads and until the names of their framework and agent are known;
/// with the field order of a real master that is the end of their framework.
struct PollDetector {
    typealias Instant = ContinuousClock.Instant

    /// What the document says of the master that wrote it.
    enum Standing: Equatable, Sendable {
        case unknown
        case leading
        /// With the leader's address if it is known.
        case following(String)
    }

    /// Bytes of failures that are held back at most, roughly. Only a document in an odd order comes close.
    private let maximumHeld: Int

    private(set) var facts: ClusterFacts
    private var memory = PollMemory()
    private var master: String?
    private var leader: String?
    private var frameworkID = ""
    private var frameworkName = ""
    private var sawAgents = false
    /// Failed tasks that cannot be told yet: of the framework that is being read, and of those before.
    private var pending: [TaskRecord] = []
    private var ripe: [TaskRecord] = []
    private(set) var heldBytes = 0
    /// Of those, the bytes of tasks with more labels than anybody needs that came since the last time they were cut.
    private var excessBytes = 0

    init(watches: @escaping @Sendable (String) -> Bool, maximumHeld: Int = 64 << 20) {
        self.maximumHeld = maximumHeld
        facts = ClusterFacts(watches: watches)
    }

    var standing: Standing {
        guard let master, let leader else { return .unknown }
        return master == leader ? .leading : .following(leader)
    }

    /// Whether the document says which master wrote it.
    var isMaster: Bool { master != nil }

    /// Another document begins.
    ///
    /// - Parameter afresh: everything in it is to be told, as if nothing had been before.
    mutating func begin(afresh: Bool) {
        if afresh { memory = PollMemory() }
        memory.begin(afresh: afresh)
        facts.beginDocument()
        (master, leader, sawAgents) = (nil, nil, false)
        (pending, ripe, heldBytes, excessBytes) = ([], [], 0, 0)
    }

    mutating func take(_ fact: MasterStateReader.Fact, now: Instant) {
        switch fact {
        case .master(let address): master = master ?? address
        case .leader(let address): leader = leader ?? address
        case .agent(let agent):
            sawAgents = true
            facts.add(agent)
        case .frameworkBegin: (frameworkID, frameworkName) = ("", "")
        case .frameworkID(let id): frameworkID = id
        case .frameworkName(let name): frameworkName = name
        case .task(let view):
            guard let task = TaskRecord(view), memory.isNews(task, now: now) else { return }
            let size = Self.size(of: task)
            heldBytes += size
            if size > Self.modest { excessBytes += size }
            pending.append(task)
            // Not for each of them, as it looks at all.
            if heldBytes > maximumHeld / 2, excessBytes > maximumHeld / 16 { relieve() }
        case .frameworkEnd:
            facts.add(FrameworkRecord(id: frameworkID, name: frameworkName))
            ripe += pending.reversed()
            pending = []
        }
    }

    private static func size(of task: TaskRecord) -> Int {
        500 + task.labels.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count }
    }

    /// Cuts the labels of tasks that have much more of them than anybody needs: a framework full of such tasks must not keep
    /// the failures of others from being told.
    private mutating func relieve() {
        for number in pending.indices where Self.size(of: pending[number]) > Self.modest {
            // Those that say where reports go come first, then the short ones.
            let order = pending[number].labels.sorted { one, other in
                let (isOurs, otherIsOurs) = (one.key.hasPrefix("complainer_"), other.key.hasPrefix("complainer_"))
                guard isOurs == otherIsOurs else { return isOurs }
                return one.key.utf8.count + one.value.utf8.count < other.key.utf8.count + other.value.utf8.count
            }
            var room = Self.modest - 500
            var kept: [String: String] = [:]
            for (key, value) in order {
                room -= key.utf8.count + value.utf8.count
                guard room >= 0 else { break }
                kept[key] = value
            }
            pending[number].labels = kept
        }
        heldBytes = (pending + ripe).reduce(0) { $0 + Self.size(of: $1) }
        excessBytes = 0
    }

    /// Whether there are more failed tasks than fit into memory.
    var isFull: Bool { heldBytes >= maximumHeld }

    /// Bytes of a task that is held back while there are too many large ones.
    private static let modest = 32 << 10

    /// Up to `count` failures that can be told by now.
    ///
    /// - Parameter complete: the document has been read to its end, nothing more will be known.
    mutating func next(_ count: Int, complete: Bool, wall: Timestamp) -> [Failure] {
        guard standing == .leading, sawAgents || complete else { return [] }
        if complete {
            ripe += pending.reversed()
            pending = []
        }
        var result: [Failure] = []
        while result.count < count, let task = ripe.popLast() {
            if let failure = facts.failure(task, now: wall) {
                result.append(failure)
            } else {
                memory.remember(task)
            }
        }
        if ripe.isEmpty, pending.isEmpty { heldBytes = 0 }
        return result
    }

    /// These failures will reach the dispatcher: they are no news any more.
    mutating func told(_ failures: [Failure]) { memory.remember(failures) }

    /// The document has been read.
    ///
    /// - Parameter complete: if not, what it did not tell may still be there.
    mutating func end(complete: Bool) {
        memory.end(complete: complete)
        (pending, ripe, heldBytes, excessBytes) = ([], [], 0, 0)
    }
}

/// What was told of the failures that the state still shows.
struct PollMemory: Sendable {
    private var told: Set<KeyFingerprint> = []
    private var seen: Set<KeyFingerprint> = []
    /// Since when a task has been in a state that none of its statuses has.
    private var lagging: [TaskKey: ContinuousClock.Instant] = [:]
    private var stillLagging: [TaskKey: ContinuousClock.Instant] = [:]
    /// Nothing waits for its last status: told later, it would be news at the very first start.
    private var waitsForNothing = false

    mutating func begin(afresh: Bool) {
        waitsForNothing = afresh
        seen = []
        stillLagging = [:]
    }

    /// Whether this task's failure is to be told now.
    mutating func isNews(_ task: TaskRecord, now: ContinuousClock.Instant) -> Bool {
        let fingerprint = KeyFingerprint(Self.key(task))
        guard !told.contains(fingerprint) else {
            seen.insert(fingerprint)
            return false
        }
        guard task.history.terminal == nil, !waitsForNothing else { return true }
        let key = TaskKey(framework: task.frameworkID, task: task.id)
        let since = lagging[key] ?? now
        stillLagging[key] = since
        return now - since >= TaskStates.patience
    }

    mutating func remember(_ failures: [Failure]) {
        for failure in failures { remember(failure.key) }
    }

    /// A task that nobody wants to be told of.
    mutating func remember(_ task: TaskRecord) { remember(Self.key(task)) }

    private mutating func remember(_ key: FailureKey) {
        let fingerprint = KeyFingerprint(key)
        told.insert(fingerprint)
        seen.insert(fingerprint)
    }

    private static func key(_ task: TaskRecord) -> FailureKey {
        let terminal = task.history.terminal?.timestamp.map { Timestamp(seconds: $0).microseconds }
        return FailureKey(framework: task.frameworkID, task: task.id, microseconds: terminal ?? 0)
    }

    mutating func end(complete: Bool) {
        if complete {
            told = seen
            lagging = stillLagging
        } else {
            lagging.merge(stillLagging) { old, _ in old }
        }
        (seen, stillLagging) = ([], [:])
    }

    /// Failures that are remembered.
    var count: Int { told.count }
}
