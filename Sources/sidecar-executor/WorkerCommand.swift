import CProcess
import ContainerExecuting
import FoundationEssentials
import Glibc
import Supervision

/// `sidecar-executor worker ROLE`: what the supervisor execs. Not for people.
enum WorkerCommand {
    static func run(_ arguments: [String]) -> Never {
        guard let role = arguments.first, fcntl(3, F_GETFD) >= 0 else {
            SidecarExecutor.complain("\(SidecarExecutor.name): the supervisor starts workers; leave out \"worker\"")
            exit(2)
        }
        WorkerProcess(role: role).run(
            configured: { settings in
                ExecutorLogs.bootstrap(
                    ExecutorSettings.resolve(settings.environment).settings, settings.environment, role: role)
            },
            make: { _, _ in ContainerWorker(setTitle: SuperviseCommand.setTitle) })
    }
}
