/// An executor's side of the conversation with its agent, as a state machine: it does no I/O and reads no clock.
///
/// Updates are kept until they are acknowledged and are sent one after the other, so that the agent gets them in order.
/// Whatever is not acknowledged goes along with the next subscription.
public struct ExecutorSession: Sendable {
    public typealias Instant = ContinuousClock.Instant

    public enum Event: Sendable, Equatable {
        case tick
        /// The agent has accepted the subscription.
        case opened
        /// The subscription could not be made, or ended; with the reason.
        case closed(String)
        case received(ExecutorEvent)
        case update(TaskStatus)
        /// The agent has taken the update of that uuid.
        case delivered(uuid: String)
        /// It is not there. One that was refused is so for good, most likely, and must not be in the way of the next one.
        case undelivered(uuid: String, reason: String, isRefused: Bool = false)
    }

    public enum Action: Sendable, Equatable {
        case subscribe(tasks: [JSONValue], updates: [TaskStatus])
        /// Ends the subscription: nothing has come over it for too long.
        case hangUp
        case send(TaskStatus)
        /// Something for whoever runs the tasks: launch, kill, shutdown, …
        case deliver(ExecutorEvent)
        /// The agent has the update of that uuid, and will acknowledge it; or it has not the means to.
        case taken(uuid: String, isToBeAcknowledged: Bool)
        /// The update of that uuid is acknowledged.
        case acknowledged(uuid: String)
        /// For the log.
        case disconnected(String, retryIn: Duration)
        case connected
        /// The agent has been away for longer than it may be. Said once.
        case lost(String)
    }

    public struct Timing: Sendable {
        public var firstRetry: Duration = .milliseconds(50)
        /// An agent that restarts gives its executors 2 s to subscribe again, so no pause may be longer than this.
        public var longestRetry: Duration = .seconds(1)
        /// How long an agent may be away without checkpointing: a closed connection is not yet a lost agent.
        public var patience: Duration = .seconds(3)
        /// How long it may take until a new process has subscribed for the first time.
        public var firstPatience: Duration = .seconds(15)
        /// An update that is not acknowledged is sent again after so long, and each further time after twice as long. The
        /// last one of a task is so once only: to an agent that has forgotten the task each is another one.
        public var resend: Duration = .seconds(5)
        /// The agent sends a heartbeat every 30 minutes; once it has sent one, it must go on.
        public var silence: Duration = .seconds(75 * 60)
        /// 0 ..< 1: pauses are shortened by up to a quarter, so that the executors of an agent do not come in step.
        public var jitter: @Sendable () -> Double = { .random(in: 0..<1) }
        public init() {}
    }

    /// What a new process needs to carry on.
    public struct Snapshot: Sendable, Equatable, Codable {
        /// Tasks of which the agent has acknowledged no update yet, by their ids.
        public var tasks: [String: JSONValue] = [:]
        /// In the order in which they were made.
        public var updates: [TaskStatus] = []
        public init() {}
    }

    private enum Link: Equatable {
        case waiting(until: Instant)
        case subscribing
        case subscribed
        case lost
    }

    public private(set) var snapshot: Snapshot
    private let timing: Timing
    private let patience: Duration
    private let longestRetry: Duration
    private var link: Link
    private var failures = 0
    private var awaySince: Instant
    private var hasSubscribed = false
    /// This subscription has brought SUBSCRIBED.
    private var isGreeted = false
    /// The agent shuts us down: it takes no subscription, but updates.
    private var isShutDown = false
    private var lastHeartbeat: Instant?
    /// The update that is on its way.
    private var sending: String?
    /// Updates to be sent over this subscription, in order, by their uuids.
    private var queue: [String] = []
    private var sendAfter: Instant?
    private var resendAt: Instant?
    private var resends = 0
    /// Last updates of tasks that were.
    private var resent: Set<String> = []
    /// What went along with this subscription.
    private var travelling: [String] = []

    public init(
        _ environment: ExecutorEnvironment, resuming snapshot: Snapshot = Snapshot(), now: Instant,
        timing: Timing = Timing()
    ) {
        self.snapshot = snapshot
        self.timing = timing
        patience = environment.checkpoint ? environment.recoveryTimeout : timing.patience
        longestRetry = min(environment.subscriptionBackoffMax, timing.longestRetry)
        link = .waiting(until: now)
        awaySince = now
    }

    public var isSubscribed: Bool { link == .subscribed }

    /// When `tick` has something to do next.
    public var deadline: Instant? {
        switch link {
        case .waiting(let until): [until, awaySince + limit, isShutDown ? sendAfter : nil].compactMap { $0 }.min()
        case .subscribing: [awaySince + limit, isShutDown ? sendAfter : nil].compactMap { $0 }.min()
        case .subscribed: [lastHeartbeat.map { $0 + timing.silence }, sendAfter, resendAt].compactMap { $0 }.min()
        case .lost: nil
        }
    }

    public mutating func handle(_ event: Event, now: Instant) -> [Action] {
        switch event {
        case .tick: return tick(now)
        case .opened:
            guard link == .subscribing else { return [] }
            link = .subscribed
            hasSubscribed = true
            lastHeartbeat = nil
            return [.connected] + send(now)
        case .closed(let reason): return closed(reason, now)
        case .received(let event): return received(event, now)
        case .update(let status):
            snapshot.updates.append(status)
            queue.append(status.uuid)
            return send(now)
        case .delivered(let uuid):
            guard sending == uuid else { return [] }
            sending = nil
            failures = 0
            scheduleResend(now)
            let isOpen = snapshot.updates.contains { $0.uuid == uuid }
            return (isOpen ? [.taken(uuid: uuid, isToBeAcknowledged: !isShutDown)] : []) + send(now)
        case .undelivered(let uuid, _, let isRefused):
            guard sending == uuid else { return [] }
            sending = nil
            if isRefused {
                scheduleResend(now)
                return send(now)
            }
            queue.insert(uuid, at: 0)
            failures += 1
            sendAfter = now + pause()
            return []
        }
    }

    /// How long the agent may be away now.
    private var limit: Duration { hasSubscribed ? patience : max(patience, timing.firstPatience) }

    private mutating func tick(_ now: Instant) -> [Action] {
        switch link {
        case .waiting, .subscribing:
            if now >= awaySince + limit {
                link = .lost
                return [.lost("no agent for \(limit)")]
            }
            guard case .waiting(let until) = link, now >= until else { return send(now) }
            link = .subscribing
            isGreeted = false
            if !isShutDown {
                // They travel with the subscription itself.
                queue = []
                sending = nil
                sendAfter = nil
            }
            travelling = snapshot.updates.map(\.uuid)
            resendAt = nil
            return [
                .subscribe(tasks: snapshot.tasks.sorted { $0.key < $1.key }.map(\.value), updates: snapshot.updates)
            ]
        case .subscribed:
            if let lastHeartbeat, now >= lastHeartbeat + timing.silence {
                return [.hangUp] + closed("no heartbeat for \(timing.silence)", now)
            }
            if let resendAt, now >= resendAt {
                self.resendAt = nil
                resends += 1
                let waiting = Set(queue)
                let again = snapshot.updates.filter { update in
                    mayResend(update) && !waiting.contains(update.uuid) && update.uuid != sending
                }
                for update in again where update.state.isTerminal { resent.insert(update.uuid) }
                queue = again.map(\.uuid) + queue
            }
            return send(now)
        case .lost: return []
        }
    }

    private mutating func closed(_ reason: String, _ now: Instant) -> [Action] {
        switch link {
        case .subscribing, .subscribed:
            if link == .subscribed, isGreeted || isShutDown { awaySince = now }
            failures += 1
            let delay = pause()
            link = .waiting(until: now + delay)
            return [.disconnected(reason, retryIn: delay)]
        case .waiting, .lost: return []
        }
    }

    private mutating func received(_ event: ExecutorEvent, _ now: Instant) -> [Action] {
        if lastHeartbeat != nil { lastHeartbeat = now }
        switch event {
        case .heartbeat:
            lastHeartbeat = now
            return []
        case .acknowledged(let task, let uuid):
            snapshot.tasks[task] = nil
            snapshot.updates.removeAll { $0.uuid == uuid }
            queue.removeAll { $0 == uuid }
            resends = 0
            if snapshot.updates.isEmpty { resendAt = nil }
            return [.acknowledged(uuid: uuid)]
        case .launch(let task, let document):
            snapshot.tasks[task] = document
            return [.deliver(event)]
        case .subscribed:
            failures = 0
            isGreeted = true
            isShutDown = false
            // What went along with the subscription is acknowledged now; if not, it is sent again.
            scheduleResend(now)
            return [.deliver(event)] + travelling.map { .taken(uuid: $0, isToBeAcknowledged: true) }
        case .shutdown where !isGreeted && !isShutDown:
            // An executor that is being shut down is told so instead of SUBSCRIBED; what went along was not looked at.
            isShutDown = true
            queue = snapshot.updates.map(\.uuid).filter { $0 != sending }
            return [.deliver(event)] + send(now)
        default: return [.deliver(event)]
        }
    }

    private mutating func send(_ now: Instant) -> [Action] {
        guard link == .subscribed || isShutDown, link != .lost, sending == nil else { return [] }
        if let sendAfter, now < sendAfter { return [] }
        sendAfter = nil
        while let uuid = queue.first {
            queue.removeFirst()
            guard let status = snapshot.updates.first(where: { $0.uuid == uuid }) else { continue }
            sending = uuid
            return [.send(status)]
        }
        return []
    }

    private mutating func scheduleResend(_ now: Instant) {
        guard snapshot.updates.contains(where: mayResend) else { return }
        resendAt = now + timing.resend * (1 << min(resends, 4))
    }

    private func mayResend(_ update: TaskStatus) -> Bool {
        !update.state.isTerminal || !resent.contains(update.uuid)
    }

    private func pause() -> Duration {
        let full = min(timing.firstRetry * (1 << min(max(failures - 1, 0), 16)), longestRetry)
        return full * (1 - timing.jitter() / 4)
    }
}
