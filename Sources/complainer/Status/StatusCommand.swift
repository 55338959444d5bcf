import Complaints
import FoundationEssentials
import Glibc
import HTTPClient

/// `complainer status [-json]`: asks the running instance how it is.
///
/// Exit status: 0 healthy, 3 when no Mesos master can be talked to, 1 when no instance answers.
enum StatusCommand {
    static func run(_ arguments: [String]) -> Never {
        let configuration = Complainer.configuration(arguments, command: "status", requiresAll: false)
        Task { exit(await report(configuration)) }
        while true { pause() }
    }

    private static func report(_ configuration: Configuration) async -> Int32 {
        let instance = configuration.all["name"] ?? LabelResolver.defaultName
        let paths = ControlSocket.candidates(
            instance: instance, runtimeDirectory: ProcessInfo.processInfo.environment["RUNTIME_DIRECTORY"],
            stateDirectory: configuration.all["state"])
        do throws(ControlError) {
            let client = try ControlClient.find(instance: instance, paths: paths)
            defer { client.close() }
            let answers = try await client.answers()
            for problem in answers.problems { Complainer.complain("complainer: \(problem)") }
            if configuration.all.bool("json") == true {
                print(answers.json)
            } else {
                print(StatusPage(answers, isColoured: isColoured).text, terminator: "")
            }
            return answers.health.ok ? 0 : 3
        } catch {
            Complainer.complain("complainer: \(error)")
            return 1
        }
    }

    private static var isColoured: Bool {
        let environment = ProcessInfo.processInfo.environment
        return isatty(STDOUT_FILENO) == 1 && (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
    }
}
