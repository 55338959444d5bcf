import Complaints
import HTTPClient
import MesosClient
import Reporting
import Synchronization

/// `complainer check`: looks at the whole configuration without starting anything.
enum CheckCommand {
    /// How long a master may take to answer.
    private static let patience = Duration.seconds(5)

    static func run(_ arguments: [String]) async -> Int32 {
        let configuration = Complainer.configuration(arguments, command: "check")
        var findings = StartUpCheck.findings(configuration)
        if configuration.all.bool("offline") != true {
            findings += await masters(configuration)
            // What is wrong already would only be wrong once more.
            if !findings.contains(where: { $0.severity == .error && $0.setting.hasPrefix("s3") }) {
                findings += await store(configuration)
            }
            let wrong = Set(findings.filter { $0.severity == .error }.map(\.setting))
            for reporter in configuration.reporters where !wrong.contains(where: { $0.hasPrefix("\(reporter).") }) {
                if let finding = await ReporterRegistry.kind(reporter)?.inquiry(configuration.all) {
                    findings.append(finding)
                }
            }
        }
        for finding in findings { print(finding) }
        let errors = findings.count { $0.severity == .error }
        if findings.isEmpty { print("the configuration is good") }
        let mode = configuration.all["labels.destinations"].flatMap(LabelDestinations.init) ?? .any
        print("-labels.destinations=\(mode.rawValue): \(mode.summary)")
        return errors == 0 ? 0 : 1
    }

    /// Asks every master; one that does not answer is a warning as long as another does.
    private static func masters(_ configuration: Configuration) async -> [Finding] {
        let client = HTTPClient()
        defer { client.shutdown() }
        let names = configuration.all.all("masters")
        var problems: [String] = []
        for name in names {
            if let problem = await problem(of: name, client) { problems.append(problem) }
        }
        return problems.map { problem in
            Finding(
                problems.count == names.count ? .error : .warning, "masters", problem,
                remedy: problem.contains(" 401") || problem.contains(" 403")
                    ? "give the masters as http://user:password@host:port"
                    : "name masters as http://host:port, with the port that they listen on")
        }
    }

    private static func problem(of name: String, _ client: HTTPClient) async -> String? {
        let master: MasterURL
        do throws(MasterURL.Invalid) {
            master = try MasterURL(name)
        } catch let invalid {
            return "\(name): \(invalid.reason)"
        }
        var request = HTTPRequest(.get, master.url("/master/health"))
        request.credentials = master.credentials
        request.timeout = patience
        do throws(HTTPError) {
            _ = try await client.send(request).requireSuccess()
            return nil
        } catch {
            return error.description
        }
    }
}
