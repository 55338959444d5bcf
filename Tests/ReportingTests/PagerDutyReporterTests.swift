import Complaints
import Testing

@testable import Reporting

@Suite struct PagerDutyReporterTests {
    @Test func theEvent() async throws {
        let service = try FakeService(.status(202, [], #"{"status":"success"}"#))
        defer { service.stop() }
        let reporter = PagerDutyReporter(
            settings("pagerduty", ["url": service.url + "/v2/enqueue", "routing_key": "R0"]))
        let report = Report.sample("pagerduty", tails: true)
        #expect(try await reporter.deliver(report) == .delivered)
        let request = try #require(service.requests.first)
        #expect(request.line == "POST /v2/enqueue HTTP/1.1")
        #expect(
            request.text
                == #"{"client":"complainer","dedup_key":"\#(report.identifier)","event_action":"trigger","#
                + #""links":[{"href":"http://s3/out?a=1&b=2","text":"stdout"},{"href":"http://s3/err","text":"stderr"}],"#
                + #""payload":{"class":"TASK_FAILED","component":"web","custom_details":{"exit code":"1","#
                + #""finished":"2026-11-21T10:00:00Z","image":"registry/web:3","lifetime":"1h0m0.25s","#
                + #""message":"Command exited with status 1","reason":"REASON_COMMAND_EXECUTOR_FAILED","#
                + #""started":"2026-11-21T09:00:00Z","stderr":"panic: ü\n","stdout":"hello\n","task":"web.1"},"#
                + #""group":"marathon","severity":"error","source":"agent7","#
                + #""summary":"Task web died with status TASK_FAILED"},"routing_key":"R0"}"#)
    }

    @Test(arguments: [("critical", "critical"), ("dreadful", "warning")])
    func labelsWin(label: String, severity: String) async throws {
        let service = try FakeService(.status(202))
        defer { service.stop() }
        let reporter = PagerDutyReporter(
            settings("pagerduty", ["routing_key": "R0", "severity": "warning", "url": "http://127.0.0.1:1"]))
        let labels = [
            "complainer_pagerduty_routing_key": "R1", "complainer_pagerduty_severity": label,
            "complainer_pagerduty_url": service.url,
        ]
        _ = try await reporter.deliver(.sample("pagerduty", labels: labels))
        let sent = try json(try #require(service.requests.first).text)
        #expect(sent["routing_key"] as? String == "R1")
        #expect((sent["payload"] as? [String: any Sendable])?["severity"] as? String == severity)
    }

    @Test func whatIsTooLongIsCutAndWhatIsMissingIsLeftOut() async throws {
        let service = try FakeService(.status(202))
        defer { service.stop() }
        let reporter = PagerDutyReporter(settings("pagerduty", ["routing_key": "R0", "url": service.url]))
        let report = Report.sample("pagerduty") { delivery in
            delivery.failure.name = String(repeating: "n", count: 3000)
            delivery.failure.slave = ""
            delivery.evidence = Evidence(stdoutURL: "", stderrURL: "", logsError: "the agent is gone")
            delivery.evidence.stderrTail = String(repeating: "x", count: 100_000) + "end"
        }
        _ = try await reporter.deliver(report)
        let sent = try json(try #require(service.requests.first).text)
        let payload = try #require(sent["payload"] as? [String: any Sendable])
        let details = try #require(payload["custom_details"] as? [String: String])
        #expect((payload["summary"] as? String)?.count == 1024 && payload["source"] as? String == "mesos")
        #expect((sent["links"] as? [any Sendable])?.isEmpty == true)
        #expect(details["stderr"]?.utf8.count == 8000 && details["stderr"]?.hasSuffix("xend") == true)
        #expect(details["stdout"] == nil && details["logs"] == "the agent is gone")
    }

    @Test func withoutAKeyItIsSilent() async throws {
        #expect(
            try await PagerDutyReporter(settings("pagerduty")).deliver(.sample("pagerduty"))
                == .notConfigured("routing_key"))
    }
}
