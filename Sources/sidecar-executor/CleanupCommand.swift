import ContainerExecuting
import FoundationEssentials
import Glibc

/// `sidecar-executor cleanup`: what executor.sh runs when the executor has ended, for whatever reason.
enum CleanupCommand {
    static func run(_ arguments: [String]) -> Never {
        let variables = ProcessInfo.processInfo.environment
        let onlyTask: Bool
        switch arguments {
        case []: onlyTask = true
        case ["-orphans"], ["--orphans"]: onlyTask = false
        default:
            SidecarExecutor.complain(
                "\(SidecarExecutor.name): cleanup takes -orphans or nothing, not \(arguments.joined(separator: " "))")
            exit(2)
        }
        Task {
            do {
                let cleanup = try Cleanup(variables)
                let report = try await onlyTask ? cleanup.stopTask() : cleanup.stopOrphans()
                for line in report.lines { SidecarExecutor.complain("\(SidecarExecutor.name): \(line)") }
                exit(report.isComplete ? 0 : 1)
            } catch {
                SidecarExecutor.complain("\(SidecarExecutor.name): \(error)")
                exit(1)
            }
        }
        while true { pause() }
    }
}
