import Testing

@testable import Complaints

/// What users of the original rely on, written down a second time.
@Suite struct ContractTests {
    static let table: [(flag: String, environment: String?, value: String?)] = [
        ("name", "COMPLAINER_NAME", "default"),
        ("default", "COMPLAINER_DEFAULT", "true"),
        ("masters", "COMPLAINER_MASTERS", nil),
        ("uploader", "COMPLAINER_UPLOADER", nil),
        ("reporters", "COMPLAINER_REPORTERS", nil),
        ("listen", "COMPLAINER_LISTEN", nil),
        ("framework-whitelist", "COMPLAINER_FRAMEWORK_WHITELIST", nil),
        ("framework-allow", "COMPLAINER_FRAMEWORK_WHITELIST", nil),
        ("framework-blacklist", "COMPLAINER_FRAMEWORK_BLACKLIST", nil),
        ("framework-deny", "COMPLAINER_FRAMEWORK_BLACKLIST", nil),
        ("s3aws.access_key", "S3_ACCESS_KEY", nil),
        ("s3aws.secret_key", "S3_SECRET_KEY", nil),
        ("s3aws.region", "S3_REGION", nil),
        ("s3aws.bucket", "S3_BUCKET", nil),
        ("s3aws.prefix", "S3_PREFIX", prefix),
        ("s3aws.timeout", "S3_TIMEOUT", "168h0m0s"),
        ("s3goamz.endpoint", "S3_ENDPOINT", nil),
        ("s3goamz.access_key", "S3_ACCESS_KEY", nil),
        ("s3goamz.secret_key", "S3_SECRET_KEY", nil),
        ("s3goamz.bucket", "S3_BUCKET", nil),
        ("s3goamz.prefix", "S3_PREFIX", prefix),
        ("s3goamz.timeout", "S3_TIMEOUT", "168h0m0s"),
        ("sentry.dsn", "SENTRY_DSN", nil),
        ("hipchat.base_url", "HIPCHAT_BASE_URL", "https://api.hipchat.com/v2/"),
        ("hipchat.room", "HIPCHAT_ROOM", nil),
        ("hipchat.token", "HIPCHAT_TOKEN", nil),
        (
            "hipchat.format", "HIPCHAT_FORMAT",
            #"Task {{ .failure.Name }} ({{ .failure.ID }}) died with status {{ .failure.State }} [<a href="{{ .stdoutURL }}">stdout</a>, <a href="{{ .stderrURL }}">stderr</a>]"#
        ),
        ("slack.hook_url", "SLACK_HOOK_URL", nil),
        ("slack.channel", "SLACK_CHANNEL", nil),
        ("slack.username", "SLACK_USERNAME", nil),
        ("slack.icon_emoji", "SLACK_ICON_EMOJI", nil),
        ("slack.icon_url", "SLACK_ICON_URL", nil),
        (
            "slack.format", "SLACK_FORMAT",
            "Task {{ .failure.Name }} ({{ .failure.ID }}) died with status {{ .failure.State }} [<{{ .stdoutURL }}|stdout>, <{{ .stderrURL }}|stderr>]"
        ),
        ("jira.url", "JIRA_URL", nil),
        ("jira.username", "JIRA_USERNAME", nil),
        ("jira.password", "JIRA_PASSWORD", nil),
        ("jira.issue_closed_status", "JIRA_ISSUE_CLOSED_STATUS", "Closed"),
        (
            "jira.fields", "JIRA_FIELDS",
            "Project:COMPLAINER;Issue Type:Bug;Summary:Task {{ .failure.Name }} died with status {{ .failure.State }};Description:[stdout|{{ .stdoutURL }}], [stderr|{{ .stderrURL }}], ID={{ .failure.ID }}"
        ),
        ("file.name", "FILE_NAME", "/dev/stderr"),
        (
            "file.format", "FILE_FORMAT",
            "Task {{ .failure.Name }} ({{ .failure.ID }}) died with status {{ .failure.State }}:{{ .nl }}  * {{ .stdoutURL }}{{ .nl }}  * {{ .stderrURL }}{{ .nl }}"
        ),
    ]

    static let prefix =
        #"{{ .failure.Finished.UTC.Format "2006-01-02" }}/complainer/{{ .failure.Name }}/{{ .failure.Finished.UTC.Format "2006-01-02T15:04:05Z" }}-{{ .failure.ID }}"#

    @Test(arguments: table)
    func everyFlagHasItsVariableAndDefault(flag: String, environment: String?, value: String?) throws {
        let definition = try #require(SettingsRegistry.standard.definition(flag))
        #expect(definition.environment == environment)
        #expect(definition.defaultValue == value)
    }

    /// Command lines as they are in use today.
    @Test(arguments: [
        "-masters=http://m1:5050,http://m2:5050/ -uploader=noop -reporters=file",
        "--masters http://m:5050/mesos/ --uploader noop --reporters file,slack -default=false -listen 0.0.0.0:8888",
        "-masters=http://m:5050 -uploader=s3aws -s3aws.access_key=a -s3aws.secret_key=b -s3aws.region=us-east-1 "
            + "-s3aws.bucket=bucket -s3aws.timeout=24h -reporters=sentry -sentry.dsn=https://k:s@sentry.example.com/1",
        "-masters=http://m:5050 -uploader=s3goamz -s3goamz.endpoint=https://b.s3.example.com -s3goamz.access_key=a "
            + "-s3goamz.secret_key=b -s3goamz.bucket=bucket -reporters=hipchat -hipchat.token=t -hipchat.room=7",
        "-masters=http://m:5050 -uploader=noop -reporters=file -framework-whitelist=^marathon$ -framework-whitelist a "
            + "-framework-blacklist=chronos -name=staging -default=T",
    ])
    func commandLinesOfTodayAreAccepted(line: String) throws {
        let configuration = try resolve(line.split(separator: " ").map(String.init))
        #expect(ConfigurationCheck.offline(configuration).filter { $0.severity == .error } == [])
    }

    @Test func theStatesThatAreFailures() throws {
        #expect(
            try resolve(needed).all.all("states") == [
                "TASK_FAILED", "TASK_ERROR", "TASK_LOST", "TASK_DROPPED", "TASK_GONE", "TASK_GONE_BY_OPERATOR",
            ])
        #expect(try resolve(needed + ["-states=TASK_UNREACHABLE,TASK_KILLED"]).all.all("states").count == 2)
    }
}
