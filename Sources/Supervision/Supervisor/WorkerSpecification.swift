/// A worker that the supervisor is to keep alive.
public struct WorkerSpecification: Sendable, Equatable {
    /// Its name, unique: `poller`, `reporter/file`, …
    public var role: String
    public var settings: WorkerSettings
    public var limits: ProcessLimits
    /// The hub has a data channel to every other worker, and is stopped after them.
    public var isHub: Bool
    /// Its work has an end, with which the program ends too: it may say `done`.
    public var mayFinish: Bool
    /// It has something to finish when all others have stopped: it is stopped after them, and may take so long. If it
    /// crashes before it is done, it is started again for that. nil: it is stopped with the others.
    public var finishesWithin: Duration?
    /// The program counts as ready without it once it has crashed, as it may go on crashing for ever.
    public var mayBeLate: Bool

    public init(
        role: String, settings: WorkerSettings, limits: ProcessLimits = ProcessLimits(), isHub: Bool = false,
        mayFinish: Bool = false, finishesWithin: Duration? = nil, mayBeLate: Bool = false
    ) {
        self.role = role
        self.settings = settings
        self.limits = limits
        self.isHub = isHub
        self.mayFinish = mayFinish
        self.finishesWithin = finishesWithin
        self.mayBeLate = mayBeLate
    }
}

extension WorkerSpecification {
    /// Whether it is stopped after all others.
    var isLast: Bool { isHub || finishesWithin != nil }
}

/// What the program around the supervisor wants to know and to say. Called on the supervisor's thread: be quick.
public struct SupervisorHooks {
    /// All workers are ready for the first time, but for those that may be late and have crashed.
    public var ready: () -> Void = {}
    /// That has not come yet; about every second.
    public var starting: () -> Void = {}
    /// At least every second.
    public var beat: () -> Void = {}
    /// The state of affairs changed; at most about once a second.
    public var status: (_ line: String) -> Void = { _ in }
    /// Called about every `watchdogInterval`, as long as the supervisor is not stuck.
    public var watchdog: () -> Void = {}
    public var watchdogInterval: Duration?
    public var stopping: () -> Void = {}
    /// SIGHUP: the new workers, or nil to keep everything as it is.
    public var reload: () -> [WorkerSpecification]? = { nil }
    /// A worker said its line.
    public var workerStatus: (_ role: String, _ line: String) -> Void = { _, _ in }

    public init() {}
}
