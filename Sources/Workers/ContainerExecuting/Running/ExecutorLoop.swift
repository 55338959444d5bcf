import CProcess
import DockerClient
import FoundationEssentials
import HTTPClient
import Logging
import MesosExecutor
import Observability
import Supervision

/// Feeds the machine with what happens, one thing after the other, and does what it wants done. What must survive is
/// handed over before anything is done.
actor ExecutorLoop {
    private enum Happening: Sendable {
        case input(ExecutorMachine.Input)
        /// Of the subscription of that number; older ones have nothing to say any more.
        case subscription(Int, ExecutorSession.Event)
        case terminate(String)
    }

    private let environment: ExecutorEnvironment
    private let variables: [String: String]
    private let settings: ExecutorSettings
    private let problem: String?
    private let show: @Sendable (String) async -> Void
    private let agent: AgentConnection
    private let docker: DockerClient
    private let http: HTTPClient
    private let handOver: @Sendable ([UInt8]) async -> Void
    private let secrets: TaskSecrets
    private let logger = Logger(label: ContainerWorker.role)
    private let happenings: AsyncStream<Happening>
    private nonisolated let tell: AsyncStream<Happening>.Continuation

    private var machine: ExecutorMachine
    private var saved: Checkpoint?
    private var container: TaskContainer?
    private var subscription: (number: Int, task: Task<Void, Never>)?
    /// What `cancel` cancels.
    private var work: Task<Void, Never>?
    private var watching: [Task<Void, Never>] = []
    /// What is to be finished before we leave.
    private var chores: [Task<Void, Never>] = []
    private var alarm: Task<Void, Never>?
    private var exitCode: Int32?

    init(
        _ environment: ExecutorEnvironment, variables: [String: String], handover: Data?, problem: String?,
        show: @escaping @Sendable (String) async -> Void, note: [UInt8]?,
        leaveNote: @escaping @Sendable ([UInt8]) async -> Void,
        handOver: @escaping @Sendable ([UInt8]) async -> Void
    ) throws {
        self.environment = environment
        self.variables = variables
        self.problem = problem
        self.show = show
        let settings = ExecutorSettings.resolve(variables).settings
        self.settings = settings
        let http = HTTPClient(
            HTTPClient.Configuration(userAgent: "sidecar-executor", maxCachedConnections: 4, proxy: .none))
        self.http = http
        agent = AgentConnection(environment, client: http)
        docker = DockerClient(try Self.endpoint(variables, problem), http: http)
        self.handOver = handOver
        (happenings, tell) = AsyncStream.makeStream(of: Happening.self)
        secrets = TaskSecrets(settings, variables: variables, note: note, leave: leaveNote) { [tell] expiry in
            tell.yield(.input(.life(.stop(StopRequest(.credentials(expire: expiry))))))
        }
        saved = try handover.map { try Checkpoint(handover: $0) }.flatMap { $0 == Checkpoint() ? nil : $0 }
        machine = ExecutorMachine(
            environment, checkpoint: saved, now: .now, patience: ExecutorMachine.patience(isFirst: handover == nil)
        ) { task in
            TaskReading.read(task, settings: settings, environment: environment, problem: problem)
        }
    }

    /// Certificates that are just being renewed must not end a task that runs; they were there when it began.
    private static func endpoint(
        _ variables: [String: String], _ problem: String?
    ) throws(DockerSettingError) -> DockerEndpoint {
        do {
            return try DockerEndpoint(environment: variables, checksFiles: false)
        } catch {
            // The task is refused for it, and Docker asked for nothing.
            guard problem != nil else { throw error }
            return try DockerEndpoint(environment: [:])
        }
    }

    /// The supervisor wants us to end.
    nonisolated func terminate(_ reason: String) {
        tell.yield(.terminate(reason))
    }

    /// Runs until the task is over; the exit status.
    func run() async throws -> Int32 {
        if let saved { logger.info("taking over from a worker that died", metadata: saved.life.metadata) }
        // The next worker is not the first one, whatever happens.
        if saved == nil { await save(Checkpoint()) }
        await secrets.begin()
        await perform(try machine.begin(now: .now, isReported: await secrets.isReported))
        if exitCode == nil { await handle(.tick) }
        var next = happenings.makeAsyncIterator()
        while exitCode == nil, let happening = await next.next() {
            switch happening {
            case .input(let input): await handle(input)
            case .subscription(let number, let event):
                if subscription?.number == number { await handle(.session(event)) }
            case .terminate(let reason):
                await handle(.life(.stop(await StopRequest(endedBy: reason, secrets))))
            }
        }
        await leave()
        return problem == nil ? exitCode ?? 1 : 1
    }

    private func handle(_ input: ExecutorMachine.Input) async {
        let updates = machine.checkpoint.session.updates
        let effects = machine.handle(input, now: .now)
        // First of all: who does not know of the acknowledgement reports the end a second time.
        if case .session(.received(.acknowledged(_, let uuid))) = input, uuid == machine.checkpoint.life.lastUpdate {
            await secrets.leaveReported()
        }
        Fault.strike(ContainerWorker.role, on: "unsaved-\(input.name(among: updates))", name: "")
        if machine.checkpoint != saved ?? Checkpoint() { await save(machine.checkpoint) }
        Fault.strike(ContainerWorker.role, on: "saved-\(input.name(among: updates))", name: "")
        await perform(effects)
        schedule()
    }

    /// - Note: what cannot be handed over is done all the same: it must not end a task that runs.
    private func save(_ checkpoint: Checkpoint) async {
        do {
            await handOver(try checkpoint.handover())
            saved = checkpoint
        } catch {
            logger.error("a crash would now lose what happened: \(error)")
        }
    }

    private func schedule() {
        alarm?.cancel()
        guard let deadline = machine.deadline else { return }
        alarm = Task { [tell] in
            try? await Task.sleep(until: deadline, clock: .continuous)
            if !Task.isCancelled { tell.yield(.input(.tick)) }
        }
    }

    /// Lets what was begun for good order end, for a moment.
    private func leave() async {
        alarm?.cancel()
        work?.cancel()
        for task in watching { task.cancel() }
        subscription?.task.cancel()
        chore { [secrets] in await secrets.giveBack() }
        let limit = Task { [chores] in
            try? await Task.sleep(for: .seconds(3))
            for task in chores { task.cancel() }
        }
        for task in chores { await task.value }
        limit.cancel()
    }

    // MARK: Effects

    private func perform(_ effects: [ExecutorMachine.Effect]) async {
        for effect in effects {
            switch effect {
            case .subscribe(let tasks, let updates): subscribe(tasks, updates)
            case .hangUp: subscription?.task.cancel()
            case .send(let status): send(status)
            case .prepare(let task):
                container = TaskContainer(
                    task, settings: settings, environment: environment, variables: variables, docker: docker,
                    http: http)
            case .life(let action): await perform(action)
            case .say(let note): note.log(logger)
            }
        }
    }

    private func subscribe(_ tasks: [JSONValue], _ updates: [TaskStatus]) {
        subscription?.task.cancel()
        let number = (subscription?.number ?? 0) + 1
        let task = Task { [agent, tell] in
            let reason = await agent.subscribe(tasks: tasks, updates: updates) {
                tell.yield(.subscription(number, .opened))
            } received: { event in
                tell.yield(.subscription(number, .received(event)))
            }
            tell.yield(.subscription(number, .closed(reason)))
        }
        subscription = (number, task)
    }

    private func send(_ status: TaskStatus) {
        if status.state.isTerminal { chore { [secrets] in await secrets.giveBack() } }
        logger.info(
            "reporting \(status.state.rawValue)", metadata: status.message.map { ["message": "\($0)"] } ?? [:])
        Task { [agent, tell, logger] in
            do {
                try await agent.send(status)
                tell.yield(.input(.session(.delivered(uuid: status.uuid))))
            } catch {
                logger.warning("an update was not taken, and will be sent again: \(error)")
                let event = ExecutorSession.Event.undelivered(
                    uuid: status.uuid, reason: "\(error)", isRefused: Self.isRefusal(error))
                tell.yield(.input(.session(event)))
            }
        }
    }

    /// Whether an agent would say the same again.
    private static func isRefusal(_ error: any Error) -> Bool {
        guard case .unsuccessful(let status, _)? = (error as? HTTPError)?.kind else { return false }
        return (400..<500).contains(status) && ![401, 403, 404, 408, 429].contains(status)
    }

    private func perform(_ action: TaskLife.Action) async {
        guard let container else {
            if case .finish(let code) = action { exitCode = code }
            return
        }
        switch action {
        case .update: break  // the machine has sent it on
        case .lookForContainer: begin { .found(await container.find()) }
        case .pull:
            begin {
                try await container.pull()
                return .pulled
            }
        case .prepare:
            begin { [secrets] in
                try await secrets.prepare(container.environmentOfTask())
                return .prepared
            }
        case .create:
            begin { [secrets] in .created(id: try await container.create(with: await secrets.take())) }
        case .start(let id):
            await show(id, container)
            begin { .started(networks: try await container.start(id)) }
        case .cancel: work?.cancel()
        case .watch(let id):
            await show(id, container)
            watching.append(Task { await Self.sparely() })
            watching.append(
                Task { [tell] in
                    if let event = await container.watch(id) { tell.yield(.input(.life(event))) }
                })
            watching.append(
                Task { [tell] in
                    if let count = await container.watchHealth(id) { tell.yield(.input(.life(.unhealthy(count)))) }
                })
        case .drain(let id): begin { .drainAnswered(isAccepted: await container.drain(id)) }
        case .askToStop(let id, let grace): chore { await container.stop(id, grace: grace) }
        case .kill(let id): chore { await container.kill(id) }
        case .remove(let id): chore { await container.remove(id) }
        case .prepareLogs(let id, let begun):
            begin { .logsReady(await container.prepareLogs(id, begunAt: begun)) }
        case .copyLogs(let id, let mark):
            begin {
                await container.copyLogs(id, from: mark)
                return .logsCopied
            }
        case .finish(let code): exitCode = code
        }
    }

    /// One step towards the next phase; what it throws fails the task, unless nobody wants it any more.
    private func begin(_ step: @escaping @Sendable () async throws -> TaskLife.Event) {
        work = Task { [tell] in
            do {
                tell.yield(.input(.life(try await step())))
            } catch {
                if !Task.isCancelled { tell.yield(.input(.life(.failed(Redactor.shared.redact("\(error)"))))) }
            }
        }
    }

    private func chore(_ work: @escaping @Sendable () async -> Void) {
        chores.append(Task { await work() })
    }

    /// A task runs for days, and another copy of this program beside each: gives back what waiting does not need.
    private static func sparely() async {
        var pause: Duration = .seconds(5)
        while (try? await Task.sleep(for: pause)) != nil {
            cprocess_release_memory()
            pause = .seconds(20)
        }
    }

    /// What `ps` shows.
    private func show(_ id: String, _ container: TaskContainer) async {
        await show("\(id.prefix(12)) (\(container.image))")
    }
}

extension TaskLife.Memory {
    fileprivate var metadata: Logger.Metadata {
        [
            "container": "\(containerID?.prefix(12) ?? "none")", "has-run": "\(hasRun)",
            "is-over": "\(lastUpdate != nil)",
        ]
    }
}
