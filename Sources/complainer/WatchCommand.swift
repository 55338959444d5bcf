import CSandbox
import Complaints
import Dispatching
import FoundationEssentials
import Glibc
import Logging
import Observability
import Supervision

/// Without a subcommand: supervises the workers until SIGTERM or SIGINT.
enum WatchCommand {
    static func run(_ arguments: [String]) -> Int32 {
        // Before the first thread: signals are for the supervisor's loop alone.
        let signals: Int32
        do throws(SystemError) {
            signals = try Supervisor.takeSignals()
        } catch {
            Complainer.complain("complainer: \(error)")
            return 1
        }
        let configuration = Complainer.configuration(arguments)
        do throws(ServiceUserError) {
            try ServiceUser(configuration.all)?.become(configuration.all)
        } catch {
            Complainer.complain("complainer: -user: \(error)")
            return 2
        }
        if let finding = StartUpCheck.problem(configuration) {
            Complainer.complain("complainer: \(finding)")
            return 1
        }
        csandbox_hide_process()
        Redactor.shared.register(configuration.secrets)
        Logs.bootstrap(
            program: "complainer", role: "supervisor",
            format: LogFormat(rawValue: configuration.all["log-format"] ?? "") ?? .auto,
            level: Logger.Level(rawValue: configuration.all["log-level"] ?? "") ?? .info)
        let logger = Logger(label: "supervisor")
        for warning in configuration.warnings { logger.warning("\(warning)") }
        if configuration.all.bool("sandbox") == false {
            logger.notice("the sandbox is switched off: each worker may do what its user may")
        } else if let shortcoming = WorkerSandbox.shortcoming {
            logger.notice("\(shortcoming)")
        }
        logger.info("starting", metadata: ["version": "\(Version.number)"])

        let notifier = SystemdNotifier()
        var hooks = SupervisorHooks()
        hooks.watchdogInterval = notifier.watchdogInterval
        hooks.watchdog = notifier.watchdog
        hooks.status = notifier.status
        hooks.stopping = notifier.stopping
        hooks.ready = {
            logger.info("ready: the workers are up and the masters have been asked")
            notifier.ready()
        }
        hooks.starting = { notifier.extendTimeout(.seconds(60)) }
        hooks.beat = notifier.catchUp
        hooks.reload = {
            notifier.reloading()
            defer { notifier.reloaded() }
            return reload(arguments, logger)
        }
        let supervisor = Supervisor(
            arguments: ["complainer", "worker"], environment: WorkerEnvironment.make(), workers: workers(configuration),
            signals: signals, hooks: hooks, logger: logger)
        supervisor.run()
        TemporaryLedger.remove()
        logger.info("stopped")
        return 0
    }

    private static func reload(_ arguments: [String], _ logger: Logger) -> [WorkerSpecification]? {
        do throws(UsageError) {
            let configuration = try Configuration.resolve(
                arguments: arguments, environment: ProcessInfo.processInfo.environment, registry: .program,
                readFile: ConfigurationFiles.read)
            if let finding = StartUpCheck.problem(configuration) {
                logger.error("the new configuration is refused, the old one stays: \(finding)")
                return nil
            }
            Redactor.shared.register(configuration.secrets)
            if let level = Logger.Level(rawValue: configuration.all["log-level"] ?? "") { Logs.level = level }
            return workers(configuration)
        } catch {
            logger.error("the new configuration is refused, the old one stays: \(error)")
            return nil
        }
    }

    private static func workers(_ configuration: Configuration) -> [WorkerSpecification] {
        let environment = WorkerEnvironment.secret()
        return configuration.roles.map { role in
            specification(role, configuration, environment)
        }
    }

    /// One worker, as the configuration has it.
    static func specification(
        _ role: String, _ configuration: Configuration, _ environment: [String: String]
    ) -> WorkerSpecification {
        var values = configuration.values(for: role)
        values[ReservedSetting.secrets] = configuration.secrets(for: role)
        if role == "dispatcher" {
            values[ReservedSetting.destinations] = configuration.destinations
            values[ReservedSetting.ordered] = configuration.ordered
        }
        var limits = ProcessLimits()
        limits.core = 0  // a core dump holds every secret of the process
        return WorkerSpecification(
            role: role, settings: WorkerSettings(values: values, environment: environment), limits: limits,
            isHub: role == "dispatcher", mayVisit: role == "server",
            mayBeLate: role != "dispatcher" && role != "poller")
    }
}
