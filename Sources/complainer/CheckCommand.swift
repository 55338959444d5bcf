import Complaints
import Reporting

/// `complainer check`: looks at the whole configuration without starting anything.
enum CheckCommand {
    static func run(_ arguments: [String]) -> Int32 {
        let configuration = Complainer.configuration(arguments, command: "check")
        let findings =
            ConfigurationCheck.offline(configuration, templates: ReportTemplate.problem)
        for finding in findings { print(finding) }
        if findings.isEmpty { print("the configuration is good") }
        return findings.contains { $0.severity == .error } ? 1 : 0
    }
}
