/// `State` of an inspected container.
public struct ContainerState: Sendable, Equatable, Decodable {
    /// `created`, `running`, `paused`, `restarting`, `removing`, `exited` or `dead`.
    public var status: String
    /// Of the container's first process; over 128 it was a signal, or the process says so. Meaningless while running.
    public var exitCode: Int
    /// Whether the kernel killed one of its processes for lack of memory, not always the first.
    public var isOutOfMemory: Bool
    /// Why it could not be started, in Docker's words; empty when it could.
    public var error: String
    /// RFC 3339 with nanoseconds; `0001-01-01T00:00:00Z` for never.
    public var startedAt: String
    public var finishedAt: String

    /// Whether a process of it may be at work: paused and restarting ones count.
    public var isRunning: Bool { ["running", "paused", "restarting"].contains(status) }
    /// Whether it was never started.
    public var isCreated: Bool { status == "created" }

    public init(
        status: String, exitCode: Int = 0, isOutOfMemory: Bool = false, error: String = "",
        startedAt: String = never, finishedAt: String = never
    ) {
        self.status = status
        self.exitCode = exitCode
        self.isOutOfMemory = isOutOfMemory
        self.error = error
        self.startedAt = startedAt
        self.finishedAt = finishedAt
    }

    /// Go's zero time.
    public static let never = "0001-01-01T00:00:00Z"

    private enum CodingKeys: String, CodingKey {
        case status = "Status"
        case exitCode = "ExitCode"
        case isOutOfMemory = "OOMKilled"
        case error = "Error"
        case startedAt = "StartedAt"
        case finishedAt = "FinishedAt"
    }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            status: try fields.decode(String.self, forKey: .status),
            exitCode: try fields.decodeIfPresent(Int.self, forKey: .exitCode) ?? 0,
            isOutOfMemory: try fields.decodeIfPresent(Bool.self, forKey: .isOutOfMemory) ?? false,
            error: try fields.decodeIfPresent(String.self, forKey: .error) ?? "",
            startedAt: try fields.decodeIfPresent(String.self, forKey: .startedAt) ?? Self.never,
            finishedAt: try fields.decodeIfPresent(String.self, forKey: .finishedAt) ?? Self.never)
    }
}
