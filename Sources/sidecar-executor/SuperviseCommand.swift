import CProcess
import CSandbox
import ContainerExecuting
import DockerClient
import FoundationEssentials
import Glibc
import Logging
import MesosExecutor
import Observability
import Supervision

/// Without a command: supervises the worker that runs the task.
enum SuperviseCommand {
    /// The supervisor waits as long as the task's own grace periods take; this is for a worker that hangs.
    private static let stopLimit: Duration = .seconds(3600)

    static func run() -> Int32 {
        // It is started by the number of a descriptor.
        cprocess_set_name(SidecarExecutor.name)
        // Before the first thread: signals are for the supervisor's loop alone.
        let signals: Int32
        do throws(SystemError) {
            signals = try Supervisor.takeSignals(also: [SIGUSR1])
        } catch {
            SidecarExecutor.complain("\(SidecarExecutor.name): \(error)")
            return 1
        }
        let variables = ProcessInfo.processInfo.environment
        let (settings, mistakes) = ExecutorSettings.resolve(variables)
        var problems = mistakes.map(\.description)
        do throws(DockerSettingError) {
            _ = try DockerEndpoint(environment: variables)
        } catch {
            problems.append(error.description)
        }
        for problem in problems { SidecarExecutor.complain("\(SidecarExecutor.name): \(problem)") }
        let sandbox: String
        let lock: SandboxLock?
        do {
            sandbox = try ExecutorEnvironment(variables).sandbox
            lock = try SandboxLock(SandboxLock.executor, in: sandbox)
        } catch {
            SidecarExecutor.complain("\(SidecarExecutor.name): \(error)")
            return 1
        }
        guard let lock else {
            SidecarExecutor.complain("\(SidecarExecutor.name): another executor works in this sandbox")
            return 1
        }
        defer { withExtendedLifetime(lock) {} }
        csandbox_hide_process()
        ExecutorLogs.bootstrap(settings, variables, role: "supervisor")
        let logger = Logger(label: "supervisor")
        announce(settings, variables, logger)

        var hooks = SupervisorHooks()
        hooks.workerStatus = { _, line in setTitle(line) }
        // A copy of this program runs beside every task, and mostly waits: what starting up needed is given back.
        hooks.watchdog = { cprocess_release_memory() }
        hooks.watchdogInterval = .seconds(20)
        var policy = RestartPolicy()
        // Somebody must be there when the container ends, and for the agent: what it says meanwhile (KILL!) is lost, and
        // when it restarts it waits 2 s for its executors.
        policy.startsOverAtOnce = true
        policy.longestDelay = .milliseconds(500)
        policy.giveUpAfter = settings.maxRestarts > 0 ? settings.maxRestarts : nil
        var limits = ProcessLimits()
        limits.core = 0  // a core dump holds every secret of the process
        let worker = WorkerSpecification(
            role: ContainerWorker.role,
            settings: WorkerSettings(
                values: problems.isEmpty
                    ? [:] : [ContainerWorker.problemSetting: [problems.joined(separator: "; ")]],
                environment: variables),
            limits: limits, mayFinish: true)
        // With a problem there will be no container.
        let relay = problems.isEmpty ? RelayCommand.specification(settings, variables, limits) : nil
        let workers = [worker] + (relay.map { [$0] } ?? [])
        let supervisor = Supervisor(
            arguments: [CommandLine.arguments.first ?? SidecarExecutor.name, "worker"],
            environment: workerEnvironment(variables), workers: workers,
            signals: signals, policy: policy, stopLimit: stopLimit, hooks: hooks, logger: logger)
        let exitCode = supervisor.run()
        RelayCommand.removeFiles(variables)
        logger.info("stopped", metadata: ["status": "\(exitCode)"])
        return exitCode
    }

    /// What stands in the worker's environ, where other processes of the same user can read it: no secret. All the rest
    /// goes over the control channel.
    private static func workerEnvironment(_ variables: [String: String]) -> [String: String] {
        var kept = variables.filter {
            ["PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "MESOS_SANDBOX", "SWIFT_BACKTRACE"].contains($0.key)
        }
        // glibc's malloc gives each thread an arena of its own; one is enough here.
        kept["MALLOC_ARENA_MAX"] = "1"
        return kept
    }

    private static func announce(_ settings: ExecutorSettings, _ variables: [String: String], _ logger: Logger) {
        logger.info("starting", metadata: ["version": "\(SidecarExecutor.version)"])
        for (name, value) in settings.listing { logger.info("setting \(name)=\(value)") }
        for (name, value) in StartUpListing.environment(variables) { logger.info("environment \(name)=\(value)") }
    }

    static func setTitle(_ line: String) {
        cprocess_set_title("\(SidecarExecutor.name) \(line)")
    }
}
