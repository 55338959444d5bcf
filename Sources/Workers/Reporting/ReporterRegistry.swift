import Supervision

/// The reporters there are: one line for each.
public enum ReporterRegistry {
    public static let all: [String: @Sendable (WorkerSettings) throws -> any Reporter] = [
        FileReporter.kind: { try FileReporter($0) }
    ]
}
