import Complaints
import Testing

@testable import Reporting

@Suite("Destinations and secrets out of labels")
struct DestinationPolicyTests {
    /// The report as the reporter gets it, with settings' values as operators have them.
    private func made(
        _ kind: String, _ mode: String, _ labels: [String: String], allowed: String = "", _ more: [String: String] = [:]
    ) throws -> (report: Report, values: SettingValues) {
        let own = [
            "hipchat": ["room": "ops", "token": "T"],
            "slack": ["hook_url": "https://hooks.slack.com/services/operator"],
            "jira": ["url": "https://jira.example.com", "username": "u", "password": "P"],
            "webhook": ["url": "https://hook.example.com", "secret": "S"], "pagerduty": ["routing_key": "R"],
            "sentry": ["dsn": "https://key@sentry.example.com/1"],
            "email": ["url": "smtp://mail.example.com", "to": "ops@example.com", "password": "P", "username": "u"],
        ]
        var all = settings(kind, (own[kind] ?? [:]).merging(more) { $1 }).values
        all["labels.destinations"] = [mode]
        all["labels.allowed-hosts"] = [allowed]
        let values = SettingValues(all)
        let labels = Dictionary(uniqueKeysWithValues: labels.map { ("complainer_\(kind)_\($0.key)", $0.value) })
        let owner = try #require(ReporterRegistry.kind(kind)).owner
        return (LabelCheck(owner, values).checked(.sample(kind, labels: labels)), values)
    }

    @Test func byDefaultLabelsNameAnyHostAsInTheOriginal() throws {
        let (report, values) = try made("hipchat", "any", ["base_url": "https://evil.com/"])
        #expect(report.value("base_url", values) == "https://evil.com/")
        #expect(report.value("token", values) == "T")
        #expect(report.remarks.isEmpty)
    }

    @Test func aHostWithoutItsOwnTokenIsNotUsed() throws {
        let (report, values) = try made("hipchat", "own-secrets", ["base_url": "https://evil.com/", "room": "r"])
        #expect(report.value("base_url", values) == "https://api.hipchat.com/v2/")
        #expect(report.value("room", values) == "ops")
        #expect(report.remarks.count == 2)
        #expect(
            report.remarks.contains(
                "(the label complainer_hipchat_base_url is not used: with -labels.destinations=own-secrets a host out of "
                    + "a label needs its own token)"), "\(report.remarks)")
    }

    @Test func aHostWithItsOwnSecretsGetsThese() throws {
        let (report, values) = try made("hipchat", "own-secrets", ["base_url": "https://other.com/", "token": "mine"])
        #expect(report.value("base_url", values) == "https://other.com/")
        #expect(report.value("token", values) == "mine")
        #expect(report.remarks.isEmpty)
        let jira = try made("jira", "own-secrets", ["url": "https://other.com", "username": "u"])
        #expect(jira.report.value("url", jira.values) == "https://jira.example.com")
        #expect(jira.report.value("username", jira.values) == "u")
        #expect(jira.report.label("username") == nil)
    }

    @Test func aSecretThatIsNotNeededIsKeptBack() throws {
        let (report, values) = try made("webhook", "own-secrets", ["url": "https://other.com"])
        #expect(report.value("url", values) == "https://other.com")
        #expect(report.value("secret", values) == nil)
        let own = try made("webhook", "own-secrets", [:])
        #expect(own.report.value("secret", own.values) == "S")
    }

    @Test func aRoomOfTheSettingsHostIsForOwnSecretsNoOtherHost() throws {
        let (report, values) = try made("hipchat", "own-secrets", ["room": "r"])
        #expect(report.value("room", values) == "r" && report.value("token", values) == "T")
    }

    @Test(arguments: [
        ("slack", ["hook_url": "https://evil.com/x"]), ("slack", ["channel": "#general"]),
        ("hipchat", ["room": "r"]), ("hipchat", ["base_url": "https://evil.com/", "token": "mine"]),
        ("jira", ["url": "https://evil.com", "username": "a", "password": "b"]),
        ("jira", ["fields": "Project:OTHER;Issue Type:Bug;Summary:x"]), ("webhook", ["url": "https://evil.com"]),
        ("pagerduty", ["routing_key": "other"]), ("pagerduty", ["url": "https://evil.com"]),
        ("sentry", ["dsn": "https://key@evil.com/1"]), ("sentry", ["dsn": "https://sentry.example.com@evil.com/1"]),
        ("email", ["url": "smtp://evil.com"]), ("email", ["to": "a@evil.com"]),
        ("email", ["to": "ops@example.com, a@evil.com"]), ("email", ["to": "\"x@example.com\" <a@evil.com>"]),
    ])
    func withNoneNothingOutsideIsUsed(_ kind: String, _ labels: [String: String]) throws {
        let (report, values) = try made(
            kind, "none", labels, allowed: "*.allowed.com", ["allowed-domains": "example.com"])
        for key in labels.keys {
            #expect(report.label(key) == nil, "\(key)")
            #expect(report.remarks.contains { $0.hasPrefix("(the label complainer_\(kind)_\(key) is not used: ") })
            #expect(report.value(key, values) == values["\(kind).\(key)"])
        }
    }

    @Test(arguments: [
        ("slack", ["hook_url": "https://hooks.allowed.com/x", "channel": "#a"]),
        ("sentry", ["dsn": "https://key@sentry.allowed.com/1"]), ("email", ["to": "Dev <dev@example.com>"]),
        ("jira", ["fields": "Project:COMPLAINER;Issue Type:Task;Summary:y"]), ("slack", ["format": "x"]),
        ("slack", ["username": "x", "tail": "true"]), ("pagerduty", ["severity": "info"]),
    ])
    func withNoneWhatIsAllowedIsUsed(_ kind: String, _ labels: [String: String]) throws {
        let (report, _) = try made(kind, "none", labels, allowed: "*.allowed.com", ["allowed-domains": "example.com"])
        for (key, value) in labels { #expect(report.label(key) == value) }
        #expect(report.remarks.isEmpty)
    }

    @Test func anAllowedHostGetsNoSecretsOfTheSettings() throws {
        let (report, values) = try made(
            "webhook", "none", ["url": "https://x.allowed.com"], allowed: "*.allowed.com")
        #expect(report.value("url", values) == "https://x.allowed.com")
        #expect(report.value("secret", values) == nil)
    }
}
