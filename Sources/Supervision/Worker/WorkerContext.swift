import FoundationEssentials

/// A fresh end of the data channel to another worker.
public struct Peer: Sendable {
    /// The other worker's role.
    public let role: String
    let descriptor: Descriptor

    public init(role: String, descriptor: Descriptor) {
        self.role = role
        self.descriptor = descriptor
    }

    /// The channel, once the worker knows which messages it speaks with that role.
    public func channel<Incoming: ChannelMessage, Outgoing: ChannelMessage>(
        receiving: Incoming.Type, sending: Outgoing.Type
    ) -> MessageChannel<Incoming, Outgoing> {
        MessageChannel(descriptor)
    }
}

/// What a worker's code sees of the supervisor.
public struct WorkerContext: Sendable {
    /// Which worker this is: `poller`, `reporter/file`, …
    public let role: String
    /// Everything the supervisor told it.
    public let settings: WorkerSettings
    /// Data channels as they come: a new one for a role replaces the one before, whose peer is gone.
    public let peers: AsyncStream<Peer>
    /// How all workers are, whenever that changed; only the hub gets these.
    public let reports: AsyncStream<[WorkerReport]>
    /// The workers' metrics as they come; only the hub gets these.
    public let metricsReports: AsyncStream<MetricsReport>
    /// Why the worker is to stop, once it has been cancelled: `SIGTERM`. Empty when nobody said so.
    public let stopReason: @Sendable () -> String
    private let send: @Sendable (WorkerMessage) async -> Void
    private let visiting: @Sendable (String) async -> Result<Peer, VisitError>

    /// For the runtime, and for tests that run a worker's code in their own process.
    public init(
        role: String, settings: WorkerSettings, peers: AsyncStream<Peer>, reports: AsyncStream<[WorkerReport]>,
        metricsReports: AsyncStream<MetricsReport> = AsyncStream { $0.finish() },
        stopReason: @escaping @Sendable () -> String = { "" },
        visiting: @escaping @Sendable (String) async -> Result<Peer, VisitError> = { role in
            .failure(VisitError(role, present: []))
        },
        send: @escaping @Sendable (WorkerMessage) async -> Void
    ) {
        self.role = role
        self.settings = settings
        self.peers = peers
        self.reports = reports
        self.metricsReports = metricsReports
        self.stopReason = stopReason
        self.visiting = visiting
        self.send = send
    }

    /// Configured and able to work. Say it once.
    public func ready() async { await send(.ready) }

    /// One line for people, shown by `systemctl status`.
    public func status(_ text: String) async { await send(.status(text)) }

    /// Leaves a note for the worker that takes this one's place if it dies, in place of the last one; empty: none. It is
    /// with the kernel when this returns, and then with the supervisor, whose memory is the only place where it is kept:
    /// the place for what must survive a crash and be on no disk. At most 1 MiB.
    public func leave(note: [UInt8]) async { await send(.note(note)) }

    /// The most bytes that a worker may hand over: in base64, with the settings and the note, they fit into one frame.
    public static let maximumHandover = 8 << 20

    /// Hands the state over from which the next worker resumes if this one dies, in place of the last one. It is with the
    /// kernel when this returns, and the supervisor reads it before it starts the next worker: call this before the effect
    /// that the state is about. At most ``maximumHandover`` bytes.
    public func handOver(_ state: [UInt8]) async { await send(.handover(state)) }

    /// All work is done and the program is to end with that exit status; return from `run` afterwards. For workers that
    /// are specified so (``WorkerSpecification/mayFinish``).
    public func done(exitCode: Int32) async { await send(.done(exitCode: exitCode)) }

    /// A channel of its own to another worker, which serves it by its ``WorkerProcess``' `visitors`. For workers that are
    /// specified so (``WorkerSpecification/mayVisit``).
    ///
    /// - Throws: ``VisitError`` when there is no such worker at the moment.
    public func visit(_ role: String) async throws(VisitError) -> Peer { try await visiting(role).get() }

    /// The roles of the other workers that run, for workers that may visit them.
    public func neighbours() async -> [String] {
        // Nobody is called so, and who is not there is told who is.
        if case .failure(let absence) = await visiting("") { absence.present } else { [] }
    }

    /// The peer of that role broke the protocol: close the channel, then say so; the supervisor restarts it.
    public func offender(_ role: String, reason: String) async { await send(.offender(role: role, reason: reason)) }
}

/// The code of a worker.
public protocol Worker: Sendable {
    /// Works until it is cancelled: the supervisor then wants it to stop, and kills it after a few seconds.
    ///
    /// Returning without having been cancelled counts as a crash, unless it said `done`, and so does an error.
    func run(_ context: WorkerContext) async throws
}
