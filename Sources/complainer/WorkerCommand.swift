import Complaints
import Dispatching
import Glibc
import Logging
import Metrics
import Observability
import Polling
import Reporting
import Serving
import Supervision
import Templates
import Uploading

/// `complainer worker ROLE`: what the supervisor execs. Not for people.
enum WorkerCommand {
    static func run(_ arguments: [String]) -> Never {
        guard let role = arguments.first, fcntl(3, F_GETFD) >= 0 else {
            Complainer.complain("complainer: the supervisor starts workers; run complainer without \"worker\"")
            exit(2)
        }
        let metrics = MetricsStore()
        WorkerProcess(role: role).run(
            configured: { settings in
                MetricsSystem.bootstrap(metrics)
                if let budget = SettingValues(settings.values).duration("templates.budget") {
                    RenderingBudget.limit = budget
                }
                MetricHelp.describe(in: metrics)
                Redactor.shared.register(settings.values[ReservedSetting.secrets] ?? [])
                Logs.bootstrap(
                    program: "complainer", role: role,
                    format: LogFormat(rawValue: settings.values["log-format"]?.last ?? "") ?? .auto,
                    level: Logger.Level(rawValue: settings.values["log-level"]?.last ?? "") ?? .info)
                try sandbox(role, settings)
                SandboxProbe.run(role: role, logger: Logger(label: role))
            },
            metrics: { metrics.snapshot(withProcess: .current()).encoded() },
            visitors: { await ProfileHost.serve($0) },
            make: { role, _ in try worker(role) })
    }

    private static func sandbox(_ role: String, _ settings: WorkerSettings) throws {
        guard SettingValues(settings.values).bool("sandbox") != false else { return }
        try WorkerSandbox.enter(
            RolePermissions.permissions(of: role, settings), role: role, logger: Logger(label: role))
    }

    private static func worker(_ role: String) throws -> any Worker {
        switch role {
        case "poller": return PollingWorker(filter: frameworkFilter)
        case "dispatcher": return DispatchingWorker()
        case "uploader": return UploadingWorker()
        case "server": return ServingWorker()
        default: return try ReportingWorker(kind: String(role.dropFirst("reporter/".count)))
        }
    }

    private static func frameworkFilter(_ settings: WorkerSettings) throws -> @Sendable (String) -> Bool {
        let filter = try FrameworkFilter(
            allow: settings.values["framework-whitelist"] ?? [], deny: settings.values["framework-blacklist"] ?? [])
        return { filter.admits($0) }
    }
}
