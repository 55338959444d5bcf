import Glibc

/// The program: runs one Docker container as a Mesos task.
@main
enum SidecarExecutor {
    static func main() {
        let arguments = Array(CommandLine.arguments.dropFirst())
        switch arguments.first {
        case "version"?: print("sidecar-executor v2.0.0")
        default: exit(2)
        }
    }
}
