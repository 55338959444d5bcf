import LogRelaying
import MesosExecutor
import Supervision

/// What each worker of the executor may do: the whole table.
enum RolePermissions {
    /// - Parameter variables: the worker's environment.
    static func permissions(of role: String, _ variables: [String: String]) -> WorkerPermissions {
        switch role {
        case LogRelayWorker.role:
            // Asks Docker, and sends datagrams. It keeps its place in the log in the task's sandbox.
            WorkerPermissions(
                sockets: [.internet, .unix], connections: .any,
                reads: [variables["DOCKER_CERT_PATH"], variables["HOME"].map { "\($0)/.docker" }].compactMap(\.self),
                writes: [(try? ExecutorEnvironment(variables))?.sandbox].compactMap(\.self))
        default:
            // The container's worker starts helpers that know a registry's password, and these may need anything.
            WorkerPermissions(mayExecute: true)
        }
    }
}
