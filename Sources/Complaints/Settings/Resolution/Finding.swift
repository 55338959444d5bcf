/// Something about the configuration that an operator should know. Holds no secret.
public struct Finding: Hashable, Sendable, CustomStringConvertible {
    public enum Severity: String, Sendable { case error, warning }

    public var severity: Severity
    /// The setting's name.
    public var setting: String
    /// Where its value came from, e.g. `environment variable SLACK_FORMAT`; nil when that does not matter.
    public var source: String?
    public var problem: String
    /// What to do about it.
    public var remedy: String

    public init(_ severity: Severity, _ setting: String, _ problem: String, remedy: String, source: String? = nil) {
        self.severity = severity
        self.setting = setting
        self.problem = problem
        self.remedy = remedy
        self.source = source
    }

    /// One line.
    public var description: String {
        "\(severity.rawValue): \(setting)\(source.map { " (\($0))" } ?? ""): \(problem); \(remedy)"
    }
}
