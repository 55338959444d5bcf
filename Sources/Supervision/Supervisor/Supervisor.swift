import CProcess
import FoundationEssentials
import Glibc
import Logging
import Observability

/// Keeps a set of worker processes alive: forks, configures, pings, restarts and stops them, and gives each a channel
/// to the hub. It is one thread around `poll`, holds nothing of what the workers work on, and parses nothing but their
/// control messages.
public final class Supervisor {
    private typealias Instant = ContinuousClock.Instant

    private var workers: [ManagedWorker]
    private let spawner: Spawner
    private let policy: RestartPolicy
    private let timing: WorkerLife.Timing
    private let hooks: SupervisorHooks
    private let logger: Logger
    private let signals: Int32
    private let workersStop: Duration
    private let clock = ContinuousClock()

    private var stopBegan: Instant?
    private var stopReason = ""
    /// What a worker that finished, or one that cannot be kept alive, makes the program's exit status.
    private var exitCode: Int32?
    /// When those were stopped that are not last.
    private var lastTurnBegan: Instant?
    private var wasReady = false
    private var nextStarting: Instant
    private var nextWatchdog: Instant?
    private var lastReports: [WorkerReport] = []
    private var nextReport: Instant
    /// Something changed that nobody was told yet.
    private var hasNews = false
    private var lastStatus = ""

    /// How long the hub, which is stopped after the workers, may take; with 5 s for them and the kills 10 s in all.
    private static let hubStop: Duration = .seconds(2)
    /// How long a worker may take to leave after it has said that all is done.
    private static let doneStop: Duration = .seconds(10)
    /// A signal that comes again sooner is the same order, which came two ways: to each process of a group, and from one
    /// of them to the next.
    private static let impatience: Duration = .seconds(2)
    /// Bytes of one worker's metrics; a thousand series take a tenth of that.
    private static let maximumMetrics = 1 << 20
    private static let maximumNote = 1 << 20

    /// - Parameters:
    ///   - executable: the program of every worker; `/proc/self/exe` for the one that runs.
    ///   - arguments: the worker's argv but for its last word, the role.
    ///   - environment: the worker's whole environ; put no secret here.
    ///   - signals: a descriptor that reads the signals TERM, INT and HUP, see ``takeSignals(also:)``.
    ///   - stopLimit: how long the workers may take for an orderly stop.
    public init(
        executable: String = "/proc/self/exe", arguments: [String], environment: [String: String],
        workers: [WorkerSpecification], signals: Int32, policy: RestartPolicy = RestartPolicy(),
        timing: WorkerLife.Timing = WorkerLife.Timing(), stopLimit: Duration = .seconds(5), hooks: SupervisorHooks,
        logger: Logger
    ) {
        spawner = Spawner(executable: executable, arguments: arguments, environment: environment)
        self.policy = policy
        self.timing = timing
        workersStop = stopLimit
        self.hooks = hooks
        self.logger = logger
        self.signals = signals
        let now = clock.now
        (nextReport, nextStarting) = (now, now)
        nextWatchdog = hooks.watchdogInterval.map { _ in now }
        self.workers = workers.map { specification in
            // A worker at the side must not end the program that has a main one, nor be in its way.
            var policy = policy
            if !specification.mayFinish, workers.contains(where: \.mayFinish) {
                policy.giveUpAfter = nil
                policy.startsOverAtOnce = false
            }
            return ManagedWorker(specification, life: WorkerLife(startAt: now, policy: policy, timing: timing))
        }
    }

    /// Blocks TERM, INT and HUP in the calling thread and all that it starts, and returns a descriptor that reads them.
    /// Call it before the first thread is started.
    ///
    /// - Parameter more: other signals that are to stop the program.
    public static func takeSignals(also more: [Int32] = []) throws(SystemError) -> Int32 {
        let all = [SIGTERM, SIGINT, SIGHUP] + more
        // A shell without job control starts what runs in its background with SIGINT ignored, and what is ignored is never
        // read from a descriptor. SIGHUP may well be ignored on purpose.
        for number in all where number != SIGHUP { signal(number, SIG_DFL) }
        let descriptor = cprocess_signalfd(all, all.count)
        guard descriptor >= 0 else { throw SystemError("signalfd", -descriptor) }
        signal(SIGPIPE, SIG_IGN)
        return descriptor
    }

    /// Runs until a signal asks to stop, or a worker has finished, and all workers have ended. Call it on the program's
    /// first thread.
    ///
    /// - Returns: the exit status that the worker which finished wants; 1 when a worker crashed too often, or when one that
    ///   was to finish never said that it has; otherwise 0.
    @discardableResult
    public func run() -> Int32 {
        while !isFinished {
            step()
        }
        for worker in workers { worker.link = nil }
        return exitCode ?? (workers.contains { $0.specification.mayFinish } ? 1 : 0)
    }

    private var isFinished: Bool {
        stopBegan != nil && workers.allSatisfy { $0.life.state == .stopped }
    }

    private func step() {
        let now = clock.now
        for worker in workers {
            reap(worker)
            feed(.tick, to: worker)
        }
        finishFirst(now)
        stopLast(now)
        workers.removeAll { $0.isLeaving && $0.life.state == .stopped }
        tell(now)
        guard !isFinished else { return }
        wait()
    }

    // MARK: Waiting

    private func wait() {
        var polled = [pollfd(fd: signals, events: Int16(POLLIN), revents: 0)]
        var linked: [(worker: ManagedWorker, link: ControlLink)] = []
        for worker in workers {
            guard let link = worker.link, !link.isClosed else { continue }
            linked.append((worker, link))
            polled.append(pollfd(fd: link.descriptor.number, events: link.pollEvents, revents: 0))
        }
        guard poll(&polled, nfds_t(polled.count), timeout()) > 0 else { return }
        if polled[0].revents != 0 {
            while case let number = cprocess_read_signal(signals), number != 0 { handle(signal: number) }
        }
        for ((worker, link), ready) in zip(linked, polled.dropFirst()) where ready.revents != 0 {
            serve(worker, link, events: Int32(ready.revents))
        }
    }

    /// Milliseconds until something is due; a dying process is looked after often, as nothing else tells its end.
    private func timeout() -> Int32 {
        let now = clock.now
        var next = now + .seconds(1)
        for worker in workers {
            if let deadline = worker.life.deadline { next = min(next, deadline) }
            if case .ending = worker.life.state { next = min(next, now + .milliseconds(5)) }
        }
        if let nextWatchdog { next = min(next, nextWatchdog) }
        if hasNews { next = min(next, nextReport) }
        let left = now.duration(to: next)
        return max(0, Int32((left / .milliseconds(1)).rounded(.up)))
    }

    private func handle(signal: Int32) {
        switch signal {
        case SIGHUP:
            logger.info("reloading the configuration")
            if stopBegan == nil, let wanted = hooks.reload() { apply(wanted) }
        default:
            let name = ExitStatus.name(ofSignal: signal)
            guard let stopBegan else {
                beginStop(because: name)
                return
            }
            // A second Ctrl-C is meant.
            let isMeant = signal == SIGINT && stopReason == name
            guard isMeant || stopBegan.duration(to: clock.now) >= Self.impatience else {
                logger.info("\(name): stopping already")
                return
            }
            logger.warning("\(name) again: stopping at once")
            for worker in workers { feed(.kill, to: worker) }
        }
    }

    // MARK: Stopping and reloading

    private func beginStop(because reason: String) {
        logger.info("stopping", metadata: ["reason": "\(reason)"])
        stopBegan = clock.now
        stopReason = reason
        hooks.stopping()
        for worker in workers where !worker.specification.isLast && !worker.specification.mayFinish {
            feed(.stop(within: workersStop), to: worker)
        }
    }

    /// A worker whose work has an end is to come to it: one that dies on the way is started again for that.
    private func finishFirst(_ now: Instant) {
        guard let stopBegan else { return }
        for worker in workers where worker.specification.mayFinish {
            finish(worker, within: workersStop, since: stopBegan, now)
        }
    }

    private func finish(_ worker: ManagedWorker, within limit: Duration, since began: Instant, _ now: Instant) {
        let left = limit - began.duration(to: now)
        if left > .zero {
            if worker.life.isReady { feed(.finish(within: left), to: worker) }
        } else if !worker.hasHadItsTime {
            worker.hasHadItsTime = true
            feed(.stop(within: .zero), to: worker)
        }
    }

    /// The hub goes last: it takes down what the others finished on their way out. So do those who have something to
    /// finish themselves.
    private func stopLast(_ now: Instant) {
        guard stopBegan != nil else { return }
        guard workers.allSatisfy({ $0.specification.isLast || $0.life.state == .stopped }) else { return }
        let began = lastTurnBegan ?? now
        if lastTurnBegan == nil {
            lastTurnBegan = now
            for worker in workers where worker.specification.isHub {
                feed(.stop(within: Self.hubStop), to: worker)
            }
        }
        for worker in workers {
            guard let limit = worker.specification.finishesWithin else { continue }
            finish(worker, within: limit, since: began, now)
        }
    }

    private func apply(_ wanted: [WorkerSpecification]) {
        let now = clock.now
        for worker in workers where !wanted.contains(where: { $0.role == worker.specification.role }) {
            worker.isLeaving = true
            logger.info("stopping a worker that is not configured any more", metadata: worker.metadata)
            feed(.stop(within: timing.replace), to: worker)
        }
        for specification in wanted {
            let present = workers.first { $0.specification.role == specification.role && !$0.isLeaving }
            if let present {
                guard present.specification != specification else { continue }
                present.specification = specification
                logger.info("restarting a worker whose settings changed", metadata: present.metadata)
                feed(.replace, to: present)
            } else {
                let added = ManagedWorker(
                    specification, life: WorkerLife(startAt: now, policy: policy, timing: timing))
                workers.append(added)
                logger.info("starting a new worker", metadata: added.metadata)
            }
        }
    }

    // MARK: One worker

    private func feed(_ event: WorkerLife.Event, to worker: ManagedWorker) {
        for action in worker.life.handle(event, now: clock.now) {
            perform(action, for: worker)
        }
    }

    private func perform(_ action: WorkerLife.Action, for worker: ManagedWorker) {
        switch action {
        case .spawn: spawn(worker)
        case .configure: configure(worker)
        case .ping: send(.ping, to: worker)
        case .askToStop(let limit):
            send(.stop(seconds: limit / .seconds(1), reason: stopReason), to: worker)
        case .signal(let number):
            if let pid = worker.life.pid { kill(pid, number) }
        case .hung(let reason):
            logger.error("a worker hangs and is killed", metadata: worker.metadata(["reason": "\(reason)"]))
        case .crashed(let reason, let delay, let looping):
            let details = worker.metadata(["reason": "\(reason)", "restart-in": "\(delay)"])
            if looping {
                logger.error("a worker keeps crashing", metadata: details)
            } else {
                logger.warning("a worker crashed", metadata: details)
            }
        case .gaveUp(let reason):
            logger.critical("a worker crashed too often; giving up", metadata: worker.metadata(["reason": "\(reason)"]))
            exitCode = 1
            if stopBegan == nil { beginStop(because: "\(worker.specification.role) crashed too often") }
        }
    }

    private func spawn(_ worker: ManagedWorker) {
        worker.isConfigured = false
        worker.status = nil
        worker.metrics = nil
        do throws(SystemError) {
            let (pid, control) = try spawner.spawn(
                role: worker.specification.role, limits: worker.specification.limits)
            worker.link = ControlLink(control)
            feed(.spawned(pid: pid), to: worker)
            logger.debug("started a worker", metadata: worker.metadata)
        } catch {
            feed(.spawnFailed(error.description), to: worker)
        }
    }

    private func configure(_ worker: ManagedWorker) {
        var settings = worker.specification.settings
        if !worker.note.isEmpty { settings.note = Data(worker.note) }
        settings.handover = worker.handover.map { Data($0) }
        // Before it is sent: a worker that is found dead then is not configured after all.
        worker.isConfigured = true
        send(.configure(settings), to: worker)
        guard worker.isConfigured else { return }
        let isHub = worker.specification.isHub
        if isHub {
            send(.workers(lastReports), to: worker)
            for other in workers { pass(metricsOf: other, to: worker) }
        }
        for other in workers where other !== worker && other.isConfigured && other.specification.isHub != isHub {
            connect(isHub ? other : worker, to: isHub ? worker : other)
        }
    }

    private func pass(metricsOf worker: ManagedWorker, to hub: ManagedWorker) {
        guard let snapshot = worker.metrics else { return }
        send(.metrics(MetricsReport(role: worker.specification.role, snapshot: snapshot)), to: hub)
    }

    /// Gives a worker and the hub the two ends of a fresh data channel.
    private func connect(_ worker: ManagedWorker, to hub: ManagedWorker) {
        do throws(SystemError) {
            let (one, other) = try Descriptor.socketPair()
            send(.peer(role: hub.specification.role), passing: one, to: worker)
            send(.peer(role: worker.specification.role), passing: other, to: hub)
        } catch {
            logger.error("no data channel", metadata: worker.metadata(["reason": "\(error)"]))
            feed(.violation("no data channel: \(error)"), to: worker)
        }
    }

    /// Gives a worker that may ask for it, and the one that it names, the two ends of a channel.
    private func introduce(_ guest: ManagedWorker, to role: String, id: Int64) {
        guard guest.specification.mayVisit else {
            feed(.violation("asked for a channel to \(role), which is not for it to ask"), to: guest)
            return
        }
        let hosts = workers.filter { $0 !== guest && $0.isConfigured }
        // Descriptors that wait to be sent are held here, so there are none for whoever leaves something unread: a guest
        // that asks and asks must not use up ours.
        guard let host = hosts.first(where: { $0.specification.role == role }), host.link?.hasUnsent == false,
            guest.link?.hasUnsent == false, let (one, other) = try? Descriptor.socketPair()
        else { return send(.unvisited(id: id, roles: hosts.map(\.specification.role)), to: guest) }
        send(.visitor(role: guest.specification.role), passing: other, to: host)
        send(.visited(id: id), passing: one, to: guest)
    }

    private func send(_ message: SupervisorMessage, passing: Descriptor? = nil, to worker: ManagedWorker) {
        guard let link = worker.link, !link.isClosed else { return }
        do throws(ChannelError) {
            try link.send(message, passing: passing)
        } catch .broken where link.isClosed {
            disconnected(worker)
        } catch {
            feed(.violation(error.description), to: worker)
        }
    }

    private func serve(_ worker: ManagedWorker, _ link: ControlLink, events: Int32) {
        do throws(ChannelError) {
            if events & POLLOUT != 0 { try link.flush() }
            try link.receive { handle($0, from: worker) }
        } catch .broken {
            // The end of the channel, below.
        } catch {
            feed(.violation(error.description), to: worker)
        }
        if link.isClosed, worker.link === link { disconnected(worker) }
    }

    private func disconnected(_ worker: ManagedWorker) {
        worker.isConfigured = false
        feed(.disconnected, to: worker)
        reap(worker)
    }

    private func handle(_ message: WorkerMessage, from worker: ManagedWorker) {
        switch message {
        case .hello(let role, let pid, let version):
            guard role == worker.specification.role, pid == worker.life.pid, version == protocolVersion else {
                feed(.violation("introduced itself as \(role), process \(pid), protocol \(version)"), to: worker)
                return
            }
            feed(.hello, to: worker)
        case .ready: feed(.ready, to: worker)
        case .pong: feed(.pong, to: worker)
        case .status(let text):
            worker.status = text
            hooks.workerStatus(worker.specification.role, text)
        case .done(let code):
            guard worker.specification.mayFinish else {
                feed(.violation("said that all is done, which is not for it to say"), to: worker)
                return
            }
            exitCode = code
            if stopBegan == nil { beginStop(because: "\(worker.specification.role) is done") }
            feed(.stop(within: Self.doneStop), to: worker)
        case .note(let note):
            guard note.count <= Self.maximumNote else {
                feed(.violation("left a note of \(note.count) bytes"), to: worker)
                return
            }
            worker.note = note
        case .handover(let state):
            guard state.count <= WorkerContext.maximumHandover else {
                feed(.violation("handed over \(state.count) bytes"), to: worker)
                return
            }
            worker.handover = state
        case .visit(let id, let role): introduce(worker, to: role, id: id)
        case .metrics(let snapshot):
            guard snapshot.count <= Self.maximumMetrics else {
                logger.warning("metrics of \(snapshot.count) bytes are left out", metadata: worker.metadata)
                return
            }
            worker.metrics = snapshot
            for hub in workers where hub.specification.isHub && hub.isConfigured { pass(metricsOf: worker, to: hub) }
        case .offender(let role, let reason):
            guard
                worker.specification.isHub
                    || workers.contains(where: { $0.specification.role == role && $0.specification.isHub })
            else {
                feed(.violation("accused \(role), which is no peer of it"), to: worker)
                return
            }
            for accused in workers where accused.specification.role == role {
                feed(.violation("\(worker.specification.role) says: \(reason)"), to: accused)
            }
        }
    }

    private func reap(_ worker: ManagedWorker) {
        guard let pid = worker.life.pid else { return }
        var status: Int32 = 0
        guard waitpid(pid, &status, WNOHANG) == pid else { return }
        // What it said before it died is still in the channel.
        if let link = worker.link { try? link.receive { handle($0, from: worker) } }
        let exit = ExitStatus(waitStatus: status)
        if exit.isViolation {
            logger.error(
                "a worker was ended by its sandbox: \(worker.status ?? "it said no more")", metadata: worker.metadata)
        }
        worker.link = nil
        worker.isConfigured = false
        worker.status = nil
        feed(.exited(exit), to: worker)
    }

    // MARK: Telling

    private func tellStarting(_ now: Instant) {
        guard now >= nextStarting else { return }
        nextStarting = now + .seconds(1)
        hooks.starting()
    }

    private func tell(_ now: Instant) {
        if let nextWatchdog, let interval = hooks.watchdogInterval, now >= nextWatchdog {
            hooks.watchdog()
            self.nextWatchdog = now + interval
        }
        hooks.beat()
        if !wasReady, stopBegan == nil {
            wasReady = workers.allSatisfy { worker in
                worker.life.isReady || worker.specification.mayBeLate && worker.life.restarts > 0
            }
            if wasReady { hooks.ready() } else { tellStarting(now) }
        }
        let reports = workers.map { $0.report(at: now) }
        hasNews = reports != lastReports
        guard hasNews, now >= nextReport else { return }
        hasNews = false
        nextReport = now + .milliseconds(250)
        lastReports = reports
        for hub in workers where hub.specification.isHub && hub.isConfigured { send(.workers(reports), to: hub) }
        let line = StatusLine.compose(reports, stopping: stopBegan != nil)
        guard line != lastStatus else { return }
        lastStatus = line
        hooks.status(line)
    }
}
