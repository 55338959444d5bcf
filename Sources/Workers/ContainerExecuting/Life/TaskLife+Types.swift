import DockerClient
import MesosExecutor

/// What happens in a life, what it wants done, and what it must not forget.
extension TaskLife {
    public enum Phase: Sendable, Equatable {
        /// No task has come yet.
        case waiting
        /// A process before this one had the task: what has become of its container?
        case adopting
        /// The image is being fetched.
        case pulling
        /// What the container needs besides is being fetched: its secrets.
        case preparing
        case creating
        case starting
        case running
        /// Sidecar is told, then given time.
        case draining(until: Instant?)
        /// The container was asked to end; at that time it is forced.
        case stopping(until: Instant)
        /// Its last output is being put into the sandbox, at most until then.
        case copyingLogs(TaskOutcome, until: Instant)
        /// The last update is on its way, or was; at that time we leave without an answer. nil: the agent is away.
        case reporting(until: Instant?)
        case done(exitCode: Int32)
    }

    /// What the search for a container found.
    public enum Found: Sendable, Equatable {
        case nothing
        case created(id: String)
        case running(id: String, networks: [NetworkInfo])
        case ended(id: String, ContainerEnd)
    }

    public enum Event: Sendable, Equatable {
        case tick
        case launched(TaskOrder)
        /// No task has come, for too long.
        case idle
        /// A task that cannot be run as it is.
        case refused(TaskOrder, TaskOutcome)
        case found(Found)
        case pulled
        case prepared
        case created(id: String)
        case started(networks: [NetworkInfo])
        /// Pull, preparation, create or start failed, in the words of whoever refused.
        case failed(String)
        case ended(ContainerEnd)
        /// There is no such container any more.
        case vanished
        case stop(StopRequest)
        case unhealthy(Int)
        /// Sidecar has been told; if it does not listen, there is nothing to wait for.
        case drainAnswered(isAccepted: Bool)
        /// From there on they are to be copied.
        case logsReady(LogMark)
        case logsCopied
        /// The agent has an update. It may be that nobody will acknowledge it.
        case taken(uuid: String, isToBeAcknowledged: Bool)
        case acknowledged(uuid: String)
        case connected
        case disconnected
        /// The agent has been away for too long.
        case agentLost(String)
    }

    public enum Action: Sendable, Equatable {
        case update(TaskStatus)
        case lookForContainer
        case pull
        case prepare
        case create
        case start(id: String)
        /// Pull, preparation, or draining: nobody wants it any more.
        case cancel
        /// Wait for its end, and look after its health.
        case watch(id: String)
        case drain(id: String)
        case askToStop(id: String, within: Duration)
        case kill(id: String)
        /// One that never ran.
        case remove(id: String)
        /// Finds out what is to be copied; by a process before this one it was begun there.
        case prepareLogs(id: String, begunAt: LogMark?)
        case copyLogs(id: String, from: LogMark)
        case finish(exitCode: Int32)
    }

    public struct Limits: Sendable, Equatable {
        /// For the last output.
        public var logs: Duration = .seconds(300)
        /// For the acknowledgement of the last update, by an agent that is there.
        public var acknowledgement: Duration = .seconds(30)
        /// For an agent that has the last update and acknowledges nothing any more.
        public var farewell: Duration = .seconds(1)
        /// Docker forces the end itself when the time is over; so long after that we do.
        public var lead: Duration = .milliseconds(500)
        /// Between two attempts to force a container's end.
        public var kill: Duration = .seconds(5)
        /// What is left of the agent's patience after the container's end: for logs and the last update.
        public var reserve: Duration = .seconds(2)
        public init() {}
    }

    /// What a new process needs to carry on.
    public struct Memory: Sendable, Equatable, Codable {
        public var containerID: String?
        /// RUNNING was reported.
        public var hasRun = false
        public var cause: StopCause?
        /// From SIGTERM to SIGKILL, as whoever wanted its end has it.
        public var gracePeriod: Duration?
        /// When the agent ends us by force, of the clock that is the same for all processes until the next boot.
        public var agentDeadline: Instant?
        /// From where the last output is being copied, if it is.
        public var logs: LogMark?
        /// The uuid of the last update, once it was made.
        public var lastUpdate: String?
        public init() {}
    }
}
