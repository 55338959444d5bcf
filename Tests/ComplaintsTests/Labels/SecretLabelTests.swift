import Complaints
import Testing

@Suite struct SecretLabelTests {
    @Test(arguments: [
        "complainer_slack_hook_url", "complainer_prod_sentry_instance_a_dsn", "complainer_hipchat_token",
        "complainer_jira_password", "complainer_pagerduty_routing_key", "complainer_webhook_url",
        "complainer_webhook_instance_x_url", "complainer_webhook_secret", "COMPLAINER_SENTRY_DSN",
    ])
    func labelsThatHoldSecrets(name: String) {
        #expect(SecretLabels.contains(name))
    }

    @Test(arguments: [
        "complainer_slack_channel", "complainer_slack_instances", "monkey", "complainer_hipchat_base_url", "secret",
    ])
    func labelsThatDoNot(name: String) {
        #expect(!SecretLabels.contains(name))
    }
}
