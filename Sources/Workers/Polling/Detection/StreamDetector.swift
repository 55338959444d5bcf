import Complaints
import MesosClient

/// Finds failures in what the operator stream tells. Does no I/O.
///
/// Between the beginning of a snapshot and its end all failures that the master knows are collected; they are told by
/// ``nextOfSnapshot(_:wall:)`` once names and agents, which come after the tasks, are known. What fails later is told by
/// ``takeFailures()``.
struct StreamDetector {
    typealias Instant = ContinuousClock.Instant

    /// A task that is not in the index: the master has to be asked for it.
    struct Lookup: Equatable, Sendable {
        var update: TaskUpdate
    }

    private struct Waiting {
        var task: TaskRecord
        var deadline: Instant
    }

    private let failing: Set<String>
    private let failingSet: StateSet
    private let terminalSet = StateSet(Array(TaskStates.terminal))
    private let unreachableSet = StateSet([TaskStates.unreachable])
    private(set) var facts: ClusterFacts
    private(set) var index = TaskIndex()
    /// Those of the index that may never be heard of again.
    private var unreachable = UnreachableTasks()
    /// Failed tasks of the snapshot that have not been told yet; the last one is told first.
    private var snapshot: [TaskRecord] = []
    private var waiting: [TaskKey: Waiting] = [:]
    private var recent = RecentKeys()
    private var failures: [Failure] = []
    private var lookups: [Lookup] = []
    /// Between the beginning and the end of a snapshot.
    private(set) var isInSnapshot = false
    private(set) var heartbeat: Double?

    init(states: [String], watches: @escaping @Sendable (String) -> Bool) {
        failing = Set(states)
        failingSet = StateSet(states)
        facts = ClusterFacts(watches: watches)
    }

    /// Tasks that live, as far as the master reaches them.
    var liveTasks: Int { index.count - unreachable.count }

    /// Takes what the stream said; `wall` is the time of day for failures without any.
    mutating func take(_ fact: EventStreamReader.Fact, now: Instant, wall: Timestamp) {
        switch fact {
        case .snapshotBegin:
            isInSnapshot = true
            (index, unreachable) = (TaskIndex(), UnreachableTasks())
            facts.beginDocument()
            (snapshot, waiting, lookups) = ([], [:], [])
        case .snapshotEnd(let heartbeat):
            isInSnapshot = false
            // The oldest comes first, and leaves from the end.
            snapshot.reverse()
            self.heartbeat = heartbeat
        case .task(let view): take(view, now: now, wall: wall)
        case .update(let update): take(update, now: now, wall: wall)
        case .agent(let agent):
            facts.add(agent)
            if facts.hasCrowdOfAgents, !isInSnapshot { facts.forgetAgents(but: index.agents) }
        case .agentRemoved(let id): facts.removeAgent(id)
        case .framework(let framework): facts.add(framework)
        case .frameworkRemoved(let framework):
            facts.add(framework)
            facts.removeFramework(framework.id)
            index.removeAll(framework: framework.id)
            unreachable.removeAll(framework: framework.id)
        }
    }

    private mutating func take(_ view: TaskView, now: Instant, wall: Timestamp) {
        if !view.isIn(terminalSet) {
            index.insert(view)
            noteReach(view)
        }
        guard view.isIn(failingSet), let task = TaskRecord(view) else { return }
        if isInSnapshot {
            snapshot.append(task)
        } else {
            judge(task, now: now, wall: wall)
        }
    }

    private mutating func noteReach(_ view: TaskView) {
        let isUnreachable = view.isIn(unreachableSet)
        guard isUnreachable || unreachable.count > 0, let key = view.key else { return }
        noteReach(TaskKey(framework: key.framework, task: key.task), isUnreachable)
    }

    /// Whether the master reaches the agent of a task of the index.
    private mutating func noteReach(_ key: TaskKey, _ isUnreachable: Bool) {
        guard isUnreachable else { return unreachable.remove(key) }
        guard index.contains(framework: key.framework, task: key.task), let oldest = unreachable.insert(key) else {
            return
        }
        index.remove(framework: oldest.framework, task: oldest.task)
    }

    private mutating func forget(_ key: TaskKey) {
        index.remove(framework: key.framework, task: key.task)
        unreachable.remove(key)
    }

    private mutating func take(_ update: TaskUpdate, now: Instant, wall: Timestamp) {
        let key = TaskKey(framework: update.frameworkID, task: update.taskID)
        noteReach(key, update.state == TaskStates.unreachable)
        guard failing.contains(update.state) else {
            if TaskStates.terminal.contains(update.state) {
                forget(key)
                waiting[key] = nil
            } else {
                index.note(framework: key.framework, task: key.task, update.status)
            }
            return
        }
        guard facts.isWatched(key.framework) else { return forget(key) }
        if let known = waiting[key]?.task ?? index.task(framework: key.framework, task: key.task) {
            finish(known, with: update, now: now, wall: wall)
        } else if update.status.state == update.state, recent.contains(Self.failureKey(update)) {
            // Told before: the agent repeats a status until it is acknowledged.
        } else {
            lookups.append(Lookup(update: update))
        }
    }

    /// The answer to a lookup: the task as the master knows it, or nil if it does not.
    mutating func resolve(_ lookup: Lookup, _ task: TaskRecord?, now: Instant, wall: Timestamp) {
        let update = lookup.update
        guard var known = task else {
            let status = update.status
            let unknown = TaskRecord(
                id: update.taskID, frameworkID: update.frameworkID, agentID: status.agentID,
                executorID: status.executorID)
            return finish(unknown, with: update, now: now, wall: wall)
        }
        if update.status.state != update.state, known.state == update.state, known.history.terminal != nil {
            return judge(known, now: now, wall: wall)
        }
        // The event tells more of the terminal status than the list of tasks does.
        known.history.terminal = nil
        finish(known, with: update, now: now, wall: wall)
    }

    private mutating func finish(_ known: TaskRecord, with update: TaskUpdate, now: Instant, wall: Timestamp) {
        var task = known
        task.state = update.state
        if task.agentID.isEmpty { task.agentID = update.status.agentID }
        task.history.append(update.status, terminal: update.state)
        judge(task, now: now, wall: wall)
    }

    /// Tells the failure of a task if its statuses have come as far as its state; otherwise waits.
    private mutating func judge(_ task: TaskRecord, now: Instant, wall: Timestamp) {
        let key = TaskKey(framework: task.frameworkID, task: task.id)
        guard task.history.terminal != nil else {
            // A task without the terminal status stays in the index: that status may still come, much later.
            waiting[key] = Waiting(task: task, deadline: waiting[key]?.deadline ?? now + TaskStates.patience)
            return
        }
        waiting[key] = nil
        if TaskStates.terminal.contains(task.state) { forget(key) }
        tell(task, wall: wall)
    }

    private mutating func tell(_ task: TaskRecord, wall: Timestamp) {
        guard let failure = facts.failure(task, now: wall), recent.insert(failure.key) else { return }
        failures.append(failure)
    }

    /// Tells those whose terminal status did not come in time, without it.
    mutating func tick(now: Instant, wall: Timestamp) {
        for (key, entry) in waiting where entry.deadline <= now {
            waiting[key] = nil
            tell(entry.task, wall: wall)
        }
    }

    /// When ``tick(now:wall:)`` has something to do.
    var nextDeadline: Instant? { waiting.values.map(\.deadline).min() }

    /// Up to `count` failures of the snapshot that is complete; none when all have been told.
    ///
    /// One whose statuses lag behind is told all the same, without the moment of its end: told later, it would be news at
    /// the very first start, and the framework that has to acknowledge them may be away for days.
    mutating func nextOfSnapshot(_ count: Int, wall: Timestamp) -> [Failure] {
        var result: [Failure] = []
        while result.count < count, let task = snapshot.popLast() {
            if let failure = facts.failure(task, now: wall) {
                recent.insert(failure.key)
                result.append(failure)
            }
        }
        if snapshot.isEmpty { snapshot = [] }
        return result
    }

    /// The failures that have been found since the last call, outside of snapshots.
    mutating func takeFailures() -> [Failure] {
        defer { failures = [] }
        return failures
    }

    /// The tasks that have to be asked for since the last call.
    mutating func takeLookups() -> [Lookup] {
        defer { lookups = [] }
        return lookups
    }

    private static func failureKey(_ update: TaskUpdate) -> FailureKey {
        FailureKey(
            framework: update.frameworkID, task: update.taskID,
            microseconds: update.status.timestamp.map { Timestamp(seconds: $0).microseconds } ?? 0)
    }
}
