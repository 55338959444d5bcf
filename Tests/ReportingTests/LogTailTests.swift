import Complaints
import Testing

@testable import Reporting

@Suite struct LogTailTests {
    @Test func reportsAndTheirTemplatesGetNothingElse() throws {
        let report = Report.sample("file") {
            $0.evidence.stderrTail = "\u{1b}[31mred\u{0}" + String(repeating: "x", count: 100_000)
        }
        #expect(report.delivery.evidence.stderrTail.utf8.count <= LogText.maxBytes)
        let short = Report.sample("file") { $0.evidence.stderrTail = "\u{1b}[31mred\u{0}" }
        let template = try ReportTemplate(setting: "x", "{{ .failure.StderrTail }}")
        #expect(try template.render(short) == "red\u{fffd}")
    }

    // MARK: Slack

    @Test(
        arguments: [
            (nil, "false", false), (nil, "true", true), ("true", "false", true), ("0", "true", false),
            ("maybe", "true", true),
        ] as [(String?, String, Bool)])
    func slackShowsThemOnDemand(label: String?, setting: String, isShown: Bool) async throws {
        let service = try FakeService(.status(200))
        defer { service.stop() }
        let reporter = try SlackReporter(settings("slack", ["hook_url": service.url, "tail": setting]))
        let labels = label.map { ["complainer_slack_tail": $0] } ?? [:]
        _ = try await reporter.deliver(.sample("slack", labels: labels, tails: true))
        let text = try #require(service.requests.first?.text)
        let attachments =
            #""attachments":[{"color":"danger","fallback":"end of stdout","mrkdwn_in":["text"],"#
            + #""text":"```\nhello\n\n```","title":"end of stdout"},{"color":"danger","fallback":"end of stderr","#
            + #""mrkdwn_in":["text"],"text":"```\npanic: ü\n\n```","title":"end of stderr"}]"#
        #expect(text.contains(attachments) == isShown && text.contains("attachments") == isShown, "\(text)")
    }

    @Test func slackTailsCannotLeaveTheirBlockAndAreBounded() async throws {
        let service = try FakeService(.status(200))
        defer { service.stop() }
        let reporter = try SlackReporter(settings("slack", ["hook_url": service.url, "tail": "true"]))
        let report = Report.sample("slack") { delivery in
            delivery.evidence.stderrTail = String(repeating: "line\n", count: 5000) + "``` <!channel> & ````"
        }
        _ = try await reporter.deliver(report)
        let sent = try json(try #require(service.requests.first).text)
        let attachments = try #require(sent["attachments"] as? [[String: any Sendable]])
        let text = try #require(attachments.first?["text"] as? String)
        #expect(attachments.count == 1 && text.utf8.count < 3200 && text.contains("&lt;!channel&gt; &amp;"))
        #expect(text.hasPrefix("```\n…\nline\n") && text.hasSuffix("\n```"))
        #expect(!text.dropFirst(3).dropLast(3).contains("```"))
    }

    @Test func aFailureWithoutLogsSaysWhy() async throws {
        let service = try FakeService(.status(200))
        defer { service.stop() }
        let report = Report.sample("webhook") { $0.evidence.logsError = "the agent is gone" }
        let webhook = WebhookReporter(settings("webhook", ["url": service.url]))
        _ = try await webhook.deliver(report)
        #expect(service.requests.last?.text.contains(#""logsError":"the agent is gone""#) == true)
        let sentry = SentryReporter(settings("sentry", ["dsn": "http://k@127.0.0.1:\(service.port)/1"]))
        _ = try await sentry.deliver(Report.sample("sentry") { $0.evidence.logsError = "the agent is gone" })
        #expect(service.requests.last?.text.contains(#""logs.error":"the agent is gone""#) == true)
    }
}
