/// `State` of an inspected container.
public struct ContainerState: Sendable, Equatable, Decodable {
    /// `created`, `running`, `paused`, `restarting`, `removing`, `exited` or `dead`.
    public var status: String
    public var exitCode: Int
    public var isOutOfMemory: Bool
    /// Why it could not be started, in Docker's words; empty when it could.
    public var error: String
    /// RFC 3339 with nanoseconds; `0001-01-01T00:00:00Z` for never.
    public var startedAt: String
    public var finishedAt: String

    private enum CodingKeys: String, CodingKey {
        case status = "Status"
        case exitCode = "ExitCode"
        case isOutOfMemory = "OOMKilled"
        case error = "Error"
        case startedAt = "StartedAt"
        case finishedAt = "FinishedAt"
    }
}
