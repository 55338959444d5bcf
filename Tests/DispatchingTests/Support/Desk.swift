import Complaints
import FoundationEssentials

@testable import Dispatching

/// An engine with a ledger in a directory and a clock that stands still, without channels.
final class Desk {
    var now = at(1000)
    let keeper: LedgerKeeper
    let engine: Engine
    /// What the engine wanted since ``run(_:)`` was called last.
    private(set) var effects: [DispatchEffect] = []
    private var lastPeer: Int

    init(
        _ path: String, reporters: [String] = ["file"], isDefault: Bool = true, catchUp: Duration = .zero,
        retryFor: Duration = .seconds(24 * 3600), keep: Duration = .seconds(7 * 24 * 3600), now: Timestamp = at(1000),
        firstPeer: Int = 0, flood: FloodLimit = .none, ordered: Set<String> = []
    ) throws {
        self.now = now
        lastPeer = firstPeer
        keeper = try LedgerKeeper(directory: StateDirectory(path: path), now: now, log: quiet)
        var settings = DispatchSettings(
            isDefault: isDefault, reporters: reporters, catchUp: catchUp, retryFor: retryFor, keep: keep,
            flood: flood, destinations: ["slack": ["hook_url"]])
        settings.ordered = ordered
        engine = Engine(settings: settings, keeper: keeper, now: now, jitter: { 1 })
    }

    /// Lets the engine handle events in one batch.
    @discardableResult
    func run(_ events: DispatchEvent...) throws -> [DispatchEffect] {
        effects = try engine.process(events, now: now)
        return effects
    }

    func pass(_ seconds: Double) { now = now.adding(.nanoseconds(Int64(seconds * 1e9))) }

    func connect(_ role: Role) throws -> PeerID {
        lastPeer += 1
        let id = PeerID(number: lastPeer)
        try run(.connected(id, role))
        return id
    }

    /// A poller whose first snapshot was empty.
    func baselinedPoller() throws -> PeerID {
        let id = try connect(.poller)
        try run(.poller(id, .snapshot(.begin)), .poller(id, .snapshot(.end)))
        return id
    }

    /// An uploader or reporter with credit; what it gets at once is in ``effects``.
    func worker(_ role: Role, credit: Int = 4) throws -> PeerID {
        let id = try connect(role)
        if role == .uploader {
            try run(.uploader(id, .credit(credit)))
        } else {
            try run(.reporter(id, .credit(credit)))
        }
        return id
    }

    // MARK: What it wanted

    var recorded: [FailureKey] {
        effects.flatMap { effect -> [FailureKey] in
            if case .poll(_, .recorded(let keys)) = effect { return keys } else { return [] }
        }
    }
    var resyncs: Int { effects.count { if case .poll(_, .resync) = $0 { true } else { false } } }
    /// Tasks whose logs are to be collected.
    var collections: [String] { effects.compactMap { if case .collect(_, let key, _) = $0 { key.task } else { nil } } }
    var deliveries: [Delivery] {
        effects.compactMap { if case .deliver(_, let delivery) = $0 { delivery } else { nil } }
    }
    var offences: [String] { effects.compactMap { if case .close(_, _, let offence) = $0 { offence } else { nil } } }
    var notes: [DispatchNote] { effects.compactMap { if case .note(let note) = $0 { note } else { nil } } }

    // MARK: What the ledger says

    func cases() throws -> [CaseAnswer] { try keeper.read { try $0.newestCases(limit: 1000) } }

    /// State of each case by task.
    func states() throws -> [String: String] {
        try Dictionary(cases().map { ($0.key.task, $0.state) }, uniquingKeysWith: { first, _ in first })
    }

    func counts() throws -> [String: [String: Int]] { try keeper.read { try $0.counts() } }

    func seen() throws -> Int {
        try keeper.read { Int(try $0.number("SELECT count(*) FROM seen") ?? -1) }
    }

    /// The directory as a power failure would leave it now: a copy, made while the ledger is open.
    func crashImage() throws -> Scratch {
        let image = Scratch()
        for name in try FileManager.default.contentsOfDirectory(atPath: keeper.directory.path)
        where name.hasPrefix("ledger.sqlite") {
            try FileManager.default.copyItem(
                atPath: "\(keeper.directory.path)/\(name)", toPath: "\(image.path)/\(name)")
        }
        return image
    }
}
