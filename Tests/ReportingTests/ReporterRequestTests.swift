import Complaints
import HTTPClient
import Supervision
import Testing

@testable import Reporting

/// What each reporter sends, to the byte where the service's interface says so.
@Suite struct ReporterRequestTests {
    // MARK: Slack

    @Test func slackDefaults() async throws {
        let service = try FakeService(.status(200, [], "ok"))
        defer { service.stop() }
        let reporter = try SlackReporter(settings("slack", ["hook_url": service.url + "/services/T/B/X?a=b"]))
        #expect(try await reporter.deliver(.sample("slack")) == .delivered)
        let request = try #require(service.requests.first)
        #expect(request.line == "POST /services/T/B/X?a=b HTTP/1.1")
        #expect(request.header("Content-Type") == "application/json; charset=utf-8")
        #expect(request.header("User-Agent") == "complainer/\(Version.number)")
        #expect(
            request.text == #"{"text":"Task web (web.1) died with status TASK_FAILED "#
                + #"[<http://s3/out?a=1&b=2|stdout>, <http://s3/err|stderr>]"}"#)
    }

    @Test func slackLabelsWin() async throws {
        let service = try FakeService(.status(200))
        defer { service.stop() }
        let reporter = try SlackReporter(
            settings(
                "slack",
                [
                    "hook_url": "http://127.0.0.1:1/x", "channel": "#all", "username": "c", "icon_emoji": ":x:",
                    "icon_url": "http://i/", "format": "no",
                ]))
        let labels = [
            "complainer_slack_instance_ops_hook_url": service.url + "/hook",
            "complainer_slack_instance_ops_channel": "#ops",
            "complainer_slack_instance_ops_format":
                #"{{ config "channel" }} {{ .failure.Name }} {{ config "mention" }}"#,
            "complainer_default_slack_instance_ops_mention": "<!here>", "complainer_slack_channel": "#wrong",
        ]
        #expect(try await reporter.deliver(.sample("slack", labels: labels, instance: "ops")) == .delivered)
        #expect(
            service.requests.first?.text
                == ##"{"channel":"#ops","icon_emoji":":x:","icon_url":"http://i/","text":"#ops web <!here>","username":"c"}"##
        )
    }

    @Test func slackEscapesWhatIsNotMarkup() async throws {
        let service = try FakeService(.status(200))
        defer { service.stop() }
        let format = "<{{ .stdoutURL }}|{{ .failure.Name }}> & {{ .failure.Message }}{{ .failure.StderrTail }}"
        let reporter = try SlackReporter(settings("slack", ["hook_url": service.url, "format": format]))
        let report = Report.sample("slack") { delivery in
            delivery.failure.name = "a<b>&c"
            delivery.failure.message = "<!channel>"
            delivery.evidence.stderrTail = "1 < 2"
        }
        _ = try await reporter.deliver(report)
        let text = try json(try #require(service.requests.first?.text))["text"] as? String
        #expect(text == "<http://s3/out?a=1&b=2|a&lt;b&gt;&amp;c> & &lt;!channel&gt;1 &lt; 2")
    }

    @Test func slackCutsWhatItWouldNotShow() {
        #expect(SlackReporter.cut("short") == "short")
        let long = SlackReporter.cut(String(repeating: "ü", count: 40_001))
        #expect(long.unicodeScalars.count == 40_000)
        let entity = SlackReporter.cut(String(repeating: "x", count: 39_998) + "&amp;more")
        #expect(entity == String(repeating: "x", count: 39_998))
    }

    @Test func slackHooksGetOneMessageASecond() async throws {
        let service = try FakeService(.status(200))
        defer { service.stop() }
        let fake = FakeTime()
        let client = ServiceClient(interval: .seconds(1), time: fake.time)
        let reporter = try SlackReporter(settings("slack", ["hook_url": service.url + "/a"]), client: client)
        for _ in 0..<3 { _ = try await reporter.deliver(.sample("slack")) }
        _ = try await reporter.deliver(
            .sample("slack", labels: ["complainer_slack_hook_url": service.url + "/b"]))
        #expect(fake.slept == [.seconds(1), .seconds(1)], "each hook for itself")
    }

    // MARK: HipChat

    @Test(arguments: ["/v2/", "/v2"])
    func hipChat(base: String) async throws {
        let service = try FakeService(.status(204))
        defer { service.stop() }
        let reporter = try HipChatReporter(
            settings("hipchat", ["base_url": service.url + base, "room": "Ops Room/ü?", "token": "tok"]))
        #expect(try await reporter.deliver(.sample("hipchat")) == .delivered)
        let request = try #require(service.requests.first)
        #expect(request.line == "POST /v2/room/Ops%20Room%2F%C3%BC%3F/notification HTTP/1.1")
        #expect(request.header("Authorization") == "Bearer tok")
        #expect(request.header("Content-Type") == "application/json; charset=utf-8")
        #expect(
            request.text == #"{"color":"red","message":"Task web (web.1) died with status TASK_FAILED "#
                + #"[<a href=\"http://s3/out?a=1&b=2\">stdout</a>, <a href=\"http://s3/err\">stderr</a>]","#
                + #""message_format":"html","notify":true}"#)
    }

    @Test func hipChatLabelsWinAndLongMessagesAreCut() async throws {
        let service = try FakeService(.status(204))
        defer { service.stop() }
        let reporter = try HipChatReporter(settings("hipchat", ["room": "r", "token": "t"]))
        let labels = [
            "complainer_hipchat_base_url": service.url, "complainer_hipchat_room": "7", "complainer_hipchat_token": "u",
            "complainer_hipchat_format": #"{{ printf "%020000d" 1 }}"#,
        ]
        _ = try await reporter.deliver(.sample("hipchat", labels: labels))
        let request = try #require(service.requests.first)
        #expect(request.line == "POST /room/7/notification HTTP/1.1" && request.header("Authorization") == "Bearer u")
        #expect((try json(request.text)["message"] as? String)?.count == 10_000)
    }

    // MARK: Webhook

    @Test func webhook() async throws {
        let service = try FakeService(.status(202))
        defer { service.stop() }
        let reporter = WebhookReporter(
            settings("webhook", ["url": service.url + "/in", "secret": "It's a Secret to Everybody"]))
        let labels = [
            "team": "web", "complainer_slack_channel": "#ops", "complainer_slack_hook_url": "http://s3cr3t",
            "complainer_sentry_instance_a_dsn": "http://s3cr3t",
        ]
        let report = Report.sample("webhook", labels: labels, tails: true)
        _ = try await reporter.deliver(report)
        var again = report
        again.delivery.attempt = 2
        _ = try await reporter.deliver(again)
        let request = try #require(service.requests.first)
        #expect(request.line == "POST /in HTTP/1.1")
        let id = try #require(request.header("Idempotency-Key"))
        #expect(id.count == 32 && id == service.requests.last?.header("Idempotency-Key"))
        #expect(
            request.header("X-Complainer-Signature")
                == WebhookReporter.signature(of: request.body, secret: "It's a Secret to Everybody"))
        #expect(
            request.text
                == #"{"attempt":1,"evidence":{"stderrTail":"panic: ü\n","stderrURL":"http://s3/err","#
                + #""stdoutTail":"hello\n","stdoutURL":"http://s3/out?a=1&b=2"},"failure":{"agentID":"S-1","#
                + #""containerIDs":[],"executorID":"","exitCode":1,"finished":"2026-11-21T10:00:00.250000Z","#
                + #""framework":"marathon","frameworkID":"F-1","id":"web.1","image":"registry/web:3","#
                + ##""labels":{"complainer_slack_channel":"#ops","team":"web"},"##
                + #""message":"Command exited with status 1","name":"web","#
                + #""reason":"REASON_COMMAND_EXECUTOR_FAILED","slave":"agent7","source":"","#
                + #""started":"2026-11-21T09:00:00.000000Z","state":"TASK_FAILED","#
                + #""terminal":"2026-11-21T10:00:00.250000Z"},"id":"\#(id)","instance":"default","test":false,"#
                + #""version":"\#(Version.number)"}"#)
    }

    /// Computed by `printf 'Hello, World!' | openssl dgst -sha256 -hmac "It's a Secret to Everybody"`.
    @Test func webhookSignature() {
        #expect(
            WebhookReporter.signature(of: Array("Hello, World!".utf8), secret: "It's a Secret to Everybody")
                == "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17")
    }

    @Test func webhookIdentifiersTellFailuresAndInstancesApart() {
        let ids = [
            Report.sample("webhook"), .sample("webhook", instance: "b"),
            .sample("webhook") { $0.failure.id = "web.2" }, .sample("webhook") { $0.failure.terminal = nil },
        ].map { WebhookCase.identifier($0) }
        #expect(Set(ids).count == 4)
    }

    @Test func webhookWithoutASecretIsNotSigned() async throws {
        let service = try FakeService(.status(200))
        defer { service.stop() }
        let reporter = WebhookReporter(settings("webhook"))
        _ = try await reporter.deliver(.sample("webhook", labels: ["complainer_webhook_url": service.url]))
        #expect(service.requests.count == 1)
        #expect(service.requests.first?.header("X-Complainer-Signature") == nil)
    }

    // MARK: All

    @Test func nothingIsSentWithoutTheSettings() async throws {
        #expect(try await SlackReporter(settings("slack")).deliver(.sample("slack")) == .notConfigured("hook_url"))
        let hipchat = ["room": "r"]
        #expect(try await HipChatReporter(settings("hipchat")).deliver(.sample("hipchat")) == .notConfigured("room"))
        #expect(
            try await HipChatReporter(settings("hipchat", hipchat)).deliver(.sample("hipchat"))
                == .notConfigured("token"))
        #expect(try await WebhookReporter(settings("webhook")).deliver(.sample("webhook")) == .notConfigured("url"))
    }

    @Test(arguments: ["{{ .failure.Name", "{{ .failure.Nothing }}", "{{ index .stdoutURL 999 }}", " {{ .nl }} "])
    func aFormatThatFailsIsPermanent(format: String) async throws {
        let service = try FakeService(.status(200))
        defer { service.stop() }
        let labels = ["complainer_slack_format": format, "complainer_hipchat_format": format]
        let slack = try SlackReporter(settings("slack", ["hook_url": service.url]))
        #expect(await refusal(of: .sample("slack", labels: labels), by: slack)?.isPermanent == true)
        let hipchat = try HipChatReporter(
            settings("hipchat", ["base_url": service.url, "room": "r", "token": "t"]))
        #expect(await refusal(of: .sample("hipchat", labels: labels), by: hipchat)?.isPermanent == true)
        #expect(service.requests.isEmpty)
    }

    @Test func aFormatOfTheFlagsThatCannotBeParsedStopsTheWorker() {
        #expect(throws: (any Error).self) { try SlackReporter(settings("slack", ["format": "{{ nope"])) }
    }

    @Test func aReporterWithoutItsSettingsIsSilent() async throws {
        for name in ReporterRegistry.names where !["file", "journald"].contains(name) {
            let make = try #require(ReporterRegistry.kind(name)?.make)
            let result = try await make(settings(name)).deliver(.sample(name))
            guard case .notConfigured = result else {
                Issue.record("\(name): \(result)")
                continue
            }
        }
        #expect(
            ReporterRegistry.names == [
                "sentry", "hipchat", "slack", "jira", "file", "webhook", "pagerduty", "email", "journald",
            ])
        #expect(ReporterRegistry.kind("fax") == nil)
    }
}
