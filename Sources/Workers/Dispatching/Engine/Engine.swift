import Complaints

/// Decides who does what next: events in, one ledger transaction, effects out. Knows no channels, no tasks, no clock
/// but the one it is given.
///
/// Everything that has arrived is handled in one transaction, so that one `fsync` serves all of it. What the engine
/// itself remembers (``State``) is a value: when a transaction fails, it is put back and the same events are handled
/// again, in memory if the disk is in trouble.
final class Engine {
    /// Open cases that the ledger holds in memory while the disk is in trouble.
    static let maximumInMemory = 200_000
    /// Pieces of work that become due in one transaction, and cases that are pruned in one.
    static let step = 256
    static let upkeepInterval = Duration.seconds(60)
    /// An uploader may be away so long before cases that are overdue go on without their logs.
    static let uploaderAbsence = Duration.seconds(600)
    /// Crashes after which a piece of work is given up.
    static let fatalCrashes = 3

    struct PeerState: Sendable {
        let role: Role
        /// Between `begin` and `end` of a snapshot, with the rule for what of it is news; nil outside.
        var snapshot: BaselineRule?
        /// Snapshots that have begun.
        var snapshots = 0
        /// For which generation of the ledger a snapshot was asked.
        var resynced = -1
        var collections = CreditBook<FailureKey, OpenCase>()
        var deliveries = CreditBook<Int64, OpenDelivery>()
        /// Where a reporter stands, in its own words.
        var note: String?
        /// How many reports it may have in hands for one destination; nil: any number.
        var perDestination: Int?

        var inFlight: Int { collections.inFlight.count + deliveries.inFlight.count }
    }

    /// The way of a reporter to a place.
    struct Route: Hashable, Sendable {
        var reporter: String
        var name: String
    }

    struct State: Sendable {
        var peers: [PeerID: PeerState] = [:]
        var current: [Role: PeerID] = [:]
        /// What the poller sent while there was no room for it, in order.
        var held: [(PeerID, PollerMessage)] = []
        var health = HealthAnswer(ok: false, reason: "the poller has not reported yet")
        var pollerGone: Timestamp?
        /// Since when there is no uploader, if there is none.
        var uploaderGone: Timestamp
        /// Ways of reporters that do not work before a moment.
        var holds: [Route: Timestamp] = [:]
        /// Ways that did not work, and have not worked since.
        var trials: [Route: Trial] = [:]
        /// When the last report arrived.
        var arrivals: [Route: Timestamp] = [:]
        /// Names of tasks about which the service takes no reports, while it takes others.
        var stumbles: [Route: Set<String>] = [:]
        var hasBegun = false
        /// The app that had its turn to have a case collected.
        var collectedApp = ""
        /// Cases that were chosen as the oldest failure since then.
        var collectedByAge = 0
        var lastFailure: (name: String, at: Timestamp)?
        var nextUpkeep = Timestamp(nanoseconds: .min)
        var now = Timestamp(nanoseconds: .min)
    }

    let settings: DispatchSettings
    let keeper: LedgerKeeper
    let backoff: Backoff
    let jitter: () -> Double
    var state: State
    /// Hashes of the keys in a snapshot that is under way; a collision only keeps a key longer.
    var listed: [PeerID: Set<Int>] = [:]
    /// What is to be done when the transaction is through.
    var effects: [DispatchEffect] = []
    /// When there is something to do without an event.
    private(set) var wakeAt: Timestamp?
    /// No new work is given out, and a worker that goes away has not crashed.
    var isStopping = false

    init(
        settings: DispatchSettings, keeper: LedgerKeeper, now: Timestamp,
        jitter: @escaping () -> Double = { Double.random(in: 0...1) }
    ) {
        self.settings = settings
        self.keeper = keeper
        self.jitter = jitter
        state = State(uploaderGone: now)
        backoff = Backoff(retryFor: settings.retryFor)
    }

    var inFlight: Int { state.peers.values.reduce(0) { $0 + $1.inFlight } }

    /// Handles everything that has arrived.
    ///
    /// - Returns: what is to be done now, in this order; everything it rests on is in the ledger.
    /// - Throws: when neither disk nor memory take the ledger any more.
    func process(_ events: [DispatchEvent], now: Timestamp) throws(LedgerError) -> [DispatchEffect] {
        if now >= state.nextUpkeep { try keeper.checkFile(now: now) }
        if keeper.returnToDisk(now: now) { state.nextUpkeep = now }
        let saved = state
        var pruned = 0
        wakeAt = try keeper.transaction(now: now) { tx in
            state = saved
            effects = []
            if now < state.now.adding(.zero - .seconds(60)) {
                try tx.stopWaiting(now: now)
                state.holds = [:]
                state.trials = [:]
                state.arrivals = [:]
                state.stumbles = [:]
                state.nextUpkeep = now
                note(.clockSetBack)
            }
            if !state.hasBegun {
                // What a former dispatcher knew of ways that do not work is found out again, with the oldest reports.
                try tx.releaseRoutes()
                try tx.rebuildQueues(ordered: settings.ordered)
                state.hasBegun = true
            }
            state.now = now
            // Before what arrives, which belongs to the next window.
            try releaseFloods(tx)
            try releaseRoutes(tx)
            for event in events { try handle(event, tx) }
            try releaseHeld(tx)
            try tx.promote(now: now, limit: Self.step)
            pruned = try upkeep(tx)
            if !isStopping { try giveWork(tx) }
            try askForSnapshots(tx)
            let due = try tx.nextDue()
            return [due, state.nextUpkeep, keeper.nextReturn].compactMap { $0 }.min()
        }
        if pruned > 0 { keeper.shrink(pages: 4 * Self.step) }
        defer { effects = [] }
        return effects
    }

    func note(_ note: DispatchNote) {
        effects.append(.note(note))
    }

    private func handle(_ event: DispatchEvent, _ tx: LedgerTransaction) throws {
        switch event {
        case .connected(let id, let role):
            if let former = state.current[role] {
                // Which of two connections is the later one is in their numbers, whoever was heard of first.
                guard former.number < id.number else { return effects.append(.close(id, role, offence: nil)) }
                try release(former, reason: "another took its place", tx)
                effects.append(.close(former, role, offence: nil))
            }
            state.peers[id] = PeerState(role: role)
            state.current[role] = id
            if role == .poller { state.pollerGone = nil }
        case .gone(let id, let reason):
            guard let role = state.peers[id]?.role else { return }
            try release(id, reason: reason, tx)
            effects.append(.close(id, role, offence: nil))
        case .offended(let id, let reason): try offend(id, reason, tx)
        case .poller(let id, let message):
            guard state.peers[id] != nil else { return }
            try handle(message, from: id, tx)
        case .uploader(let id, let message):
            guard state.peers[id] != nil else { return }
            try handle(message, from: id, tx)
        case .reporter(let id, let message):
            guard let peer = state.peers[id], case .reporter(let kind) = peer.role else { return }
            try handle(message, from: id, kind, tx)
        case .test(let failure): try test(failure, tx)
        }
    }

    /// The worker broke the protocol: what it had in hands goes back, as if it had crashed.
    func offend(_ id: PeerID, _ reason: String, _ tx: LedgerTransaction) throws {
        guard let role = state.peers[id]?.role else { return }
        try release(id, reason: reason, tx)
        effects.append(.close(id, role, offence: reason))
    }

    private func upkeep(_ tx: LedgerTransaction) throws -> Int {
        guard state.now >= state.nextUpkeep else { return 0 }
        let pruned = try keeper.prune(tx, before: state.now.adding(.zero - settings.keep), limit: Self.step)
        if pruned > 0 { note(.pruned(cases: pruned)) }
        try tx.tidyFloods(now: state.now, limit: Self.step)
        try tx.tidyQueues()
        forgetRoutes()
        let expired = try expireWithoutWorker(tx) + expireHeldRoutes(tx)
        // As long as there is a full load, go on at once, but let what arrives meanwhile go first.
        let isBusy = pruned == Self.step || expired >= Self.step
        state.nextUpkeep = isBusy ? state.now : state.now.adding(Self.upkeepInterval)
        return pruned
    }
}
