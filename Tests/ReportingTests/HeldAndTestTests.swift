import Complaints
import Testing

@testable import Reporting

/// What every reporter says of a summary and of a test.
@Suite struct HeldAndTestTests {
    static let held = HeldFailures(
        count: 214, first: Timestamp(nanoseconds: 1_795_255_200_000_000_000),
        last: Timestamp(nanoseconds: 1_795_255_495_000_000_000), seconds: 300)
    static let sentence =
        "Task web died 214 more times with status TASK_FAILED in 5 minutes, first at 2026-11-21T10:00:00Z, "
        + "last at 2026-11-21T10:04:55Z"

    @Test(
        arguments: [
            (1, "1 second"), (90, "90 seconds"), (60, "1 minute"), (300, "5 minutes"), (610.4, "10 minutes"),
            (3600, "1 hour"), (7200, "2 hours"), (86_400, "1 day"), (0, "1 second"),
        ] as [(Double, String)])
    func spans(seconds: Double, words: String) {
        let held = HeldFailures(count: 1, first: Self.held.first, last: Self.held.last, seconds: seconds)
        #expect(held.summary(of: .sample()).contains("died 1 more time with status TASK_FAILED in \(words), "))
    }

    @Test func aMessageBeginsWithTheSummary() throws {
        let template = try ReportTemplate(setting: "x", "{{ .failure.ID }} {{ .stdoutURL }}")
        let report = Report.sample("file") { $0.held = Self.held }
        #expect(try template.message(report, lineBreak: "|") == Self.sentence + "|web.1 http://s3/out?a=1&b=2")
        #expect(try template.render(report) == "web.1 http://s3/out?a=1&b=2")
    }

    @Test func aFormatMayTellItInItsOwnWords() throws {
        let template = try ReportTemplate(
            setting: "x",
            #"{{ if .failure.Held }}{{ .failure.Held }}x until {{ .failure.HeldLast.UTC.Format "15:04" }}{{ end }}!"#)
        #expect(try template.message(.sample("file") { $0.held = Self.held }) == "214x until 10:04!")
        #expect(try template.message(.sample("file")) == "!")
        let all = try ReportTemplate(setting: "x", "{{ .failure.HeldSummary }} {{ .failure.HeldFirst.Unix }}")
        #expect(try all.message(.sample("file") { $0.held = Self.held }) == Self.sentence + " 1795255200")
    }

    @Test func aTestIsMarked() throws {
        let template = try ReportTemplate(setting: "x", "{{ .failure.Name }}")
        #expect(try template.message(.sample("file") { $0.isTest = true }) == "[test] web")
        #expect(Report.sample("sentry") { $0.isTest = true }.summary == "[test] Task web died with status TASK_FAILED")
    }

    @Test func theServicesGetTheNumbers() throws {
        let report = Report.sample("webhook") { $0.held = Self.held }
        let document = try json(String(decoding: ServiceJSON.bytes(WebhookCase(report)), as: UTF8.self))
        let told = try #require(document["held"] as? [String: any Sendable])
        #expect(told["count"] as? Int == 214 && told["seconds"] as? Int == 300)
        #expect(told["first"] as? String == "2026-11-21T10:00:00.000000Z")
        #expect(told["summary"] as? String == Self.sentence)
        #expect(WebhookCase(.sample("webhook")).held == nil)
        let event = SentryEvent(report, release: nil, environment: nil)
        #expect(event.message == Self.sentence)
        #expect(event.extra["flood.count"] == "214" && event.extra["flood.last"] == "2026-11-21T10:04:55Z")
    }
}
