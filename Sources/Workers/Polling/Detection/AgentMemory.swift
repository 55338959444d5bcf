import MesosClient

/// The agents of a cluster by their ids, those that are gone included: a failure may be told after its agent went, and
/// its host's name is what people want to know then. Does no I/O.
///
/// How many are remembered that are gone has a limit. A master says nothing of an agent that it gave up as unreachable,
/// so that the oldest of those without a task have to go when there are too many.
struct AgentMemory: Sendable {
    /// Of what is gone, so many are remembered.
    static let mostGone = 1000
    /// Agents without a task that are kept, gone or not; no cluster idles with so many.
    static let mostIdle = 5000

    private struct Entry {
        var agent: AgentRecord
        /// The order of being told.
        var order: Int
    }

    private var entries: [String: Entry] = [:]
    /// Those that the master removed, the oldest first.
    private var removed: [String] = []
    private var order = 0
    /// What the last document told begins here.
    private var documentBegan = 0
    private var limit = mostIdle

    subscript(id: String) -> AgentRecord? { entries[id]?.agent }

    var count: Int { entries.count }

    mutating func add(_ agent: AgentRecord) {
        if !removed.isEmpty { removed.removeAll { $0 == agent.id } }
        order += 1
        entries[agent.id] = Entry(agent: agent, order: order)
    }

    mutating func remove(_ id: String) {
        guard entries[id] != nil, !removed.contains(id) else { return }
        removed.append(id)
        if removed.count > Self.mostGone { entries[removed.removeFirst()] = nil }
    }

    /// A document begins that tells all agents anew.
    mutating func beginDocument() {
        let missing = entries.filter { $0.value.order <= documentBegan }
        dropOldest(of: missing, keeping: Self.mostGone)
        documentBegan = order
        removed = []
        limit = Self.mostIdle
    }

    /// Whether ``prune(busy:)`` is worth its trouble.
    var isCrowded: Bool { entries.count > limit }

    /// Drops the oldest of those that are not in `busy` until few enough are left.
    mutating func prune(busy: Set<String>) {
        dropOldest(of: entries.filter { !busy.contains($0.key) }, keeping: Self.mostIdle)
        // Not again for each that comes.
        limit = entries.count + Self.mostGone
    }

    private mutating func dropOldest(of candidates: [String: Entry], keeping most: Int) {
        guard candidates.count > most else { return }
        for (id, _) in candidates.sorted(by: { $0.value.order < $1.value.order }).prefix(candidates.count - most) {
            entries[id] = nil
            removed.removeAll { $0 == id }
        }
    }
}
