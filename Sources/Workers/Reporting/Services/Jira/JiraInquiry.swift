import Complaints

extension JiraReporter {
    /// Logs in to the Jira of the settings and, when project and type of issue are always the same, reads their form:
    /// the first thing that would keep an issue from being made.
    @Sendable static func inquire(_ settings: SettingValues) async -> Finding? {
        guard let url = settings["jira.url"], let username = settings["jira.username"],
            let password = settings["jira.password"],
            let fields = try? JiraFields(settings["jira.fields"] ?? "", from: "jira.fields")
        else { return nil }
        let client = ServiceClient()
        let account = JiraAccount(url: url, username: username, password: password)
        do throws(ServiceError) {
            // First, as where no Jira is there is no project either.
            try await JiraConnection(account, client: client).checkLogin()
            guard let project = fields.fixedProject, let type = fields.fixedIssueType else { return nil }
            let form = try await JiraSite(account, client: client).form(project, type, maxAge: .zero)
            return form.problem(with: ["Summary"] + fields.others.map(\.name)).map { problem in
                Finding(.error, "jira.fields", problem, remedy: "use the names of fields as that form has them")
            }
        } catch {
            return finding(error)
        }
    }

    private static func finding(_ error: ServiceError) -> Finding {
        switch error.status {
        case 401:
            Finding(
                .error, "jira.username", error.reason,
                remedy: "see that jira.username and jira.password (on Cloud: an API token) belong together")
        case 403:
            Finding(
                .error, "jira.username", error.reason, remedy: "let this user see the project and make issues there")
        case nil where error.isPermanent:
            // The answer was good, but the project or the type is not there.
            Finding(
                .error, "jira.fields", error.reason,
                remedy: "see that Project and Issue Type are there, and seen by this user")
        default:
            Finding(
                .error, "jira.url", error.reason,
                remedy: "give the address of Jira's start page, as a browser shows it")
        }
    }
}
