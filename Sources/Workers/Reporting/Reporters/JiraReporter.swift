import Complaints
import Logging
import Observability
import Supervision

/// Makes an issue in Jira for each failure, unless an open one has the same summary.
///
/// That search is also what keeps a second try from making a second issue, when the answer to the first was lost.
public struct JiraReporter: Reporter {
    public static let kind = "jira"
    public let credit = 4

    private let service: ServiceAccess
    private let fields: JiraFields
    private let parsed = ParsedLabels<JiraFields>()
    private let sites: JiraSites
    private let logger = Logger(label: "reporter/jira")

    init(_ settings: WorkerSettings, client: ServiceClient = ServiceClient()) throws {
        service = ServiceAccess(settings, client: client)
        fields = try JiraFields(service.settings["jira.fields"] ?? "", from: "jira.fields")
        sites = JiraSites(client: client)
    }

    public func deliver(_ report: Report) async throws(DeliveryError) -> DeliveryResult {
        guard let url = service.value("url", report) else { return .notConfigured("url") }
        guard let username = service.value("username", report) else { return .notConfigured("username") }
        guard let password = service.value("password", report) else { return .notConfigured("password") }
        guard let closed = service.value("issue_closed_status", report) else {
            return .notConfigured("issue_closed_status")
        }
        let issue = try fields(of: report).issue(report)
        let site = sites.site(JiraAccount(url: url, username: username, password: password))
        do throws(ServiceError) {
            switch try await site.file(issue, closed: closed) {
            case .created(let key): logger.info("created the issue \(key)", metadata: metadata(report))
            case .known(let key): logger.info("the issue \(key) is open already", metadata: metadata(report))
            }
        } catch {
            throw error.delivery
        }
        return .delivered
    }

    private func fields(of report: Report) throws(DeliveryError) -> JiraFields {
        guard let text = report.label("fields") else { return fields }
        return try parsed.value(of: text) { text throws(DeliveryError) in
            do throws(JiraFields.Problem) {
                return try JiraFields(text, from: "label fields", origin: .label("fields"))
            } catch {
                var failure = DeliveryError(error.description, isPermanent: true)
                failure.unusable = UnusableValue(origin: .label("fields"))
                throw failure
            }
        }
    }

    private func metadata(_ report: Report) -> Logger.Metadata {
        [
            LogMetadata.taskID: "\(report.delivery.failure.id)",
            LogMetadata.framework: "\(report.delivery.failure.framework)",
            LogMetadata.instance: "\(report.delivery.instance)",
        ]
    }

    // MARK: The form, before the first failure

    static let refreshInterval = Duration.seconds(3600)
    static let retryInterval = Duration.seconds(30)
    /// After a refusal, which will hardly be over sooner; logging in more often could lock the user out.
    static let refusedInterval = Duration.seconds(600)

    /// Keeps the form of the settings' project at hand, and says at once, not with the first failure, when the fields
    /// do not fit it.
    public func work() async {
        while !Task.isCancelled {
            let pause = await refreshForm()
            do {
                try await service.client.sleep(for: pause)
            } catch {
                return
            }
        }
    }

    /// One round of ``work()``; the time to the next one.
    func refreshForm() async -> Duration {
        guard let url = service.settings["jira.url"], let username = service.settings["jira.username"],
            let password = service.settings["jira.password"], let project = fields.fixedProject,
            let type = fields.fixedIssueType
        else { return Self.refreshInterval }
        let site = sites.site(JiraAccount(url: url, username: username, password: password))
        do throws(ServiceError) {
            let form = try await site.form(project, type, maxAge: .zero)
            if let problem = form.problem(with: ["Summary"] + fields.others.map(\.name)) {
                logger.error("jira.fields do not fit, no issue will be made: \(problem)")
            } else {
                logger.debug("read the form of \(type) in \(project)")
            }
            return Self.refreshInterval
        } catch {
            guard !Task.isCancelled else { return Self.refreshInterval }
            logger.log(
                level: error.isPermanent ? .error : .warning,
                "cannot read the form of \(type) in \(project), trying again: \(error.reason)")
            return error.isPermanent ? Self.refusedInterval : Self.retryInterval
        }
    }
}

/// The settings of the Jira reporter.
enum JiraSettings {
    static let owner = SettingOwner(
        .reporter, "jira", summary: "a Jira issue, unless one with the same summary is open", settings: settings)

    static let settings = [
        SettingDefinition(
            "jira.url", environment: "JIRA_URL", kind: .url(schemes: ["https", "http"]), help: "where Jira is",
            required: .whenOwnerIsUsed, isDestination: true),
        SettingDefinition(
            "jira.username", environment: "JIRA_USERNAME", help: "user that makes the issues", placeholder: "NAME",
            required: .whenOwnerIsUsed, isDestination: true),
        SettingDefinition(
            "jira.password", environment: "JIRA_PASSWORD", help: "the user's password or API token",
            placeholder: "PASSWORD", isSecret: true, required: .whenOwnerIsUsed),
        SettingDefinition(
            "jira.issue_closed_status", environment: "JIRA_ISSUE_CLOSED_STATUS", default: "Closed",
            help: "status of issues that are done with", placeholder: "STATUS", required: .whenOwnerIsUsed),
        SettingDefinition(
            "jira.fields", environment: "JIRA_FIELDS", kind: .fields(["Project", "Summary", "Issue Type"]),
            default: "Project:COMPLAINER;Issue Type:Bug;"
                + "Summary:Task {{ .failure.Name }} died with status {{ .failure.State }};"
                + "Description:[stdout|{{ .stdoutURL }}], [stderr|{{ .stderrURL }}], ID={{ .failure.ID }}",
            help: "fields of the issue by their names in the form; Project, Summary and Issue Type must be there",
            required: .whenOwnerIsUsed, place: .room),
    ]
}
