import Complaints
import Dispatching
import Glibc
import Reporting
import Uploading

/// What can be found out about a configuration before anything is started, on this machine alone.
enum StartUpCheck {
    /// Everything that is wrong or looks wrong, errors first.
    static func findings(_ configuration: Configuration) -> [Finding] {
        var findings: [Finding] = []
        for reporter in configuration.reporters {
            if let kind = ReporterRegistry.kind(reporter) {
                if let problem = kind.problem(configuration.all) { findings.append(problem) }
            } else {
                findings.append(
                    Finding(
                        .error, "reporters", "\"\(reporter)\" is not part of this version",
                        remedy: "use some of \(ReporterRegistry.names.joined(separator: ", "))"))
            }
        }
        // A root that is about to become another user hands the directory over first.
        if let state = configuration.all["state"], geteuid() != 0 || configuration.all["user"] == nil,
            let problem = StateDirectoryCheck.problem(state)
        {
            findings.append(problem)
        }
        do throws(ServiceUserError) {
            if let user = try ServiceUser(configuration.all) { findings += user.findings(configuration.all) }
        } catch {
            findings.append(Finding(.error, "user", error.problem, remedy: error.remedy))
        }
        let others = ConfigurationCheck.offline(configuration, templates: ReportTemplate.problem)
        return findings + others
    }

    /// The first error, which keeps the program from starting.
    static func problem(_ configuration: Configuration) -> Finding? {
        findings(configuration).first { $0.severity == .error }
    }
}
