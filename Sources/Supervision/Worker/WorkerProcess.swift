import CProcess
import CSandbox
import FoundationEssentials
import Glibc
import Logging
import Synchronization

/// A worker process from its first instruction to its last: it introduces itself, is configured, answers pings and
/// runs the worker's code until the supervisor wants it to stop.
public struct WorkerProcess: Sendable {
    private let role: String
    private let control: MessageChannel<SupervisorMessage, WorkerMessage>
    private let farewell = Farewell()
    private let visits = Visits()

    /// - Parameter role: the word after `worker` on the command line.
    public init(role: String) {
        self.role = role
        // These are for the supervisor, also when they are sent to every process of that name, group or unit.
        for number in [SIGPIPE, SIGHUP, SIGINT, SIGUSR1, SIGTERM] { signal(number, SIG_IGN) }
        cprocess_set_name(role)
        // Its memory holds secrets, and others of the same user are none of its business.
        csandbox_hide_process()
        control = MessageChannel(Descriptor(owning: CPROCESS_CHANNEL_FD))
    }

    /// Runs the worker and ends the process; does not return.
    ///
    /// - Parameters:
    ///   - configured: called once with the settings, before the worker is made: logging and the like.
    ///   - metrics: its metrics of now, for the hub; asked for every ``metricsInterval``. nil if it has none.
    ///   - visitors: serves a worker that asked for a channel to this one, until it returns; without it nobody is served.
    ///   - make: the worker of that role.
    public func run(
        configured: @escaping @Sendable (WorkerSettings) throws -> Void,
        metrics: (@Sendable () -> [UInt8]?)? = nil,
        visitors: (@Sendable (Peer) async -> Void)? = nil,
        make: @escaping @Sendable (String, WorkerSettings) throws -> any Worker
    ) -> Never {
        Task {
            exit(await life(configured: configured, metrics: metrics, visitors: visitors, make: make))
        }
        while true { pause() }
    }

    /// How old a worker's metrics may be.
    public static let metricsInterval: Duration = .seconds(5)

    private func life(
        configured: @Sendable (WorkerSettings) throws -> Void,
        metrics: (@Sendable () -> [UInt8]?)?,
        visitors: (@Sendable (Peer) async -> Void)?,
        make: @Sendable (String, WorkerSettings) throws -> any Worker
    ) async -> Int32 {
        let context: WorkerContext
        let task: Task<Int32, Never>
        let (peers, peerSource) = AsyncStream.makeStream(of: Peer.self)
        let (reports, reportSource) = AsyncStream.makeStream(
            of: [WorkerReport].self, bufferingPolicy: .bufferingNewest(1))
        // Of each worker the newest counts; with more workers than that some are told of later.
        let (metricsReports, metricsSource) = AsyncStream.makeStream(
            of: MetricsReport.self, bufferingPolicy: .bufferingNewest(64))
        do {
            try await control.send(.hello(role: role, pid: getpid(), version: protocolVersion))
            guard case .configure(let settings)? = try await control.receive() else { return Self.protocolError }
            for (name, value) in settings.environment { setenv(name, value, 1) }
            try configured(settings)
            context = WorkerContext(
                role: role, settings: settings, peers: peers, reports: reports, metricsReports: metricsReports,
                stopReason: { [farewell] in farewell.reason },
                visiting: { [control, visits] role in
                    await visits.visit(role) { try? await control.send($0) }
                },
                send: { [control, farewell] message in
                    // A supervisor that is gone takes this process with it; there is nobody to tell.
                    try? await control.send(message)
                    switch message {
                    case .note, .handover: try? await control.flush()
                    case .done:
                        try? await control.flush()
                        farewell.isDone = true
                    default: break
                    }
                })
            let worker = try make(role, settings)
            task = Task { [role, farewell] in
                let logger = Logger(label: role)
                do {
                    try await worker.run(context)
                    if Task.isCancelled || farewell.isDone { return 0 }
                    logger.error("the worker ended by itself")
                } catch {
                    if Task.isCancelled { return 0 }
                    logger.error("the worker failed: \(error)")
                }
                return Self.failed
            }
        } catch {
            Logger(label: role).error("cannot start: \(error)")
            return Self.failed
        }
        Task { exit(await task.value) }
        if let metrics { Task { await tell(metrics) } }
        do {
            while let (message, descriptor) = try await control.receiveWithDescriptor() {
                switch message {
                // In a task of its own: a pool without a free thread does not answer, and is found out.
                case .ping: Task { try? await control.send(.pong) }
                case .peer(let peerRole):
                    if let descriptor { peerSource.yield(Peer(role: peerRole, descriptor: descriptor)) }
                case .visitor(let guest):
                    if let descriptor, let visitors {
                        visits.receive(Peer(role: guest, descriptor: descriptor), visitors)
                    }
                case .visited(let id):
                    if let descriptor { visits.answered(id, descriptor) }
                case .unvisited(let id, let roles): visits.refused(id, present: roles)
                case .workers(let list): reportSource.yield(list)
                case .metrics(let report): metricsSource.yield(report)
                case .stop(_, let reason):
                    farewell.reason = reason
                    task.cancel()
                case .configure:
                    return Self.protocolError
                }
            }
        } catch {
            Logger(label: role).error("the control channel failed: \(error)")
        }
        // The supervisor is gone, and so must we be.
        return Self.protocolError
    }

    private func tell(_ metrics: @Sendable () -> [UInt8]?) async {
        while !Task.isCancelled {
            if let snapshot = metrics() { try? await control.send(.metrics(snapshot)) }
            try? await Task.sleep(for: Self.metricsInterval)
        }
    }

    /// How it comes to the end.
    private final class Farewell: Sendable {
        private let state = Mutex((reason: "", isDone: false))

        var reason: String {
            get { state.withLock { $0.reason } }
            set { state.withLock { $0.reason = newValue } }
        }
        var isDone: Bool {
            get { state.withLock { $0.isDone } }
            set { state.withLock { $0.isDone = newValue } }
        }
    }

    /// Exit statuses as in sysexits.h: EX_SOFTWARE, EX_PROTOCOL.
    private static let failed: Int32 = 70
    private static let protocolError: Int32 = 76
}
