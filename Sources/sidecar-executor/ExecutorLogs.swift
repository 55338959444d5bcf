import ContainerExecuting
import Logging
import Observability

/// Logging, the same in every process of the tree.
enum ExecutorLogs {
    static func bootstrap(_ settings: ExecutorSettings, _ variables: [String: String], role: String) {
        Redactor.shared.register(StartUpListing.secrets(in: variables))
        Logs.bootstrap(
            program: SidecarExecutor.name, role: role, format: settings.logFormat == "json" ? .json : .text,
            level: settings.debug ? .debug : .info)
    }
}
