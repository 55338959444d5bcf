import GoNotation

/// What the operator can set, by environment variables named `EXECUTOR_…`.
public struct ExecutorSettings: Sendable, Equatable {
    /// From SIGTERM to SIGKILL, when neither the task nor the kill says otherwise.
    public var killTaskTimeout: Duration = .seconds(5)
    /// Of one request to Sidecar.
    public var httpTimeout: Duration = .seconds(2)
    public var sidecarRetryCount = 5
    public var sidecarRetryDelay: Duration = .seconds(3)
    public var sidecarURL = "http://localhost:7777/state.json"
    /// From the container's start to the first health check.
    public var sidecarBackoff: Duration = .seconds(60)
    public var sidecarPollInterval: Duration = .seconds(30)
    /// Failed checks in a row that are still forgiven.
    public var sidecarMaxFails = 3
    /// From the draining in Sidecar to SIGTERM; zero: no draining.
    public var sidecarDrainingDuration: Duration = .seconds(10)
    public var seedSidecar = false
    /// Whose credentials are used for pulling, before those of the image's own registry.
    public var dockerRepository = "https://index.docker.io/v1/"
    /// How old the output may be that is copied into the sandbox when the task failed.
    public var logsSince: Duration = .seconds(180)
    public var forceCPULimit = false
    public var forceMemoryLimit = false
    public var useCPUShares = false
    public var debug = false
    public var mesosMasterPort = 5050
    public var relaySyslog = false
    public var relaySyslogStartupOnly = false
    public var relaySyslogStartupTime: Duration = .seconds(60)
    public var syslogAddress = HostAndPort(host: "127.0.0.1", port: 514)
    public var containerLogsStdout = false
    /// Names of Docker labels that every relayed line carries.
    public var sendDockerLabels: [String] = []
    /// Empty: the system's host name.
    public var logHostname = ""
    /// Empty: none.
    public var awsRole = ""
    public var awsRoleTTL: Duration?
    public var awsRoleMaxTTL: Duration = .seconds(744 * 3600)
    public var containerNamePrefix = ContainerName.standardPrefix
    /// `text` or `json`.
    public var logFormat = "text"
    /// `json` or `rfc5424`.
    public var syslogFormat = "json"
    /// Bytes of a datagram; longer lines are split.
    public var syslogMaxSize = 8192
    /// From SIGTERM to SIGKILL when health checks failed; nil: as for a kill.
    public var stopOnUnhealthyGrace: Duration?
    /// Crashes of a worker in a row after which the executor gives up; 0: never.
    public var maxRestarts = 100
    /// Whether processes give up what they do not need.
    public var restrict = true

    public init() {}

    /// The settings in `environment`, and whatever is wrong with them. A setting that cannot be read keeps its default.
    ///
    /// An empty value counts as not set, as it does for the original.
    public static func resolve(_ environment: [String: String]) -> (settings: Self, problems: [SettingProblem]) {
        var settings = ExecutorSettings()
        var problems: [SettingProblem] = []
        for definition in SettingTable.all {
            let names = [definition.variable] + definition.aliases
            guard let name = names.first(where: { !(environment[$0] ?? "").isEmpty }), let text = environment[name]
            else { continue }
            if let reason = definition.parse(text, &settings) {
                problems.append(SettingProblem(variable: name, value: text, reason: reason))
            }
        }
        return (settings, problems)
    }

    /// Every setting with its value, for the log.
    public var listing: [(name: String, value: String)] {
        SettingTable.all.map { ($0.variable, $0.show(self)) }
    }

    /// Every setting with its default and what it is for, for people.
    public static var descriptions: [(name: String, value: String, help: String)] {
        let defaults = ExecutorSettings()
        return SettingTable.all.map { ($0.variable, $0.show(defaults), $0.help) }
    }
}

/// A variable whose value cannot be used.
public struct SettingProblem: Error, Sendable, Equatable, CustomStringConvertible {
    public let variable: String
    public let value: String
    /// What would do.
    public let reason: String

    public var description: String { "\(variable)=\"\(value)\": \(reason)" }
}

extension ExecutorSettings {
    /// Whether the container's lines go to syslog, for a while at least.
    public var relaysToSyslog: Bool { relaySyslog || relaySyslogStartupOnly }
    /// Whether they go anywhere while the container runs.
    public var relaysOutput: Bool { relaysToSyslog || containerLogsStdout }
}
