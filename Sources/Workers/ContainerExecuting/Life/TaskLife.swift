import DockerClient
import MesosExecutor

/// The life of the one task, from LAUNCH to the acknowledgement of its last update, as a table of phases, events and
/// actions. It does no I/O and reads no clock.
public struct TaskLife: Sendable {
    public typealias Instant = ContinuousClock.Instant

    public private(set) var phase = Phase.waiting
    public private(set) var memory = Memory()
    public private(set) var order: TaskOrder?
    private let limits: Limits
    private let makeStatus: @Sendable (String, TaskState) -> TaskStatus
    private var isConnected = false
    private var isAgentLost = false
    /// The agent has the last update.
    private var isTaken = false
    /// And nobody will acknowledge it.
    private var isSettled = false

    /// - Parameter makeStatus: of a task, in a state, with the time and a fresh uuid.
    public init(
        limits: Limits = Limits(),
        makeStatus: @escaping @Sendable (String, TaskState) -> TaskStatus = { TaskStatus(taskID: $0, state: $1) }
    ) {
        self.limits = limits
        self.makeStatus = makeStatus
    }

    /// Takes over from a process that died.
    ///
    /// - Parameter isReported: whether its last update has been acknowledged.
    public mutating func resume(_ memory: Memory, order: TaskOrder, isReported: Bool, now: Instant) -> [Action] {
        self.memory = memory
        self.order = order
        guard memory.lastUpdate != nil else {
            phase = .adopting
            return [.lookForContainer]
        }
        if isReported { return finish(0) }
        phase = .reporting(until: nil)
        return []
    }

    /// When `tick` has something to do next.
    public var deadline: Instant? {
        switch phase {
        case .draining(let until), .reporting(let until): until
        case .stopping(let until), .copyingLogs(_, let until): until
        default: nil
        }
    }

    public mutating func handle(_ event: Event, now: Instant) -> [Action] {
        switch event {
        case .tick: tick(now)
        case .launched(let order): launched(order)
        case .idle: phase == .waiting ? finish(1) : []
        case .refused(let order, let outcome): refused(order, outcome, now)
        case .found(let found): phase == .adopting ? adopt(found, now) : []
        case .pulled: phase == .pulling ? go(to: .preparing, .prepare) : []
        case .prepared: phase == .preparing ? go(to: .creating, .create) : []
        case .created(let id): phase == .creating ? created(id, now) : []
        case .started(let networks): phase == .starting ? started(networks, now) : []
        case .failed(let why): failed(why, now)
        case .ended(let end): ended(end, now)
        case .vanished: vanished(now)
        case .stop(let request): stop(request, now)
        case .unhealthy(let count): phase == .running ? stop(.unhealthy(count), now) : []
        case .drainAnswered(let isAccepted): drainAnswered(isAccepted, now)
        case .logsReady(let mark): logsReady(mark)
        case .logsCopied: logsCopied(now)
        case .acknowledged(let uuid): acknowledged(uuid)
        case .taken(let uuid, let isToBeAcknowledged): taken(uuid, isToBeAcknowledged, now)
        case .connected: connection(true, now)
        case .disconnected: connection(false, now)
        case .agentLost(let reason): agentLost(reason, now)
        }
    }

    // MARK: To the container

    private mutating func launched(_ order: TaskOrder) -> [Action] {
        guard phase == .waiting else { return [] }
        self.order = order
        phase = .pulling
        return [update(.starting, "starting a container of \(order.image)"), .pull]
    }

    private mutating func refused(_ order: TaskOrder, _ outcome: TaskOutcome, _ now: Instant) -> [Action] {
        guard phase == .waiting || phase == .adopting else { return [] }
        self.order = order
        return report(outcome, now)
    }

    private mutating func go(to next: Phase, _ action: Action) -> [Action] {
        phase = next
        return [action]
    }

    private mutating func created(_ id: String, _ now: Instant) -> [Action] {
        memory.containerID = id
        if let cause = memory.cause { return [.remove(id: id)] + report(cause.outcome, now) }
        phase = .starting
        return [.start(id: id)]
    }

    private mutating func started(_ networks: [NetworkInfo], _ now: Instant) -> [Action] {
        guard let id = memory.containerID else { return [] }
        phase = .running
        var actions: [Action] = []
        if !memory.hasRun {
            memory.hasRun = true
            var status = status(.running, "container \(id.prefix(12)) is running")
            status.networks = networks
            actions.append(.update(status))
        }
        actions.append(.watch(id: id))
        // Whoever asked for the end while it was being started, or a process before this one.
        if memory.cause != nil { actions += beginStop(id, now) }
        return actions
    }

    private mutating func failed(_ why: String, _ now: Instant) -> [Action] {
        switch phase {
        case .pulling, .preparing, .creating: return report(memory.cause?.outcome ?? .launchFailed(why), now)
        case .starting:
            let remove = memory.containerID.map { [Action.remove(id: $0)] } ?? []
            return remove + report(memory.cause?.outcome ?? .launchFailed(why), now)
        default: return []
        }
    }

    private mutating func adopt(_ found: Found, _ now: Instant) -> [Action] {
        switch found {
        case .nothing:
            if let cause = memory.cause { return report(cause.outcome, now) }
            if memory.hasRun { return vanished(now) }
            return go(to: .pulling, .pull)
        case .created(let id): return created(id, now)
        case .running(let id, let networks):
            memory.containerID = id
            return started(networks, now)
        case .ended(let id, let end):
            memory.containerID = id
            phase = .running
            return ended(end, now)
        }
    }

    // MARK: The end of the container

    private mutating func ended(_ end: ContainerEnd, _ now: Instant) -> [Action] {
        guard let order, let id = memory.containerID else { return [] }
        switch phase {
        case .running, .draining, .stopping: break
        default: return []
        }
        let outcome = memory.cause?.outcome ?? TaskOutcome.of(end, order: order)
        let cancel: [Action] = if case .draining = phase { [.cancel] } else { [] }
        guard outcome.wantsLogs else { return cancel + report(outcome, now) }
        phase = .copyingLogs(outcome, until: min(now + limits.logs, lastMomentForLogs ?? now + limits.logs))
        return cancel + [.prepareLogs(id: id, begunAt: memory.logs)]
    }

    private mutating func vanished(_ now: Instant) -> [Action] {
        switch phase {
        case .adopting, .running, .draining, .stopping:
            let cancel: [Action] = if case .draining = phase { [.cancel] } else { [] }
            let gone = TaskOutcome(.failed, "the container was removed by somebody else", reason: .commandFailed)
            return cancel + report(memory.cause?.outcome ?? gone, now)
        default: return []
        }
    }

    private mutating func logsReady(_ mark: LogMark) -> [Action] {
        guard case .copyingLogs = phase, let id = memory.containerID else { return [] }
        memory.logs = mark
        return [.copyLogs(id: id, from: mark)]
    }

    private mutating func logsCopied(_ now: Instant) -> [Action] {
        guard case .copyingLogs(let outcome, _) = phase else { return [] }
        return report(outcome, now)
    }

    // MARK: Being stopped

    private mutating func stop(_ request: StopRequest, _ now: Instant) -> [Action] {
        if let period = request.gracePeriod { memory.gracePeriod = period }
        if case .agent(let patience) = request.origin {
            memory.agentDeadline = min(memory.agentDeadline ?? now + patience, now + patience)
        }
        if phase == .waiting { return finish(0) }
        let actions = stop(.killed(request.message, drains: request.allowsDraining), now)
        switch phase {
        case .draining where !request.allowsDraining:
            guard let id = memory.containerID else { return actions }
            return [.cancel] + askToStop(id, now)
        case .stopping(let until):
            let shorter = min(until, now + currentGrace(now))
            phase = .stopping(until: shorter)
            return actions
        case .copyingLogs(let outcome, let until):
            phase = .copyingLogs(outcome, until: min(until, lastMomentForLogs ?? until))
            return actions
        default: return actions
        }
    }

    private mutating func stop(_ cause: StopCause, _ now: Instant) -> [Action] {
        switch phase {
        case .adopting, .creating, .starting:
            // What is under way has an answer, and then it ends.
            if memory.cause == nil { memory.cause = cause }
            return []
        case .pulling, .preparing:
            memory.cause = cause
            return [.cancel] + report(cause.outcome, now)
        case .running:
            memory.cause = cause
            return memory.containerID.map { beginStop($0, now) } ?? []
        case .waiting, .draining, .stopping, .copyingLogs, .reporting, .done: return []
        }
    }

    private mutating func beginStop(_ id: String, _ now: Instant) -> [Action] {
        // An agent that ends us soon leaves no time for that.
        if case .killed(_, drains: true) = memory.cause, memory.agentDeadline == nil, let order, order.draining > .zero
        {
            phase = .draining(until: nil)
            return [.drain(id: id)]
        }
        return askToStop(id, now)
    }

    private mutating func askToStop(_ id: String, _ now: Instant) -> [Action] {
        let grace = currentGrace(now)
        phase = .stopping(until: now + grace + limits.lead)
        return [.askToStop(id: id, within: grace)]
    }

    private func currentGrace(_ now: Instant) -> Duration {
        var wanted = memory.gracePeriod ?? order?.gracePeriod ?? .seconds(5)
        if case .unhealthy = memory.cause, let period = order?.unhealthyGracePeriod { wanted = period }
        guard let deadline = memory.agentDeadline else { return wanted }
        return max(.zero, min(wanted, now.duration(to: deadline) - limits.reserve))
    }

    /// The update still has to get through.
    private var lastMomentForLogs: Instant? { memory.agentDeadline.map { $0 - limits.reserve / 2 } }

    private mutating func drainAnswered(_ isAccepted: Bool, _ now: Instant) -> [Action] {
        guard case .draining(until: nil) = phase, let order, let id = memory.containerID else { return [] }
        guard isAccepted else { return askToStop(id, now) }
        phase = .draining(until: now + order.draining)
        return []
    }

    private mutating func agentLost(_ reason: String, _ now: Instant) -> [Action] {
        isAgentLost = true
        switch phase {
        case .waiting, .reporting: return finish(1)
        case .draining:
            memory.cause = .agentLost(reason)
            return [.cancel] + (memory.containerID.map { askToStop($0, now) } ?? [])
        case .adopting, .creating, .starting, .stopping, .copyingLogs, .done:
            // Whoever wanted its end before cannot be told any more.
            memory.cause = .agentLost(reason)
            return []
        default: return stop(.agentLost(reason), now)
        }
    }

    // MARK: Time, and the last update

    private mutating func tick(_ now: Instant) -> [Action] {
        guard let deadline, now >= deadline else { return [] }
        switch phase {
        case .draining:
            return memory.containerID.map { askToStop($0, now) } ?? []
        case .stopping:
            phase = .stopping(until: now + limits.kill)
            return memory.containerID.map { [.kill(id: $0)] } ?? []
        case .copyingLogs(let outcome, _):
            return [.cancel] + report(outcome, now)
        case .reporting: return finish(isTaken ? 0 : 1)
        default: return []
        }
    }

    private mutating func report(_ outcome: TaskOutcome, _ now: Instant) -> [Action] {
        // Nobody is there to be told, nor to be waited for.
        if isAgentLost { return finish(1) }
        if case .agentLost = memory.cause { return finish(1) }
        var status = status(outcome.state, outcome.message)
        status.reason = outcome.reason
        status.healthy = outcome.healthy
        memory.lastUpdate = status.uuid
        phase = .reporting(until: isConnected ? now + limits.acknowledgement : nil)
        return [.update(status)]
    }

    private mutating func connection(_ isThere: Bool, _ now: Instant) -> [Action] {
        isConnected = isThere
        if case .reporting = phase, !isSettled {
            phase = .reporting(until: isThere ? now + limits.acknowledgement : nil)
        }
        return []
    }

    private mutating func taken(_ uuid: String, _ isToBeAcknowledged: Bool, _ now: Instant) -> [Action] {
        guard case .reporting = phase, uuid == memory.lastUpdate else { return [] }
        isTaken = true
        if !isToBeAcknowledged, !isSettled {
            isSettled = true
            phase = .reporting(until: now + limits.farewell)
        }
        return []
    }

    private mutating func acknowledged(_ uuid: String) -> [Action] {
        guard case .reporting = phase, uuid == memory.lastUpdate else { return [] }
        return finish(0)
    }

    private mutating func finish(_ exitCode: Int32) -> [Action] {
        phase = .done(exitCode: exitCode)
        return [.finish(exitCode: exitCode)]
    }

    private func update(_ state: TaskState, _ message: String?) -> Action { .update(status(state, message)) }

    private func status(_ state: TaskState, _ message: String?) -> TaskStatus {
        var status = makeStatus(order?.taskID ?? "", state)
        status.message = message
        return status
    }
}
