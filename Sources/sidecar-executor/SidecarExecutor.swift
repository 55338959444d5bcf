import ContainerExecuting
import Glibc
import Observability

/// The program: runs one Docker container as a Mesos task.
@main
enum SidecarExecutor {
    static let name = "sidecar-executor"
    static let version = "2.0.0"

    static func main() {
        LibraryLogs.silence()
        let arguments = Array(CommandLine.arguments.dropFirst())
        switch arguments.first {
        case nil: exit(SuperviseCommand.run())
        case "worker"?: WorkerCommand.run(Array(arguments.dropFirst()))
        case "cleanup"?: CleanupCommand.run(Array(arguments.dropFirst()))
        case "version"?, "-version"?, "--version"?: print("\(name) v\(version)")
        case "help"?, "-h"?, "-help"?, "--help"?: print(Usage.text)
        case let other?:
            complain("\(name): there is no command \"\(other)\"; `\(name) -h` shows those that there are")
            exit(2)
        }
    }

    /// On standard error, for what is said before, or instead of, logging.
    static func complain(_ text: String) {
        let bytes = Array((text + "\n").utf8)
        _ = bytes.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
