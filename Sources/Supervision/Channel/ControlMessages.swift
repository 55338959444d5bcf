import FoundationEssentials

/// What a worker tells the supervisor over its control channel.
public enum WorkerMessage: ChannelMessage, Equatable {
    /// The first message: who speaks, in which version of the protocol.
    case hello(role: String, pid: Int32, version: Int)
    /// Configured and able to work.
    case ready
    /// Answer to a ping.
    case pong
    /// One line for people.
    case status(String)
    /// A snapshot of the worker's metrics, opaque to the supervisor.
    case metrics([UInt8])
    /// The peer of that role broke the protocol of the data channel and is to be restarted.
    case offender(role: String, reason: String)
    /// What the worker that takes this one's place is to know, opaque to the supervisor, which keeps the newest in its
    /// memory; empty: nothing.
    case note([UInt8])
    /// The state that the worker after this one resumes from; opaque to the supervisor, which keeps the newest in memory.
    case handover([UInt8])
    /// There is nothing left to do for anybody: the program is to end with that exit status.
    case done(exitCode: Int32)
    /// Asks for a channel to the worker of that role; `visited` or `unvisited` answers with the same id.
    case visit(id: Int64, role: String)

    public static var heartbeat: (message: Self, json: StaticString)? { (.pong, #"{"type":"pong"}"#) }
    public var isHeartbeat: Bool {
        if case .pong = self { true } else { false }
    }

    private enum Key: String, CodingKey {
        case type, role, pid, version, text, snapshot, reason, exitCode, note, state, id
    }
    private enum Kind: String, Codable {
        case hello, ready, pong, status, metrics, offender, note, handover, done, visit
    }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        switch try fields.decode(Kind.self, forKey: .type) {
        case .hello:
            self = .hello(
                role: try fields.decode(String.self, forKey: .role), pid: try fields.decode(Int32.self, forKey: .pid),
                version: try fields.decode(Int.self, forKey: .version))
        case .ready: self = .ready
        case .pong: self = .pong
        case .status: self = .status(try fields.decode(String.self, forKey: .text))
        case .metrics: self = .metrics(Array(try fields.decode(Data.self, forKey: .snapshot)))
        case .offender:
            self = .offender(
                role: try fields.decode(String.self, forKey: .role),
                reason: try fields.decode(String.self, forKey: .reason))
        case .note: self = .note(Array(try fields.decode(Data.self, forKey: .note)))
        case .handover: self = .handover(Array(try fields.decode(Data.self, forKey: .state)))
        case .done: self = .done(exitCode: try fields.decode(Int32.self, forKey: .exitCode))
        case .visit:
            self = .visit(
                id: try fields.decode(Int64.self, forKey: .id), role: try fields.decode(String.self, forKey: .role))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        switch self {
        case .hello(let role, let pid, let version):
            try fields.encode(Kind.hello, forKey: .type)
            try fields.encode(role, forKey: .role)
            try fields.encode(pid, forKey: .pid)
            try fields.encode(version, forKey: .version)
        case .ready: try fields.encode(Kind.ready, forKey: .type)
        case .pong: try fields.encode(Kind.pong, forKey: .type)
        case .status(let text):
            try fields.encode(Kind.status, forKey: .type)
            try fields.encode(text, forKey: .text)
        case .metrics(let snapshot):
            try fields.encode(Kind.metrics, forKey: .type)
            try fields.encode(Data(snapshot), forKey: .snapshot)
        case .offender(let role, let reason):
            try fields.encode(Kind.offender, forKey: .type)
            try fields.encode(role, forKey: .role)
            try fields.encode(reason, forKey: .reason)
        case .note(let note):
            try fields.encode(Kind.note, forKey: .type)
            try fields.encode(Data(note), forKey: .note)
        case .handover(let state):
            try fields.encode(Kind.handover, forKey: .type)
            try fields.encode(Data(state), forKey: .state)
        case .done(let exitCode):
            try fields.encode(Kind.done, forKey: .type)
            try fields.encode(exitCode, forKey: .exitCode)
        case .visit(let id, let role):
            try fields.encode(Kind.visit, forKey: .type)
            try fields.encode(id, forKey: .id)
            try fields.encode(role, forKey: .role)
        }
    }
}

/// What the supervisor tells a worker.
public enum SupervisorMessage: ChannelMessage, Equatable {
    /// The answer to hello: everything the worker may know.
    case configure(WorkerSettings)
    case ping
    /// A fresh end of the data channel to the worker of that role; the descriptor travels with it.
    case peer(role: String)
    /// The channel that was asked for by `visit`; the descriptor travels with it.
    case visited(id: Int64)
    /// There is none: the worker does not run, or takes nothing at the moment. With the roles of those that run.
    case unvisited(id: Int64, roles: [String])
    /// A channel to the worker of that role, which asked for it; the descriptor travels with it.
    case visitor(role: String)
    /// How all workers are, for the status page.
    case workers([WorkerReport])
    /// What a worker said of its metrics, opaque to the supervisor; only the hub gets these.
    case metrics(MetricsReport)
    /// Finish what is under way within so many seconds, then exit; and why: `SIGTERM`.
    case stop(seconds: Double, reason: String)

    public var carriesDescriptor: Bool {
        switch self {
        case .peer, .visited, .visitor: true
        default: false
        }
    }

    public static var heartbeat: (message: Self, json: StaticString)? { (.ping, #"{"type":"ping"}"#) }
    public var isHeartbeat: Bool {
        if case .ping = self { true } else { false }
    }

    private enum Key: String, CodingKey { case type, settings, role, workers, seconds, report, reason, id, roles }
    private enum Kind: String, Codable {
        case configure, ping, peer, visited, unvisited, visitor, workers, metrics, stop
    }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        switch try fields.decode(Kind.self, forKey: .type) {
        case .configure: self = .configure(try fields.decode(WorkerSettings.self, forKey: .settings))
        case .ping: self = .ping
        case .peer: self = .peer(role: try fields.decode(String.self, forKey: .role))
        case .visited: self = .visited(id: try fields.decode(Int64.self, forKey: .id))
        case .unvisited:
            self = .unvisited(
                id: try fields.decode(Int64.self, forKey: .id),
                roles: try fields.decode([String].self, forKey: .roles))
        case .visitor: self = .visitor(role: try fields.decode(String.self, forKey: .role))
        case .workers: self = .workers(try fields.decode([WorkerReport].self, forKey: .workers))
        case .metrics: self = .metrics(try fields.decode(MetricsReport.self, forKey: .report))
        case .stop:
            self = .stop(
                seconds: try fields.decode(Double.self, forKey: .seconds),
                reason: try fields.decode(String.self, forKey: .reason))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        switch self {
        case .configure(let settings):
            try fields.encode(Kind.configure, forKey: .type)
            try fields.encode(settings, forKey: .settings)
        case .ping: try fields.encode(Kind.ping, forKey: .type)
        case .peer(let role):
            try fields.encode(Kind.peer, forKey: .type)
            try fields.encode(role, forKey: .role)
        case .visited(let id):
            try fields.encode(Kind.visited, forKey: .type)
            try fields.encode(id, forKey: .id)
        case .unvisited(let id, let roles):
            try fields.encode(Kind.unvisited, forKey: .type)
            try fields.encode(id, forKey: .id)
            try fields.encode(roles, forKey: .roles)
        case .visitor(let role):
            try fields.encode(Kind.visitor, forKey: .type)
            try fields.encode(role, forKey: .role)
        case .workers(let reports):
            try fields.encode(Kind.workers, forKey: .type)
            try fields.encode(reports, forKey: .workers)
        case .metrics(let report):
            try fields.encode(Kind.metrics, forKey: .type)
            try fields.encode(report, forKey: .report)
        case .stop(let seconds, let reason):
            try fields.encode(Kind.stop, forKey: .type)
            try fields.encode(seconds, forKey: .seconds)
            try fields.encode(reason, forKey: .reason)
        }
    }
}

/// The settings of one worker, as the program resolved them; secrets included, so they travel only in `configure`.
public struct WorkerSettings: Codable, Equatable, Sendable {
    /// Values by the setting's name; a repeatable setting has several.
    public var values: [String: [String]]
    /// Variables that the worker puts into its own environment (proxies may hold passwords, so not by exec).
    public var environment: [String: String]
    /// What a worker before this one has left for it, if there was one.
    public var note: Data?
    /// The newest state that a worker before this one handed over; nil: there was none.
    public var handover: Data?

    public init(values: [String: [String]] = [:], environment: [String: String] = [:], note: Data? = nil) {
        self.values = values
        self.environment = environment
        self.note = note
    }
}

/// A worker's metrics as it sent them last.
public struct MetricsReport: Codable, Equatable, Sendable {
    /// The worker's role.
    public var role: String
    /// In the format of the program's workers; the supervisor only passes it on.
    public var snapshot: Data

    public init(role: String, snapshot: [UInt8]) {
        self.role = role
        self.snapshot = Data(snapshot)
    }
}

/// How one worker is, as the supervisor sees it.
public struct WorkerReport: Codable, Equatable, Sendable {
    public var role: String
    /// waiting, starting, ready, stopping or stopped.
    public var state: String
    public var pid: Int32?
    public var restarts: Int
    /// How the last process ended, if one did.
    public var lastExit: String?
    public var crashLooping: Bool
    /// The worker's own line.
    public var status: String?

    public init(
        role: String, state: String, pid: Int32? = nil, restarts: Int = 0, lastExit: String? = nil,
        crashLooping: Bool = false, status: String? = nil
    ) {
        self.role = role
        self.state = state
        self.pid = pid
        self.restarts = restarts
        self.lastExit = lastExit
        self.crashLooping = crashLooping
        self.status = status
    }
}

/// The version of both protocols; worker and supervisor are the same binary, so a difference is a bug or an attack.
public let protocolVersion = 1
