import Complaints
import Dispatching
import FoundationEssentials
import Glibc
import Logging
import Observability
import Reporting
import Supervision
import Synchronization

/// `complainer test-report`: reports one test failure with the settings of this invocation, by the same workers that
/// would report a real one.
///
/// Everything is its own: a supervisor, a ledger in a temporary directory, a control socket in another. An instance that
/// runs is not asked, and not disturbed. There is no poller, so no Mesos is needed.
enum TestReportCommand {
    static func run(_ arguments: [String]) -> Int32 {
        // Before the first thread, as when watching.
        let signals: Int32
        do throws(SystemError) {
            signals = try Supervisor.takeSignals()
        } catch {
            return refuse("\(error)")
        }
        let configuration = configuration(arguments)
        if let finding = StartUpCheck.problem(configuration) { return refuse("\(finding)") }
        let failure: Failure
        do throws(LabelArguments.Invalid) {
            failure = TestFailure.make(labels: try LabelArguments.parse(configuration.all.all("label")))
        } catch {
            return refuse("\(error)")
        }
        guard let folder = PrivateFolder(), let document = try? JSONEncoder().encode(failure) else {
            return refuse("no temporary directory can be made; set TMPDIR to one that this user may write to")
        }
        defer { folder.remove() }
        Redactor.shared.register(configuration.secrets)
        let level = logLevel(configuration)
        Logs.bootstrap(program: "complainer", role: "supervisor", format: .text, level: level)

        var environment = WorkerEnvironment.make()
        environment["RUNTIME_DIRECTORY"] = folder.path
        let supervisor = Supervisor(
            arguments: ["complainer", "worker"], environment: environment,
            workers: workers(configuration, test: String(decoding: document, as: UTF8.self), level: level),
            signals: signals, hooks: SupervisorHooks(), logger: Logger(label: "supervisor"))
        let instance = configuration.all["name"] ?? LabelResolver.defaultName
        let watch = TestReportWatch(
            socket: ControlSocket.path(instance: instance, runtimeDirectory: folder.path, stateDirectory: nil) ?? "",
            patience: configuration.all.duration("timeout") ?? .seconds(30),
            savesLogs: configuration.uploader != "noop")
        tell("reporting the test failure \(failure.id) to \(configuration.reporters.joined(separator: ", "))")
        let status = Mutex<Int32?>(nil)
        Task {
            let isWell = await watch.run { tell($0) }
            status.withLock { $0 = isWell ? 0 : 1 }
            // To the supervisor's loop on the first thread, which then stops the workers in order.
            kill(getpid(), SIGTERM)
        }
        supervisor.run()
        TemporaryLedger.remove()
        guard let status = status.withLock({ $0 }) else { return refuse("interrupted") }
        return status
    }

    private static func refuse(_ line: String) -> Int32 {
        Complainer.complain("complainer: \(line)")
        return 1
    }

    /// A line for people, at once also when the output is no terminal.
    private static func tell(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        _ = bytes.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
    }

    /// The settings, with what a test does not need given: masters, and without an uploader one that saves nothing.
    private static func configuration(_ arguments: [String]) -> Configuration {
        let given = Complainer.configuration(arguments, command: "test-report", requiresAll: false)
        var arguments = arguments
        if let reporter = given.all["reporter"] {
            guard ReporterRegistry.kind(reporter) != nil else {
                Complainer.complain("complainer: \(UnknownReporter(kind: reporter))")
                exit(2)
            }
            arguments.append("-reporters=\(reporter)")
        } else if given.reporters.isEmpty {
            Complainer.complain(
                "complainer: nobody to report to: give -reporter, -reporters, or the whole configuration with -config")
            exit(2)
        }
        if given.uploader == nil { arguments.insert("-uploader=noop", at: 0) }
        if given.all["masters"] == nil { arguments.insert("-masters=http://127.0.0.1:5050", at: 0) }
        return Complainer.configuration(arguments, command: "test-report")
    }

    /// What went wrong is told by the lines of the watch; logs come only to those who ask for them.
    private static func logLevel(_ configuration: Configuration) -> Logger.Level {
        guard let setting = configuration.resolved("log-level"), setting.source != .byDefault,
            let level = Logger.Level(rawValue: setting.values.last ?? "")
        else { return .critical }
        return level
    }

    private static func workers(
        _ configuration: Configuration, test: String, level: Logger.Level
    ) -> [WorkerSpecification] {
        let environment = WorkerEnvironment.secret()
        return configuration.roles.filter { $0 != "poller" }.map { role in
            var worker = WatchCommand.specification(role, configuration, environment)
            // Its own ledger, and nobody but us asks it anything.
            worker.settings.values["state"] = nil
            worker.settings.values["listen"] = nil
            worker.settings.values["log-level"] = [level.rawValue]
            worker.settings.values["log-format"] = ["text"]
            if worker.isHub || role == "uploader" { worker.settings.values[ReservedSetting.test] = [test] }
            return worker
        }
    }
}
