import MesosExecutor
import Supervision

/// How a task ended: what the framework is told.
public struct TaskOutcome: Sendable, Equatable, Codable {
    public var state: TaskState
    public var message: String?
    public var reason: StatusReason?
    public var healthy: Bool?

    public init(_ state: TaskState, _ message: String? = nil, reason: StatusReason? = nil, healthy: Bool? = nil) {
        self.state = state
        self.message = message
        self.reason = reason
        self.healthy = healthy
    }

    /// Whether people will want to see what the container said at last.
    var wantsLogs: Bool { state == .failed }

    /// The image could not be pulled, or the container not be created or started.
    static func launchFailed(_ why: String) -> Self { Self(.failed, why, reason: .launchFailed) }

    /// Of a container that ended although nobody wanted it to.
    static func of(_ end: ContainerEnd, order: TaskOrder) -> Self {
        if end.exitCode == 0 { return Self(.finished) }
        if end.isOutOfMemory {
            let megabytes =
                end.memoryLimit > 0 ? Double(end.memoryLimit) / 1_048_576 : order.memoryMegabytes
            let limit = megabytes > 0 ? ", limit \(Self.number(megabytes)) MB" : ""
            return Self(.failed, "out of memory\(limit)", reason: .memoryLimit)
        }
        // Docker gives 128 plus the signal's number for a process that died of one.
        let signal = Int32(clamping: end.exitCode - 128)
        let words =
            (1...31).contains(signal)
            ? ExitStatus.killed(signal: signal, core: false).description : "exited with status \(end.exitCode)"
        return Self(.failed, end.error.isEmpty ? words : "\(words): \(end.error)", reason: .commandFailed)
    }

    private static func number(_ value: Double) -> String {
        value == value.rounded() && value < 1e15 ? String(Int64(value)) : String((value * 10).rounded() / 10)
    }
}

/// Why we end a container, which decides what its end means.
public enum StopCause: Sendable, Equatable, Codable {
    /// With the message that says who asked; and whether there is time for draining.
    case killed(String, drains: Bool)
    /// So many health checks in a row failed.
    case unhealthy(Int)
    /// There is nobody left to report to.
    case agentLost(String)

    var outcome: TaskOutcome {
        switch self {
        case .killed(let message, _): TaskOutcome(.killed, message)
        case .unhealthy(let count): TaskOutcome(.failed, "failed \(count) Sidecar health checks", healthy: false)
        case .agentLost(let reason): TaskOutcome(.killed, reason)
        }
    }
}
