import Complaints
import Testing

@Suite struct SecretLabelTests {
    @Test(arguments: [
        "complainer_slack_hook_url", "complainer_prod_sentry_instance_a_dsn", "complainer_hipchat_token",
        "complainer_jira_password", "complainer_pagerduty_routing_key", "complainer_webhook_url",
        "complainer_webhook_instance_x_url", "complainer_webhook_secret", "COMPLAINER_SENTRY_DSN",
        "DB_PASSWORD", "dbpassword", "authToken", "GITHUB_TOKEN", "secret", "AWS_SECRET_ACCESS_KEY", "apiKey",
        "api.key",
        "APIKEY", "ssh-key", "encryption_keys", "DB_PASS", "credentials",
    ])
    func labelsThatHoldSecrets(name: String) {
        #expect(SecretLabels.contains(name))
    }

    @Test(arguments: [
        "complainer_slack_channel", "complainer_slack_instances", "monkey", "complainer_hipchat_base_url", "KEYBOARD",
        "keynote", "turkey", "passenger", "bypass", "team", "",
    ])
    func labelsThatDoNot(name: String) {
        #expect(!SecretLabels.contains(name))
    }

    @Test func theOthersAreShown() {
        var failure = Failure(
            id: "web.1", name: "web", slave: "a", framework: "f", state: "TASK_FAILED",
            started: Timestamp(nanoseconds: 0), finished: Timestamp(nanoseconds: 0), frameworkID: "F", agentID: "S")
        let open = [
            "complainer_jira_url": "https://jira/x@y", "complainer_hipchat_base_url": "https://h/v2?a=@",
            "repository": "https://user:pass@git/x", "complainer_email_to": "a@b", "complainer_slack_channel": "#x",
        ]
        failure.labels = open.merging([
            "complainer_jira_instance_ops_url": "https://user:pass@jira", "complainer_pagerduty_url": "http://u@h",
            "complainer_slack_hook_url": "https://hooks/1", "COMPLAINER_HIPCHAT_BASE_URL": "https://a:b@h/v2",
        ]) { $1 }
        #expect(failure.openLabels == open)
    }
}
