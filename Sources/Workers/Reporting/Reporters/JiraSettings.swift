import Complaints

/// The settings of the Jira reporter.
enum JiraSettings {
    static let owner = SettingOwner(
        .reporter, "jira", summary: "a Jira issue, unless one with the same summary is open", settings: settings)

    static let settings = [
        SettingDefinition(
            "jira.url", environment: "JIRA_URL", kind: .url(schemes: ["https", "http"]), help: "where Jira is",
            required: .whenOwnerIsUsed),
        SettingDefinition(
            "jira.username", environment: "JIRA_USERNAME", help: "user that makes the issues", placeholder: "NAME",
            required: .whenOwnerIsUsed),
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
            required: .whenOwnerIsUsed),
    ]
}
