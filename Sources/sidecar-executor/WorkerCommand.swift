import CProcess
import ContainerExecuting
import FoundationEssentials
import Glibc
import LogRelaying
import Logging
import Supervision

/// `sidecar-executor worker ROLE`: what the supervisor execs. Not for people.
enum WorkerCommand {
    static func run(_ arguments: [String]) -> Never {
        guard let role = arguments.first, fcntl(3, F_GETFD) >= 0 else {
            SidecarExecutor.complain("\(SidecarExecutor.name): the supervisor starts workers; leave out \"worker\"")
            exit(2)
        }
        // Loading touches much that is never needed again; a copy of this program runs beside every task.
        cprocess_release_memory()
        WorkerProcess(role: role).run(
            configured: { settings in
                let executor = ExecutorSettings.resolve(settings.environment).settings
                ExecutorLogs.bootstrap(executor, settings.environment, role: role)
                if executor.restrict {
                    let permissions = RolePermissions.permissions(of: role, settings.environment)
                    try WorkerSandbox.enter(permissions, role: role, logger: Logger(label: role))
                }
                SandboxProbe.run(role: role, logger: Logger(label: role))
                cprocess_release_memory()
            },
            make: { role, settings in
                switch role {
                case LogRelayWorker.role: try RelayCommand.worker(settings.environment)
                default: ContainerWorker(setTitle: SuperviseCommand.setTitle)
                }
            })
    }
}
