import FoundationEssentials
import MesosExecutor

/// The conversation with the agent and the life of the task, joined. It does no I/O and reads no clock: what comes in is
/// an input, what is to be done an effect, and what must be handed over before any effect is `checkpoint`.
struct ExecutorMachine: Sendable {
    typealias Instant = ContinuousClock.Instant

    enum Input: Sendable, Equatable {
        case tick
        case session(ExecutorSession.Event)
        case life(TaskLife.Event)
    }

    enum Effect: Sendable, Equatable {
        case subscribe(tasks: [JSONValue], updates: [TaskStatus])
        case hangUp
        case send(TaskStatus)
        /// There is a task; everything else about it comes after this.
        case prepare(TaskInfo)
        case life(TaskLife.Action)
        case say(Note)
    }

    /// For the log.
    enum Note: Sendable, Equatable {
        case subscribed
        case disconnected(String, retryIn: Duration)
        case agentLost(String)
        case launched(String)
        case refused(String)
        case killAsked(String)
        case shutdownAsked
        case passedOver(String)
        case acknowledged
        case idle(Duration)
    }

    /// What a task means for its life; an outcome instead when it cannot be run.
    typealias Reading = @Sendable (TaskInfo) -> (TaskOrder, TaskOutcome?)

    private(set) var checkpoint: Checkpoint
    private(set) var life: TaskLife
    private var session: ExecutorSession
    private let environment: ExecutorEnvironment
    private let read: Reading
    private let makeStatus: @Sendable (String, TaskState) -> TaskStatus
    private var taskID: String?
    /// Only tasks came that are not for us.
    private var hasRefused: Bool
    /// From the first subscription until there must be a task.
    private let patience: Duration
    private var idleAt: Instant?

    init(
        _ environment: ExecutorEnvironment, checkpoint: Checkpoint?, now: Instant,
        patience: Duration = Self.patience(isFirst: true), limits: TaskLife.Limits = .init(),
        timing: ExecutorSession.Timing = .init(),
        makeStatus: @escaping @Sendable (String, TaskState) -> TaskStatus = { TaskStatus(taskID: $0, state: $1) },
        read: @escaping Reading
    ) {
        self.environment = environment
        self.checkpoint = checkpoint ?? Checkpoint()
        // Without a task there is a checkpoint only if one was refused.
        hasRefused = checkpoint.map { $0.task == nil } ?? false
        self.patience = patience
        self.read = read
        self.makeStatus = makeStatus
        life = TaskLife(limits: limits, makeStatus: makeStatus)
        session = ExecutorSession(environment, resuming: self.checkpoint.session, now: now, timing: timing)
    }

    /// How long the agent may take to hand over the task. If a worker before this one died between getting it and
    /// saving it, the agent has told the framework that it was dropped, and nothing will come any more.
    static func patience(isFirst: Bool) -> Duration { isFirst ? .seconds(60) : .seconds(10) }

    var deadline: Instant? {
        [life.deadline, session.deadline, life.phase == .waiting ? idleAt : nil].compactMap { $0 }.min()
    }

    /// Takes over from the process that wrote the checkpoint, if there was one.
    ///
    /// - Parameter isReported: that process knew that its last update was acknowledged, although it is not in there.
    mutating func begin(now: Instant, isReported: Bool = false) throws -> [Effect] {
        guard let document = checkpoint.task else {
            guard hasRefused, session.snapshot.updates.isEmpty else { return [] }
            return perform(life.handle(.stop(StopRequest(.framework)), now: now), now)
        }
        let task = try document.decode(TaskInfo.self)
        let (order, _) = read(task)
        taskID = task.taskID
        let last = checkpoint.life.lastUpdate
        let isReported = isReported || (last != nil && !session.snapshot.updates.contains { $0.uuid == last })
        let actions = life.resume(checkpoint.life, order: order, isReported: isReported, now: now)
        return [.prepare(task)] + perform(actions, now)
    }

    mutating func handle(_ input: Input, now: Instant) -> [Effect] {
        let effects =
            switch input {
            case .tick:
                perform(session.handle(.tick, now: now), now) + perform(life.handle(.tick, now: now), now)
                    + leaveIfIdle(now)
            case .session(let event): perform(session.handle(event, now: now), now)
            case .life(let event): perform(life.handle(event, now: now), now)
            }
        checkpoint.life = life.memory
        checkpoint.session = session.snapshot
        return effects
    }

    private mutating func leaveIfIdle(_ now: Instant) -> [Effect] {
        guard life.phase == .waiting, let idleAt, now >= idleAt else { return [] }
        return [.say(.idle(patience))] + perform(life.handle(.idle, now: now), now)
    }

    private mutating func perform(_ actions: [ExecutorSession.Action], _ now: Instant) -> [Effect] {
        actions.flatMap { perform($0, now) }
    }

    private mutating func perform(_ action: ExecutorSession.Action, _ now: Instant) -> [Effect] {
        switch action {
        case .subscribe(let tasks, let updates): return [.subscribe(tasks: tasks, updates: updates)]
        case .hangUp: return [.hangUp]
        case .send(let status): return [.send(status)]
        case .connected: return perform(life.handle(.connected, now: now), now)
        case .taken(let uuid, let isToBeAcknowledged):
            return perform(life.handle(.taken(uuid: uuid, isToBeAcknowledged: isToBeAcknowledged), now: now), now)
        case .disconnected(let reason, let delay):
            return [.say(.disconnected(reason, retryIn: delay))] + perform(life.handle(.disconnected, now: now), now)
        case .acknowledged(let uuid):
            let effects = perform(life.handle(.acknowledged(uuid: uuid), now: now), now)
            if hasRefused, life.phase == .waiting, session.snapshot.updates.isEmpty {
                return effects + perform(life.handle(.stop(StopRequest(.framework)), now: now), now)
            }
            return [.say(.acknowledged)] + effects
        case .lost(let reason):
            return [.say(.agentLost(reason))] + perform(life.handle(.agentLost(reason), now: now), now)
        case .deliver(let event): return deliver(event, now)
        }
    }

    private mutating func perform(_ actions: [TaskLife.Action], _ now: Instant) -> [Effect] {
        actions.flatMap { action -> [Effect] in
            if case .update(let status) = action { return perform(session.handle(.update(status), now: now), now) }
            return [.life(action)]
        }
    }

    // MARK: What the agent says

    private mutating func deliver(_ event: ExecutorEvent, _ now: Instant) -> [Effect] {
        switch event {
        case .subscribed:
            if idleAt == nil { idleAt = now + patience }
            return [.say(.subscribed)]
        case .launch(let id, let document): return launch(id, document, now)
        case .launchGroup(let ids):
            return ids.flatMap { id in
                refuse(id, "task groups are not supported: this executor runs one container", .taskGroupInvalid, now)
            }
        case .kill(let id, let policy):
            guard id == taskID else { return [.say(.passedOver("a KILL of \(id), which is not here"))] }
            let request = StopRequest(.framework, gracePeriod: policy?.gracePeriod)
            return [.say(.killAsked(id))] + perform(life.handle(.stop(request), now: now), now)
        case .shutdown:
            let request = StopRequest(.agent(within: environment.shutdownGracePeriod))
            return [.say(.shutdownAsked)] + perform(life.handle(.stop(request), now: now), now)
        case .error(let message):
            return [.say(.agentLost("the agent says: \(message)"))]
                + perform(life.handle(.agentLost("the agent says: \(message)"), now: now), now)
        case .message(let bytes): return [.say(.passedOver("a MESSAGE of \(bytes) characters"))]
        case .unknown(let type): return [.say(.passedOver("an event \(type)"))]
        case .acknowledged, .heartbeat: return []
        }
    }

    private mutating func launch(_ id: String, _ document: JSONValue, _ now: Instant) -> [Effect] {
        if id == taskID { return [.say(.passedOver("a second LAUNCH of \(id)"))] }
        guard taskID == nil else {
            return refuse(id, "this executor runs one task, and has \(taskID ?? "one")", .taskInvalid, now)
        }
        let size = (try? JSONEncoder().encode(document).count) ?? .max
        guard size <= Checkpoint.maximumTask else {
            let why = "this executor takes tasks of at most \(Checkpoint.maximumTask) bytes, this one has \(size)"
            return refuse(id, why, .taskInvalid, now)
        }
        let task: TaskInfo
        do {
            task = try document.decode(TaskInfo.self)
        } catch {
            return refuse(id, "this executor cannot read the task: \(Self.describe(error))", .taskInvalid, now)
        }
        taskID = id
        checkpoint.task = document
        let (order, refusal) = read(task)
        let event: TaskLife.Event = refusal.map { .refused(order, $0) } ?? .launched(order)
        return [.say(.launched(id)), .prepare(task)] + perform(life.handle(event, now: now), now)
    }

    private mutating func refuse(
        _ id: String, _ message: String, _ reason: StatusReason, _ now: Instant
    ) -> [Effect] {
        hasRefused = true
        var status = makeStatus(id, .error)
        status.message = message
        status.reason = reason
        return [.say(.refused("\(id): \(message)"))] + perform(session.handle(.update(status), now: now), now)
    }

    private static func describe(_ error: any Error) -> String {
        guard let error = error as? DecodingError else { return "\(error)" }
        let path =
            switch error {
            case .typeMismatch(_, let context), .valueNotFound(_, let context), .keyNotFound(_, let context),
                .dataCorrupted(let context):
                context.codingPath.map(\.stringValue)
            @unknown default: [String]()
            }
        return "\(path.joined(separator: ".")) is not what the API says"
    }
}
