/// The life of one worker as a table of states, events and actions. It does no I/O and reads no clock.
public struct WorkerLife: Sendable {
    public typealias Instant = ContinuousClock.Instant

    public enum State: Equatable, Sendable {
        /// No process; one is started at that time.
        case waiting(until: Instant)
        /// The start was asked for.
        case spawning
        /// A process that has not said `ready`; `hello` tells whether it has introduced itself.
        case starting(pid: Int32, since: Instant, hello: Bool)
        case ready(pid: Int32, since: Instant)
        /// A process that is to end. When it has, `next` tells what comes then.
        case ending(pid: Int32, stage: Stage, until: Instant, next: Next)
        /// No process, and none will be started.
        case stopped
    }

    /// How hard the process is being asked to end.
    public enum Stage: Equatable, Sendable { case asked, terminated, aborted, killed }

    /// What follows the end of a process that we ended.
    public enum Next: Equatable, Sendable {
        case stop
        /// A new one at once: its settings changed.
        case replace
        /// The same as after a crash.
        case recover(String)
        /// As for `stop`, if it has finished; otherwise as after a crash.
        case finish
    }

    public enum Event: Equatable, Sendable {
        case tick
        case spawned(pid: Int32)
        case spawnFailed(String)
        case hello
        case ready
        case pong
        /// It broke a protocol.
        case violation(String)
        case exited(ExitStatus)
        /// The control channel ended; the process cannot be of use any more.
        case disconnected
        /// Stop for good, politely for so long.
        case stop(within: Duration)
        /// Stop when all is done, politely for so long. One that dies before is started again.
        case finish(within: Duration)
        /// Stop politely, then start with new settings.
        case replace
        /// Stop now: somebody is impatient.
        case kill
    }

    public enum Action: Equatable, Sendable {
        case spawn
        case configure
        case ping
        case askToStop(within: Duration)
        case signal(Int32)
        /// The process ended and nobody had asked for it.
        case crashed(reason: String, restartIn: Duration, looping: Bool)
        /// The same, once too often: it will not be started again.
        case gaveUp(reason: String)
        /// It missed its pongs, or never said hello.
        case hung(String)
    }

    /// Times and numbers that are the same for every worker.
    public struct Timing: Sendable {
        public var ping: Duration = .seconds(5)
        /// Unanswered pings after which a worker counts as dead.
        public var missedPongs = 3
        public var hello: Duration = .seconds(10)
        /// From SIGTERM, or SIGABRT, to SIGKILL.
        public var grace: Duration = .seconds(1)
        /// How long a worker may take to stop when its settings change.
        public var replace: Duration = .seconds(5)
        public init() {}
    }

    public private(set) var state: State
    public private(set) var restarts = 0
    /// How the last process ended.
    public private(set) var lastExit: String?
    private let policy: RestartPolicy
    private let timing: Timing
    private var failuresInARow = 0
    /// When the process was started, of which the next crash may be.
    private var startedAt: Instant?
    private var crashes: [Instant] = []
    private var nextPing: Instant?
    private var unanswered = 0
    /// A stop that was asked for while the process was being started.
    private var pendingStop: Duration?

    public init(startAt: Instant, policy: RestartPolicy = RestartPolicy(), timing: Timing = Timing()) {
        state = .waiting(until: startAt)
        self.policy = policy
        self.timing = timing
    }

    public var pid: Int32? {
        switch state {
        case .starting(let pid, _, _), .ready(let pid, _), .ending(let pid, _, _, _): pid
        case .waiting, .spawning, .stopped: nil
        }
    }

    public var isReady: Bool { if case .ready = state { true } else { false } }

    public func isCrashLooping(at now: Instant) -> Bool {
        crashes.count(where: { $0.duration(to: now) < policy.loopWindow }) >= policy.loopCount
    }

    /// When `tick` has something to do next; nil: never by itself.
    public var deadline: Instant? {
        switch state {
        case .waiting(let until): until
        case .ending(_, let stage, let until, _): stage == .asked ? min(until, nextPing ?? until) : until
        case .starting(_, let since, hello: false): since + timing.hello
        case .starting, .ready: nextPing
        case .spawning, .stopped: nil
        }
    }

    public mutating func handle(_ event: Event, now: Instant) -> [Action] {
        switch (event, state) {
        case (.tick, _): return tick(now)
        case (.spawned(let pid), .spawning):
            state = .starting(pid: pid, since: now, hello: false)
            startedAt = now
            nextPing = nil
            unanswered = 0
            if let limit = pendingStop {
                pendingStop = nil
                return end(pid, .asked, within: limit, next: .stop, now: now, by: .askToStop(within: limit))
            }
            return []
        case (.spawnFailed(let reason), .spawning):
            if pendingStop != nil {
                state = .stopped
                return []
            }
            return crash(reason, now: now)
        case (.hello, .starting(let pid, let since, hello: false)):
            state = .starting(pid: pid, since: since, hello: true)
            nextPing = now + timing.ping
            return [.configure]
        case (.ready, .starting(let pid, let since, hello: true)):
            state = .ready(pid: pid, since: since)
            return []
        case (.pong, _):
            unanswered = 0
            return []
        case (.hello, .starting), (.hello, .ready), (.ready, .starting), (.ready, .ready):
            return handle(.violation("\(event) out of turn"), now: now)
        case (.violation(let reason), .starting(let pid, _, _)), (.violation(let reason), .ready(let pid, _)):
            return end(pid, .killed, within: .seconds(3600), next: .recover(reason), now: now, by: .signal(9))
        case (.disconnected, .starting(let pid, _, _)), (.disconnected, .ready(let pid, _)):
            // Usually it has just died, and its exit status follows; if not, it must not linger.
            return end(pid, .aborted, within: .milliseconds(200), next: .recover(""), now: now, by: nil)
        case (.exited(let status), .starting), (.exited(let status), .ready):
            return crash(status.description, now: now)
        case (.exited(let status), .ending(_, _, _, let next)):
            return ended(status, next: next, now: now)
        case (.stop(let limit), _): return stop(within: limit, now: now)
        case (.finish(let limit), .starting(let pid, _, _)), (.finish(let limit), .ready(let pid, _)):
            return end(pid, .asked, within: limit, next: .finish, now: now, by: .askToStop(within: limit))
        case (.replace, .starting(let pid, _, _)), (.replace, .ready(let pid, _)):
            return end(
                pid, .asked, within: timing.replace, next: .replace, now: now, by: .askToStop(within: timing.replace))
        case (.replace, .ending(let pid, let stage, let until, .recover)):
            state = .ending(pid: pid, stage: stage, until: until, next: .replace)
            return []
        case (.replace, .waiting):
            state = .waiting(until: now)
            return []
        case (.kill, .starting(let pid, _, _)), (.kill, .ready(let pid, _)), (.kill, .ending(let pid, _, _, _)):
            return end(pid, .killed, within: .seconds(3600), next: .stop, now: now, by: .signal(9))
        case (.kill, _): return stop(within: .zero, now: now)
        default: return []  // late words of a process that is ending, a second exit: nothing to do
        }
    }

    private mutating func tick(_ now: Instant) -> [Action] {
        guard let deadline, now >= deadline else { return [] }
        switch state {
        case .waiting:
            state = .spawning
            return [.spawn]
        case .starting(let pid, _, hello: false):
            return hang("did not say hello within \(timing.hello)", pid: pid, now: now)
        case .starting(let pid, _, _), .ready(let pid, _):
            return ping(pid, now: now)
        case .ending(let pid, let stage, let until, let next):
            switch stage {
            case .asked where now < until:
                return ping(pid, next: next, now: now)
            case .asked:
                return end(pid, .terminated, within: timing.grace, next: next, now: now, by: .signal(15))
            case .terminated, .aborted, .killed:
                return end(pid, .killed, within: .seconds(3600), next: next, now: now, by: .signal(9))
            }
        case .spawning, .stopped:
            return []
        }
    }

    /// - Parameter next: what was to follow, if it has been asked to end.
    private mutating func ping(_ pid: Int32, next: Next? = nil, now: Instant) -> [Action] {
        guard unanswered < timing.missedPongs else {
            return hang("missed \(unanswered) pings", pid: pid, next: next, now: now)
        }
        unanswered += 1
        nextPing = now + timing.ping
        return [.ping]
    }

    private mutating func hang(_ reason: String, pid: Int32, next: Next? = nil, now: Instant) -> [Action] {
        let follows: Next =
            switch next {
            case .stop?: .stop
            case .replace?: .replace
            case .finish?, .recover?, nil: .recover(reason)
            }
        return [.hung(reason)] + end(pid, .aborted, within: timing.grace, next: follows, now: now, by: .signal(6))
    }

    private mutating func stop(within limit: Duration, now: Instant) -> [Action] {
        switch state {
        case .waiting:
            state = .stopped
            return []
        case .spawning:
            pendingStop = limit
            return []
        case .starting(let pid, _, _), .ready(let pid, _):
            return end(pid, .asked, within: limit, next: .stop, now: now, by: .askToStop(within: limit))
        case .ending(let pid, let stage, let until, _):
            state = .ending(pid: pid, stage: stage, until: min(until, now + limit), next: .stop)
            return []
        case .stopped:
            return []
        }
    }

    private mutating func end(
        _ pid: Int32, _ stage: Stage, within limit: Duration, next: Next, now: Instant, by action: Action?
    ) -> [Action] {
        state = .ending(pid: pid, stage: stage, until: now + limit, next: next)
        // One that was asked may take its time, but must be alive.
        if stage != .asked { nextPing = nil }
        return action.map { [$0] } ?? []
    }

    private mutating func ended(_ status: ExitStatus, next: Next, now: Instant) -> [Action] {
        lastExit = status.description
        switch next {
        case .stop:
            state = .stopped
            return []
        case .replace:
            restarts += 1
            failuresInARow = 0
            state = .waiting(until: now)
            return []
        case .recover(let reason):
            return crash(reason.isEmpty ? status.description : "\(reason); \(status)", now: now)
        case .finish:
            return ended(status, next: status == .exited(code: 0) ? .stop : .recover(""), now: now)
        }
    }

    private mutating func crash(_ reason: String, now: Instant) -> [Action] {
        // Most often the end of its channel was seen first, so it does not come from `ready`.
        if let startedAt, startedAt.duration(to: now) >= policy.healthyAfter { failuresInARow = 0 }
        startedAt = nil
        failuresInARow += 1
        restarts += 1
        lastExit = reason
        let window = policy.loopWindow
        crashes.removeAll { $0.duration(to: now) >= window }
        crashes.append(now)
        if let limit = policy.giveUpAfter, failuresInARow >= limit {
            state = .stopped
            return [.gaveUp(reason: reason)]
        }
        let delay = policy.delay(afterFailures: failuresInARow)
        state = .waiting(until: now + delay)
        return [.crashed(reason: reason, restartIn: delay, looping: isCrashLooping(at: now))]
    }
}
