import Complaints
import Logging
import Supervision

/// The dispatcher at work: channels, timers and the engine, in one loop.
///
/// The loop takes everything that has arrived, has the engine handle it in one transaction, and then sends what follows
/// from it. While the disk is busy the next batch gathers; an event that comes alone is handled at once.
actor Dispatcher {
    /// How long an orderly stop waits for answers that are under way.
    static let patience = Duration.seconds(2)
    /// How long a poller may be away before that is a matter of health.
    static let pollerAbsence = Duration.seconds(30)

    private let executor = QueueExecutor()
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private let context: WorkerContext
    private let settings: DispatchSettings
    private let clock: @Sendable () -> Timestamp
    private let inbox = Inbox<DispatchEvent>()
    private let log: Logger

    private var engine: Engine?
    private var metrics = DispatchMetrics()
    private var line = StatusLine()
    private var lastMode: LedgerKeeper.Mode?
    private var reports: [WorkerReport] = []
    private var snapshots: [String: MetricsReport] = [:]
    private var pollers: [PeerID: PeerLink<PollerMessage, PollerOrder>] = [:]
    private var uploaders: [PeerID: PeerLink<UploaderMessage, UploaderOrder>] = [:]
    private var reporters: [PeerID: PeerLink<ReporterMessage, ReporterOrder>] = [:]
    private var server: Task<Void, Never>?
    private var lastPeer = 0
    private var timer: (at: ContinuousClock.Instant, task: Task<Void, Never>)?
    private var stopsAt: ContinuousClock.Instant?

    init(
        context: WorkerContext, settings: DispatchSettings, log: Logger = Logger(label: "dispatcher"),
        clock: @escaping @Sendable () -> Timestamp = Dispatcher.now
    ) {
        self.context = context
        self.settings = settings
        self.log = log
        self.clock = clock
    }

    static let now: @Sendable () -> Timestamp = {
        // Microseconds, as in the keys of cases.
        Timestamp(nanoseconds: WorkerClock.current.nanoseconds / 1000 * 1000)
    }

    /// Works until the task is cancelled, then ends in order.
    func run() async throws {
        let directory = try await claimDirectory()
        let keeper = try LedgerKeeper(directory: directory, now: clock(), log: log)
        let engine = Engine(settings: settings, keeper: keeper, now: clock())
        self.engine = engine
        let (lines, status) = AsyncStream.makeStream(of: String.self, bufferingPolicy: .bufferingNewest(1))
        let helpers = [
            Task { [context] in for await line in lines { await context.status(line) } },
            Task { [context] in for await peer in context.peers { self.connect(peer) } },
            Task { [context] in for await reports in context.reports { self.keep(reports) } },
            Task { [context] in for await report in context.metricsReports { self.keep(report) } },
        ]
        defer {
            status.finish()
            for helper in helpers.dropFirst() { helper.cancel() }
        }
        if let test = settings.test { await inbox.put(.test(test)) }
        await context.ready()
        do {
            defer { shut() }
            try await withTaskCancellationHandler {
                try await loop(engine, status)
            } onCancel: {
                inbox.wake()
            }
        }
        keeper.close(now: clock())
    }

    private func loop(_ engine: Engine, _ status: AsyncStream<String>.Continuation) async throws {
        inbox.wake()
        while true {
            let events = await inbox.take()
            // After the wait and not before it: once we are to stop, nothing new is given out.
            if Task.isCancelled, stopsAt == nil {
                engine.isStopping = true
                stopsAt = .now + Self.patience
            }
            let effects = try engine.process(events, now: clock())
            for effect in effects { perform(effect) }
            if !effects.isEmpty || engine.keeper.mode != lastMode { line.touch() }
            lastMode = engine.keeper.mode
            if let stopsAt, engine.inFlight == 0 || stopsAt <= .now { return }
            if line.isDue(at: .now) {
                let (counts, uploads) = try engine.keeper.read { (try $0.counts(), try $0.uploadCount()) }
                metrics.gauge(counts, uploads: uploads, mode: engine.keeper.mode)
                if let text = line.changed(to: StatusLine.text(try summary(engine))) { status.yield(text) }
            }
            arm(for: engine.wakeAt)
        }
    }

    /// Another dispatcher may be about to die: waits a while for its lock.
    private func claimDirectory() async throws -> StateDirectory {
        let directory: StateDirectory
        if let path = settings.state {
            directory = StateDirectory(path: path)
        } else {
            directory = StateDirectory(path: try TemporaryDirectory.open(), isTemporary: true)
            log.warning(
                "no state directory is configured: what is open is lost when the supervisor ends",
                metadata: ["ledger": "\(directory.path)", "remedy": "-state=DIRECTORY"])
        }
        let deadline = ContinuousClock.now + .seconds(10)
        while true {
            do throws(LedgerError) {
                try directory.prepare()
                return directory
            } catch {
                // What else is wrong with it is the keeper's to deal with.
                guard case .inUse = error else { return directory }
                guard ContinuousClock.now < deadline else { throw error }
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    // MARK: Peers

    private func connect(_ peer: Peer) {
        guard let role = Role(peer.role) else {
            return log.error("a channel to a worker of unknown role", metadata: ["role": "\(peer.role)"])
        }
        lastPeer += 1
        let id = PeerID(number: lastPeer)
        guard role != .server else { return serve(peer) }
        switch role {
        case .poller:
            pollers[id] = PeerLink(peer, role, id, inbox, event: DispatchEvent.poller) { _, _ in nil }
        case .uploader:
            uploaders[id] = PeerLink(peer, role, id, inbox, event: DispatchEvent.uploader) {
                [scheme = settings.agentsScheme] order, reason in
                guard case .collect(let key, let failure, _) = order else { return nil }
                return .collected(key, .sandbox(of: failure, because: reason, scheme: scheme))
            }
        case .reporter:
            reporters[id] = PeerLink(peer, role, id, inbox, event: DispatchEvent.reporter) { order, reason in
                guard case .deliver(let delivery) = order else { return nil }
                return .undelivered(id: delivery.id, reason: reason, retryAfter: nil, permanent: true)
            }
        case .server: break
        }
    }

    private func perform(_ effect: DispatchEffect) {
        switch effect {
        case .poll(let id, let order): pollers[id]?.send(order)
        case .collect(let id, let key, let work):
            uploaders[id]?.send(.collect(key, work.failure, work.standing))
        case .deliver(let id, let delivery): reporters[id]?.send(.deliver(delivery))
        case .close(let id, let role, let offence):
            pollers.removeValue(forKey: id)?.close()
            uploaders.removeValue(forKey: id)?.close()
            reporters.removeValue(forKey: id)?.close()
            guard let offence else { return }
            log.error("a worker broke the protocol", metadata: ["worker": "\(role)", "error": "\(offence)"])
            Task { [context] in await context.offender(role.description, reason: offence) }
        case .note(let note):
            metrics.count(note)
            DispatchLog(logger: log).tell(note)
        }
    }

    private func shut() {
        inbox.close()
        for link in pollers.values { link.close() }
        for link in uploaders.values { link.close() }
        for link in reporters.values { link.close() }
        server?.cancel()
        timer?.task.cancel()
    }

    // MARK: Time

    /// Has the loop run again at a moment, or when the status line or the stop is due.
    private func arm(for moment: Timestamp?) {
        var next = [line.due, stopsAt].compactMap { $0 }
        if let moment { next.append(.now + WorkerClock.current.real(max(.zero, moment.since(clock())))) }
        guard let at = next.min() else { return }
        if let timer, timer.at > .now, timer.at <= at { return }
        timer?.task.cancel()
        // Who is cancelled wakes nobody: it must not be taken for the timer of a later moment.
        timer = nil
        let inbox = inbox
        guard at > .now else { return inbox.wake() }
        timer = (
            at,
            Task {
                do {
                    try await Task.sleep(until: at, clock: .continuous)
                    inbox.wake()
                } catch {
                    // Cancelled: another timer is armed.
                }
            }
        )
    }

    // MARK: The server's questions

    private func keep(_ reports: [WorkerReport]) {
        self.reports = reports
        // Of a worker that is not configured any more there is nothing to tell.
        let roles = Set(reports.map(\.role))
        snapshots = snapshots.filter { roles.contains($0.key) }
    }

    private func keep(_ report: MetricsReport) { snapshots[report.role] = report }

    private func serve(_ peer: Peer) {
        server?.cancel()
        server = Task {
            let channel = peer.channel(receiving: ServerMessage.self, sending: ServerOrder.self)
            defer { channel.close() }
            do throws(ChannelError) {
                while let message = try await channel.receive() {
                    guard case .ask(let id, let what) = message else { continue }
                    try await channel.send(.answer(id: id, json: self.answer(what)))
                }
            } catch {
                guard case .violation(let reason) = error else { return }
                log.error("a worker broke the protocol", metadata: ["worker": "server", "error": "\(reason)"])
                await context.offender("server", reason: reason)
            }
        }
    }

    private func answer(_ what: String) -> String {
        guard let engine else { return Self.error("the dispatcher is starting") }
        do {
            switch what {
            case "health": return try LedgerTransaction.json(health(engine))
            case "workers": return try LedgerTransaction.json(reports)
            case "metrics": return try LedgerTransaction.json(snapshots.values.sorted { $0.role < $1.role })
            case "summary": return try LedgerTransaction.json(try summary(engine))
            case "failures":
                let cases = try engine.keeper.read { try $0.newestCases(limit: CaseAnswer.maximumCount) }
                return try Self.document(of: cases)
            default: return Self.error("unknown question: \(what.prefix(40))")
            }
        } catch {
            return Self.error("\(error)")
        }
    }

    /// Bytes of an answer: it becomes a text within a message, where each quote takes one more.
    private static let maximumAnswer = 6 << 20
    /// Bytes of a label in an answer that would be too long otherwise.
    private static let shortLabel = 256

    /// As many of the cases as fit into one message, with short labels if they must be.
    static func document(of cases: [CaseAnswer], maximum: Int = maximumAnswer) throws -> String {
        var cases = cases
        var json = try LedgerTransaction.json(cases)
        guard json.utf8.count > maximum else { return json }
        for number in cases.indices {
            let short = cases[number].failure.labels.filter { $0.key.utf8.count + $0.value.utf8.count <= shortLabel }
            cases[number].failure.labels = Dictionary(
                uniqueKeysWithValues: short.sorted { $0.key < $1.key }.prefix(64).map { ($0.key, $0.value) })
        }
        json = try LedgerTransaction.json(cases)
        while json.utf8.count > maximum, !cases.isEmpty {
            cases.removeLast((cases.count + 1) / 2)
            json = try LedgerTransaction.json(cases)
        }
        return json
    }

    private static func error(_ reason: String) -> String {
        (try? LedgerTransaction.json(["error": reason])) ?? "{}"
    }

    private func health(_ engine: Engine) -> HealthAnswer {
        var health = engine.state.health
        if let gone = engine.state.pollerGone, clock().since(gone) > Self.pollerAbsence {
            health.ok = false
            health.reason = "the poller is away since \(Int(clock().since(gone).components.seconds)) s"
        }
        return health
    }

    private func summary(_ engine: Engine) throws -> SummaryAnswer {
        var counts = try engine.keeper.read { try $0.counts() }
        let floods = try engine.keeper.read { try $0.heldFloods(limit: SummaryAnswer.maximumFloods) }
        let uploads = try engine.keeper.read { try $0.uploadCount() }
        let cases = counts.removeValue(forKey: "") ?? [:]
        // Also those that have had nothing to do yet.
        for reporter in settings.reporters where counts[reporter] == nil { counts[reporter] = [:] }
        let backlog = CaseState.allCases.filter(\.isOpen).reduce(0) { $0 + (cases[$1.rawValue] ?? 0) }
        return SummaryAnswer(
            cases: cases, deliveries: counts, backlog: backlog, ledger: engine.keeper.path,
            mode: engine.keeper.mode.rawValue, trouble: engine.keeper.trouble?.description,
            lastFailure: engine.state.lastFailure?.name, lastFailureAt: engine.state.lastFailure?.at,
            floods: floods.isEmpty ? nil : floods, uploads: uploads > 0 ? uploads : nil)
    }
}
