/// What the agent tells an executor by its environment.
public struct ExecutorEnvironment: Sendable, Equatable {
    /// `ip:port` of the agent.
    public var endpoint: String
    /// The name of the agent's process, `slave(1)`, under which it answers as well.
    public var agentProcess: String?
    public var agentID: String
    public var frameworkID: String
    public var executorID: String
    /// The folder whose files people see, as this process sees it.
    public var sandbox: String
    /// The same folder as the host, and so dockerd, sees it: another path when the executor runs in an image itself.
    public var hostSandbox: String
    /// Whether the framework wants its tasks to outlive the agent.
    public var checkpoint: Bool
    /// How long an agent may be away when `checkpoint` is set.
    public var recoveryTimeout: Duration
    /// The longest pause between two attempts to subscribe.
    public var subscriptionBackoffMax: Duration
    /// From SHUTDOWN until the agent kills the executor.
    public var shutdownGracePeriod: Duration
    /// For agents that want to know who is calling.
    public var authenticationToken: String?
    /// The agent's unix socket, which is used instead of `endpoint`.
    public var domainSocket: String?

    public init(
        endpoint: String, agentProcess: String? = nil, agentID: String = "", frameworkID: String, executorID: String,
        sandbox: String, hostSandbox: String? = nil, checkpoint: Bool = false,
        recoveryTimeout: Duration = .seconds(900),
        subscriptionBackoffMax: Duration = .seconds(2), shutdownGracePeriod: Duration = .seconds(5),
        authenticationToken: String? = nil, domainSocket: String? = nil
    ) {
        self.endpoint = endpoint
        self.agentProcess = agentProcess
        self.agentID = agentID
        self.frameworkID = frameworkID
        self.executorID = executorID
        self.sandbox = sandbox
        self.hostSandbox = hostSandbox ?? sandbox
        self.checkpoint = checkpoint
        self.recoveryTimeout = recoveryTimeout
        self.subscriptionBackoffMax = subscriptionBackoffMax
        self.shutdownGracePeriod = shutdownGracePeriod
        self.authenticationToken = authenticationToken
        self.domainSocket = domainSocket
    }

    /// - Throws: ``ExecutorEnvironmentError`` when a variable without which there is no executor is missing. Durations
    ///   that cannot be read have Mesos' own defaults.
    public init(_ environment: [String: String]) throws(ExecutorEnvironmentError) {
        func required(_ name: String) throws(ExecutorEnvironmentError) -> String {
            guard let value = optional(name) else { throw ExecutorEnvironmentError(variable: name) }
            return value
        }
        func optional(_ name: String) -> String? {
            environment[name].flatMap { $0.isEmpty ? nil : $0 }
        }
        func duration(_ name: String) -> Duration? { optional(name).flatMap(MesosDuration.parse) }
        let domainSocket = optional("MESOS_DOMAIN_SOCKET")
        self.init(
            endpoint: domainSocket == nil
                ? try required("MESOS_AGENT_ENDPOINT") : optional("MESOS_AGENT_ENDPOINT") ?? "localhost",
            agentProcess: optional("MESOS_SLAVE_PID").flatMap { pid in
                pid.firstIndex(of: "@").map { String(pid[..<$0]) }
            },
            agentID: optional("MESOS_SLAVE_ID") ?? "",
            frameworkID: try required("MESOS_FRAMEWORK_ID"), executorID: try required("MESOS_EXECUTOR_ID"),
            sandbox: optional("MESOS_SANDBOX") ?? optional("MESOS_DIRECTORY") ?? ".",
            hostSandbox: optional("MESOS_DIRECTORY"),
            checkpoint: optional("MESOS_CHECKPOINT") == "1",
            recoveryTimeout: duration("MESOS_RECOVERY_TIMEOUT") ?? .seconds(900),
            subscriptionBackoffMax: duration("MESOS_SUBSCRIPTION_BACKOFF_MAX") ?? .seconds(2),
            shutdownGracePeriod: duration("MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD") ?? .seconds(5),
            authenticationToken: optional("MESOS_EXECUTOR_AUTHENTICATION_TOKEN"), domainSocket: domainSocket)
    }
}

/// The program was not started by a Mesos agent, or not as an executor.
public struct ExecutorEnvironmentError: Error, Sendable, Equatable, CustomStringConvertible {
    public let variable: String

    public var description: String {
        "\(variable) is not set: a Mesos agent sets it for its executors; make this program the command of a task's executor"
    }
}
