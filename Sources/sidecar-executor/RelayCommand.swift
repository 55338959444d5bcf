import ContainerExecuting
import FoundationEssentials
import Glibc
import LogRelaying
import MesosExecutor
import Supervision

/// The worker that relays the container's output, when one of the settings wants it.
enum RelayCommand {
    /// nil: not wanted.
    static func specification(
        _ settings: ExecutorSettings, _ variables: [String: String], _ limits: ProcessLimits
    ) -> WorkerSpecification? {
        guard settings.relaysOutput else { return nil }
        // What it needs, and no secret.
        let environment = variables.filter { name, _ in
            name.hasPrefix("EXECUTOR_") || name.hasPrefix("DOCKER_") || name.hasPrefix("MESOS_")
                || ["HOME", "LOG_HOSTNAME", Fault.variable].contains(name)
        }.filter { !StartUpListing.isSecret($0.key) }
        return WorkerSpecification(
            role: LogRelayWorker.role, settings: WorkerSettings(environment: environment), limits: limits,
            finishesWithin: LogRelayWorker.farewell)
    }

    static func worker(_ variables: [String: String]) throws -> LogRelayWorker {
        let settings = ExecutorSettings.resolve(variables).settings
        let environment = try ExecutorEnvironment(variables)
        let sandbox = environment.sandbox
        return LogRelayWorker(
            RelaySettings(
                syslog: settings.relaysToSyslog ? settings.syslogAddress : nil,
                format: settings.syslogFormat == "rfc5424" ? .rfc5424 : .json,
                maximumDatagram: settings.syslogMaxSize, toStdout: settings.containerLogsStdout,
                startupTime: settings.relaySyslogStartupOnly ? settings.relaySyslogStartupTime : nil,
                labels: settings.sendDockerLabels,
                hostname: settings.logHostname.isEmpty ? systemHostname : settings.logHostname,
                container: "\(ContainerLabel.sandbox)=\(environment.hostSandbox)",
                progressFile: "\(sandbox)/.sidecar-executor.relay", completionFile: RelayMark.path(in: sandbox)))
    }

    /// All workers have ended, and no other will go on.
    static func removeFiles(_ variables: [String: String]) {
        guard let sandbox = try? ExecutorEnvironment(variables).sandbox else { return }
        for file in ["\(sandbox)/.sidecar-executor.relay", RelayMark.path(in: sandbox)] { unlink(file) }
    }

    private static var systemHostname: String {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "localhost" }
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
