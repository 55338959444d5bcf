import MesosExecutor

/// What a task's life depends on, out of the task and the settings.
public struct TaskOrder: Sendable, Equatable {
    public var taskID: String
    public var image: String
    /// For the message about a container that ran out of it; 0: unknown.
    public var memoryMegabytes: Double
    /// From SIGTERM to SIGKILL, unless a kill says otherwise.
    public var gracePeriod: Duration
    /// The same when health checks failed.
    public var unhealthyGracePeriod: Duration?
    /// How long Sidecar is given to send the traffic elsewhere before the container is stopped; zero: it is not told.
    public var draining: Duration

    public init(
        taskID: String, image: String, memoryMegabytes: Double = 0, gracePeriod: Duration = .seconds(5),
        unhealthyGracePeriod: Duration? = nil, draining: Duration = .zero
    ) {
        self.taskID = taskID
        self.image = image
        self.memoryMegabytes = memoryMegabytes
        self.gracePeriod = gracePeriod
        self.unhealthyGracePeriod = unhealthyGracePeriod
        self.draining = draining
    }
}

/// How a container's process ended.
public struct ContainerEnd: Sendable, Equatable {
    public var exitCode: Int
    public var isOutOfMemory: Bool
    /// Bytes; 0: none.
    public var memoryLimit: Int64
    /// What Docker has to say about it; most often nothing.
    public var error: String

    public init(exitCode: Int, isOutOfMemory: Bool = false, memoryLimit: Int64 = 0, error: String = "") {
        self.exitCode = exitCode
        self.isOutOfMemory = isOutOfMemory
        self.memoryLimit = memoryLimit
        self.error = error
    }
}

/// Somebody wants the task to end.
public struct StopRequest: Sendable, Equatable {
    public enum Origin: Sendable, Equatable {
        /// The framework, by a KILL.
        case framework
        /// The agent, which ends the executor by force when so long has passed.
        case agent(within: Duration)
        /// Whoever sent the executor a signal.
        case signal(String)
        /// Our own watch over the credentials that the task was given.
        case credentials(expire: String)
    }

    public var origin: Origin
    /// From SIGTERM to SIGKILL; nil: what the task says.
    public var gracePeriod: Duration?

    public init(_ origin: Origin, gracePeriod: Duration? = nil) {
        self.origin = origin
        self.gracePeriod = gracePeriod
    }

    /// Only a framework has the time for draining.
    var allowsDraining: Bool { origin == .framework }

    var message: String {
        switch origin {
        case .framework: "killed on the framework's request"
        case .agent: "killed because the agent shut the executor down"
        case .signal(let name): "killed because the executor got \(name)"
        case .credentials(let date): "AWS credentials expire at \(date)"
        }
    }
}
