import Complaints
import Foundation
import TestTools
import Testing

@testable import Reporting

/// What a task can print or be called does nothing but stand in its report.
@Suite struct HostileTextTests {
    private static func report(_ kind: String, labels: [String: String] = [:]) -> Report {
        .sample(kind, labels: labels) { delivery in
            delivery.failure.name = "web\r\nTask forged (x) died\u{1B}[2J\u{202E}<b onclick='x'>&\"\u{9B}"
            delivery.failure.message = "first\nsecond"
            delivery.evidence.stderrTail = "one\ttwo\nthree"
        }
    }

    @Test func fileReportsShowControlCharacters() async throws {
        let folder = try TemporaryFolder()
        let file = folder.url.appending(path: "reports").path
        let format =
            "{{ .failure.Name }}|{{ .failure.Message }}|{{ .failure.StderrTail }}|{{ config \"note\" }}{{ .nl }}"
        let reporter = try FileReporter(settings("file", ["name": file, "format": format]))
        _ = try await reporter.deliver(Self.report("file", labels: ["complainer_file_note": "\u{1B}]0;title\u{7}"]))
        let text = try String(contentsOfFile: file, encoding: .utf8)
        #expect(
            text == #"web\x0d\nTask forged (x) died\x1b[2J\u202e<b onclick='x'>&"\x9b|first\nsecond|one"#
                + "\ttwo\nthree|"
                + #"\x1b]0;title\x07"# + "\n")
    }

    @Test func hipChatGetsNoMarkupOfTasks() async throws {
        let service = try FakeService(.status(204))
        defer { service.stop() }
        let reporter = try HipChatReporter(
            settings("hipchat", ["base_url": service.url, "room": "ops", "token": "t"]))
        _ = try await reporter.deliver(Self.report("hipchat"))
        let message = try #require(try json(service.requests[0].text)["message"] as? String)
        #expect(message.contains("&lt;b onclick=&#39;x&#39;&gt;&amp;&quot;"), "\(message)")
        #expect(message.contains("<a href=\"http://s3/out"), "the format's own markup stays")
    }

    /// A task that prints its own TaskInfo.
    @Test(arguments: ["slack", "webhook", "sentry", "pagerduty", "hipchat"])
    func secretsOfLabelsAreBlankedOut(kind: String) async throws {
        let service = try FakeService(.status(200))
        defer { service.stop() }
        let secrets = ["hunter2-hunter2", "pass\"word\"x\\", "tok en/with+chars"]
        let labels = [
            "DB_PASSWORD": secrets[0], "apiKey": secrets[1], "complainer_jira_token": secrets[2],
            "MONKEY": "plain text",
            "TEAM_KEY": "web", "complainer_\(kind)_format": "{{ .failure.Labels }} {{ .failure.StderrTail }}",
        ]
        var values = [
            "hook_url": service.url, "url": service.url, "room": "ops", "token": "t", "base_url": service.url,
        ]
        values["dsn"] = service.url.replacing("http://", with: "http://key@") + "/1"
        values["routing_key"] = "routing"
        values["tail"] = "true"
        let make = try #require(ReporterRegistry.kind(kind)?.make)
        let reporter = try make(settings(kind, values))
        let printed = "my labels: \(secrets[0]), \(secrets[1]) and tok%20en%2Fwith%2Bchars; plain text of web"
        _ = try await reporter.deliver(
            .sample(kind, labels: labels) { delivery in
                delivery.evidence.stderrTail = printed
                delivery.failure.message = printed
            })
        let body = try #require(service.requests.first).text
        for secret in ["hunter2", "pass\\\"word", "tok en", "tok%20en"] { #expect(!body.contains(secret), "\(body)") }
        #expect(body.contains("plain text") && body.contains("of web"), "\(body)")
    }
}
