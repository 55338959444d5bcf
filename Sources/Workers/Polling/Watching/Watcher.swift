import Complaints
import HTTPClient
import Logging
import MesosClient
import Observability

/// Watches the masters and tells the dispatcher what fails.
///
/// One session after the other: a stream, as long as it lasts, or one poll. How a session ended decides about the next
/// one; the decisions themselves are made by ``MasterRing``, ``DetectionPolicy``, ``Backoff`` and ``HealthJudge``.
actor Watcher {
    typealias Instant = ContinuousClock.Instant

    /// How a session ended.
    enum End {
        /// The state was read to its end.
        case polled
        /// The stream ended after its snapshot, for that reason.
        case streamEnded(life: Duration, reason: String)
        /// The master was of no use.
        case failed(MasterError)
        /// Everything is wanted anew, or the worker stops.
        case cancelled
    }

    /// How long to wait for what.
    struct Patience: Sendable {
        /// Without any byte where an answer is on its way, and for the first one of a master that is not slow.
        var answer = Duration.seconds(10)
        /// For the first byte of a slow one, at most: a master computes the whole state of a large cluster before it says
        /// anything, behind everything else it has to do after a fail-over.
        var slowAnswer = Duration.seconds(90)
        /// For a whole snapshot or state.
        var snapshot = Duration.seconds(300)
        /// Until masters that were of no use are tried again.
        var retry = Duration.seconds(4)
        /// Until a stream is tried again that is always taken away.
        var fight = Duration.seconds(15)
        /// Until the stream is tried again after polling.
        var stream = Duration.seconds(300)
    }

    let settings: PollingSettings
    let patience: Patience
    let client: MasterClient
    let link: DispatcherLink
    let logger: Logger
    let clock = ContinuousClock()
    let metrics = PollingMetrics()
    private let report: Report

    /// What the supervisor is told.
    struct Report: Sendable {
        var ready: @Sendable () async -> Void
        var status: @Sendable (String) async -> Void
    }

    private var ring: MasterRing
    private var policy: DetectionPolicy
    private var judge = HealthJudge()
    private var retry: Backoff
    private var fight: Backoff
    private var limiter = LogLimiter<String>(interval: .seconds(30))
    private var random = SystemRandomNumberGenerator()
    /// What the masters answered in the round that is under way.
    private var roundHadRefusal = false
    private var roundHadAnswer = false
    private var isReady = false
    private var lastMode: DetectionPolicy.Mode?

    private var session: Task<End, Never>?
    private var pause: Task<Void, Never>?
    /// When the session is given up unless something happens; nil while it is not the master who has to do something.
    var deadline: Instant?
    private var stalled: Duration?
    /// When the stream of this session had told its snapshot.
    var subscribed: Instant?
    private var slowness = Slowness()

    var stream: StreamDetector
    var streamReader: EventStreamReader
    var poll: PollDetector
    var stateReader: MasterStateReader
    /// The next poll is a snapshot.
    var pollsAfresh = true
    /// The snapshot is being told; what fails meanwhile has to wait.
    var isTellingSnapshot = false
    var tick: Task<Void, Never>?
    var lookups: [StreamDetector.Lookup] = []
    var runningLookups = 0
    private var statusLine = StatusLine()

    init(
        _ settings: PollingSettings, watches: @escaping @Sendable (String) -> Bool, client: MasterClient,
        link: DispatcherLink, report: Report, logger: Logger, patience: Patience = Patience()
    ) throws(ScanError) {
        self.settings = settings
        self.patience = patience
        self.client = client
        self.link = link
        self.report = report
        self.logger = logger
        ring = MasterRing(settings.masters)
        policy = DetectionPolicy(settings.detect, retryStreamAfter: patience.stream)
        retry = Backoff(last: patience.retry)
        fight = Backoff(last: patience.fight)
        stream = StreamDetector(states: settings.states, watches: watches)
        streamReader = try EventStreamReader()
        poll = PollDetector(watches: watches)
        stateReader = try MasterStateReader(states: StateSet(settings.states))
    }

    /// Watches until the task is cancelled.
    func run() async {
        while !Task.isCancelled {
            let mode = policy.mode(now: clock.now)
            if mode != lastMode {
                if lastMode != nil { logger.notice("detecting by \(mode == .stream ? "event stream" : "polling")") }
                lastMode = mode
            }
            let master = ring.current
            let began = clock.now
            let end = await runSession(mode, master)
            if Task.isCancelled { break }
            let wait: Duration?
            switch end {
            case .cancelled: wait = nil
            case .polled:
                metrics.polled(in: clock.now - began)
                wait = began + settings.pollInterval - clock.now
            case .streamEnded(let life, let reason): wait = streamEnded(master, life, reason)
            case .failed(let error):
                let next = await failed(mode, master, error)
                wait = stalled == nil ? next : slowness.silent(for: clock.now - began, next: next, patience)
            }
            if let wait, wait > .zero { await sleep(wait) }
        }
        tick?.cancel()
    }

    /// The dispatcher needs to be told everything again.
    func restart() {
        pollsAfresh = true
        session?.cancel()
        pause?.cancel()
    }

    /// How long the master that is asked may take for the first byte.
    var firstBytePatience: Duration { slowness.firstByte(patience) }

    /// A leading master has told everything, and its first byte took so long.
    func answered(after time: Duration?) { slowness.answered(after: time ?? .zero) }

    private func runSession(_ mode: DetectionPolicy.Mode, _ master: MasterURL) async -> End {
        (stalled, subscribed) = (nil, nil)
        let session = Task {
            switch mode {
            case .stream: await watchStream(master)
            case .poll: await pollOnce(master)
            }
        }
        self.session = session
        let watchdog = Task { await watch(session) }
        let end = await withTaskCancellationHandler {
            await session.value
        } onCancel: {
            session.cancel()
        }
        watchdog.cancel()
        self.session = nil
        isTellingSnapshot = false
        guard case .cancelled = end, let stalled else { return end }
        if let subscribed {
            self.stalled = nil
            return .streamEnded(life: clock.now - subscribed, reason: "nothing came for \(stalled.rounded)")
        }
        return .failed(.unexpected("says nothing for \(stalled.rounded)"))
    }

    /// Ends a session in which the master does nothing for too long.
    private func watch(_ session: Task<End, Never>) async {
        while !Task.isCancelled {
            let now = clock.now
            if let deadline, deadline <= now {
                stalled = allowance
                session.cancel()
                return
            }
            // A deadline that moves is looked at again when the old one has passed.
            try? await Task.sleep(until: min(deadline ?? now + .seconds(1), now + .seconds(1)), clock: clock)
        }
    }

    private var allowance = Duration.zero

    /// The master has to do something within that time.
    func expect(within time: Duration) {
        allowance = time
        deadline = clock.now + time
    }

    /// A leading master answers.
    func well(_ master: MasterURL, _ mode: DetectionPolicy.Mode) async {
        ring.succeeded()
        metrics.began(mode)
        judge.well(now: clock.now)
        (roundHadRefusal, roundHadAnswer) = (false, false)
        retry.reset()
        await link.setHealth(.init(reason: nil, mode: mode.rawValue, master: master.description))
        await ready()
    }

    /// The master that is being watched.
    var currentMaster: MasterURL { ring.current }

    /// The worker is able to work: a master has answered, or all have been tried.
    func ready() async {
        guard !isReady else { return }
        isReady = true
        await report.ready()
    }

    private func streamEnded(_ master: MasterURL, _ life: Duration, _ reason: String) -> Duration {
        log("the event stream of \(master) ended: \(reason)")
        // Until now it was well.
        judge.well(now: clock.now)
        if policy.streamEnded(after: life, now: clock.now) { return fight.wait(using: &random) }
        fight.reset()
        return retry.wait(using: &random)
    }

    private func failed(_ mode: DetectionPolicy.Mode, _ master: MasterURL, _ error: MasterError) async -> Duration? {
        var reason = error.description
        switch error {
        case .redirected(let target):
            if ring.redirected(to: target) { return nil }
            reason += ", which does not lead either"
        case .refused: roundHadRefusal = true
        case .failed, .unexpected: roundHadAnswer = true
        case .unreachable, .notLeading: break
        }
        metrics.failure()
        judge.failed(master.description, reason)
        log("Mesos master \(reason.contains(master.description) ? reason : "\(master) \(reason)")")
        guard ring.failed() else { return nil }
        if mode == .stream {
            if roundHadRefusal {
                policy.streamRefused(now: clock.now)
            } else if roundHadAnswer {
                policy.streamFailed(now: clock.now)
            }
        }
        let fallsBack = policy.mode(now: clock.now) != mode
        (roundHadRefusal, roundHadAnswer) = (false, false)
        // A refused stream is no trouble before polling has been tried.
        if fallsBack { return nil }
        if let verdict = judge.verdict(now: clock.now) {
            await link.setHealth(.init(reason: verdict, mode: mode.rawValue, master: nil))
            status(verdict)
        }
        await ready()
        return retry.wait(using: &random)
    }

    /// Tells people how it is, soon.
    func status(_ text: String) {
        switch statusLine.set(text, now: clock.now) {
        case .nothing: break
        case .tell(let text): Task { await report.status(text) }
        case .later(let time):
            Task {
                try? await Task.sleep(until: time, clock: clock)
                if let text = statusLine.due(now: clock.now) { await report.status(text) }
            }
        }
    }

    private func sleep(_ time: Duration) async {
        let pause = Task { _ = try? await Task.sleep(for: time) }
        self.pause = pause
        await withTaskCancellationHandler {
            await pause.value
        } onCancel: {
            pause.cancel()
        }
        self.pause = nil
    }

    private func log(_ text: String) {
        guard case .write(let suppressed) = limiter.admit(text, at: clock.now) else { return }
        logger.warning("\(text)\(suppressed > 0 ? " (and \(suppressed) times before)" : "")")
    }
}

extension Duration {
    /// For people: whole seconds, or milliseconds if it is short.
    var rounded: String {
        let (seconds, attoseconds) = components
        return seconds >= 10 ? "\(seconds) s" : "\(seconds * 1000 + attoseconds / 1_000_000_000_000_000) ms"
    }
}

extension Timestamp {
    /// The time of day.
    static var now: Timestamp {
        Timestamp(nanoseconds: SystemTime.now)
    }
}
