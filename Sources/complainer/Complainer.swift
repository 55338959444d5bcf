import CProcess
import Complaints
import FoundationEssentials
import Glibc
import Observability

/// The program: without a subcommand it watches the cluster until it is told to stop.
@main
enum Complainer {
    static func main() {
        LibraryLogs.silence()
        let arguments = Array(CommandLine.arguments.dropFirst())
        switch arguments.first {
        case "worker"?: WorkerCommand.run(Array(arguments.dropFirst()))
        case "version"?, "-version"?, "--version"?: print(Version.line)
        case "help"?: print(Usage.render(.program))
        case "completions"?: exit(CompletionsCommand.run(Array(arguments.dropFirst())))
        case "man"?: exit(ManCommand.run(Array(arguments.dropFirst())))
        case "render"?: exit(RenderCommand.run(Array(arguments.dropFirst())))
        case "check"?: wait { await CheckCommand.run(Array(arguments.dropFirst())) }
        case "test-report"?: exit(TestReportCommand.run(Array(arguments.dropFirst())))
        case "status"?: StatusCommand.run(Array(arguments.dropFirst()))
        default: exit(WatchCommand.run(arguments))
        }
    }

    /// Runs what is asynchronous, and ends the program with its exit status.
    private static func wait(for command: @escaping @Sendable () async -> Int32) -> Never {
        Task { exit(await command()) }
        while true { pause() }
    }

    /// The configuration of this invocation, or the end of the program with the line that says what is wrong.
    static func configuration(
        _ arguments: [String], command: String? = nil, requiresAll: Bool = true
    ) -> Configuration {
        do throws(UsageError) {
            let configuration = try Configuration.resolve(
                arguments: arguments, command: command, environment: ProcessInfo.processInfo.environment,
                registry: .program, requiresAll: requiresAll, readFile: ConfigurationFiles.read)
            hideSecrets(of: configuration)
            return configuration
        } catch .help {
            print(Usage.render(.program))
            exit(0)
        } catch {
            complain("complainer: \(error)")
            if error.showsUsage {
                complain(Usage.render(.program))
                // The usage is longer than a screen, and whoever sits before it wants to know what is wrong.
                if isatty(STDERR_FILENO) == 1 { complain("complainer: \(error)") }
            }
            exit(error.exitCode)
        }
    }

    /// What was given by flag or variable stands where `ps` shows it. What is read again from there later is a copy.
    private static func hideSecrets(of configuration: Configuration) {
        for secret in configuration.secrets { cprocess_hide(secret, 0) }
        for secret in configuration.shortSecrets { cprocess_hide(secret, 1) }
    }

    /// One line on standard error, for what is said before, or instead of, logging.
    static func complain(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        _ = bytes.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
