import Complaints
import Foundation
import TestTools
import Testing

@testable import Reporting

/// A mistake in a task's labels costs no report: it is made without the label, and says so.
@Suite struct LabelCheckTests {
    /// Makes a report as the worker does.
    private func deliver(
        _ report: Report, by reporter: any Reporter, check: LabelCheck
    ) async -> (DeliveryError?, Report) {
        let (result, made) = await check.deliver(report) { report in
            do throws(DeliveryError) {
                _ = try await reporter.deliver(report)
                return .success(())
            } catch {
                return .failure(error)
            }
        }
        if case .failure(let error) = result { return (error, made) }
        return (nil, made)
    }

    private func check(_ kind: String) throws -> LabelCheck {
        LabelCheck(try #require(ReporterRegistry.kind(kind)).owner)
    }

    private func reporter(_ kind: String, at service: FakeService) throws -> any Reporter {
        let url = service.url
        let values =
            switch kind {
            case "slack": ["hook_url": url]
            case "hipchat": ["base_url": url + "/v2/", "room": "ops", "token": "t0ken-t0ken"]
            case "webhook": ["url": url]
            case "pagerduty": ["url": url, "routing_key": "key-of-the-operator"]
            default: ["dsn": url.replacing("http://", with: "http://key@") + "/1"]
            }
        let make = try #require(ReporterRegistry.kind(kind)?.make)
        return try make(settings(kind, values))
    }

    /// Kind, key, value, and what the remark says.
    static let labels: [(kind: String, key: String, value: String, said: String)] = [
        ("slack", "format", "{{ .failure.Name", "unclosed action"),
        ("slack", "format", "one\n{{ index .stdoutURL 999 }}", "label format:2:"),
        ("slack", "format", "{{ if false }}x{{ end }}", "empty text"),
        (
            "slack", "format",
            "{{range .failure.Labels}}{{range $.failure.Labels}}{{range $.failure.Labels}}{{end}}{{end}}{{end}}x",
            "of CPU time"
        ),
        ("slack", "hook_url", "nothing", "give a URL"),
        ("slack", "tail", "perhaps", "not a boolean"),
        ("hipchat", "format", "{{ .failure.Nam }}", "can't evaluate field"),
        ("hipchat", "base_url", "ftp://elsewhere", "give a URL"),
        ("webhook", "url", "gopher://x/secret-path", "give a URL"),
        ("pagerduty", "url", "nothing", "give a URL"),
        ("pagerduty", "severity", "terrible", "not known"),
        ("sentry", "dsn", "http://no-project", "DSN"),
    ]

    @Test(arguments: labels)
    func theReportIsMadeWithoutTheLabel(kind: String, key: String, value: String, said: String) async throws {
        let service = try FakeService(.status(200))
        defer { service.stop() }
        let name = "complainer_\(kind)_\(key)"
        var labels = [name: value]
        // Enough for loops over labels to take too long.
        if said == "of CPU time" { for number in 0..<1500 { labels["label\(number)"] = "value" } }
        let (result, made) = await deliver(
            .sample(kind, labels: labels), by: try reporter(kind, at: service), check: try check(kind))
        #expect(result == nil)
        #expect(made.remarks.count == 1, "\(made.remarks)")
        let remark = try #require(made.remarks.first)
        #expect(remark.contains("the label \(name) is not used: ") && remark.contains(said), "\(remark)")
        #expect(!remark.contains("secret-path"))
        let body = try #require(service.requests.first).text
        // As the service's markup and JSON show it.
        #expect(body.contains(name) && body.contains("web"), "\(body)")
    }

    @Test func aFileGetsTheReportInItsOwnFormatWithOneMoreLine() async throws {
        let folder = try TemporaryFolder()
        let file = folder.url.appending(path: "reports").path
        let reporter = try FileReporter(
            settings("file", ["name": file, "format": "{{ .failure.Name }} died{{ .nl }}"]))
        let report = Report.sample("file", labels: ["complainer_default_file_format": "{{ nonsense }}"])
        let (result, _) = await deliver(report, by: reporter, check: try check("file"))
        #expect(result == nil)
        let lines = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n")
        #expect(lines.count == 2 && lines[0] == "web died", "\(lines)")
        #expect(lines.last?.hasPrefix("(the label complainer_default_file_format is not used: ") == true, "\(lines)")
    }

    @Test func aSettingThatFailsForAFailureIsReplacedByItsDefault() async throws {
        let service = try FakeService(.status(200))
        defer { service.stop() }
        let reporter = try SlackReporter(
            settings("slack", ["hook_url": service.url, "format": "{{ index .failure.Labels \"a\" 1 }}"]))
        let (result, made) = await deliver(.sample("slack"), by: reporter, check: try check("slack"))
        #expect(result == nil)
        #expect(made.remarks.first?.contains("the setting slack.format is not used: ") == true, "\(made.remarks)")
        #expect(service.requests.first?.text.contains("Task web (web.1) died with status TASK_FAILED") == true)
    }

    @Test func aFormatThatTookTooLongIsNotTriedAgainAtOnce() async throws {
        let time = FakeTime()
        let check = LabelCheck(SlackSettings.owner, now: time.time.now)
        let report = Report.sample("slack", labels: ["complainer_slack_format": "x"])
        let slow = UnusableValue(origin: .label("format"), isOverBudget: true)
        #expect(check.without(slow, "too slow", report)?.remarks.count == 1)
        #expect(check.checked(report).remarks.first?.contains("too much time a moment ago") == true)
        time.advance(ExpensiveLabels.pause)
        #expect(check.checked(report).remarks.isEmpty)
    }

    @Test(arguments: [("flood_limit", "many"), ("flood_limit", "-1"), ("flood_window", "soon"), ("flood_window", "0s")])
    func floodLabelsThatMakeNoSenseAreNamed(key: String, value: String) throws {
        let report = Report.sample("slack", labels: ["complainer_\(key)": value])
        let remarks = try check("slack").checked(report).remarks
        #expect(remarks.count == 1 && remarks[0].contains("the label complainer_\(key) is not used"), "\(remarks)")
    }

    @Test func moreMistakesThanRemarksCostNoReport() throws {
        var report = Report.sample("slack", labels: ["complainer_slack_format": "x"])
        for number in 0..<20 { report.remark("\(number)") }
        let rest = try check("slack").without(UnusableValue(origin: .label("format")), "wrong", report)
        #expect(rest?.label("format") == nil && rest != nil)
    }

    @Test func remarksAreFewShortLines() {
        var report = Report.sample("slack")
        for number in 0..<100 { report.remark("\(number)\u{1B}[31m\n" + String(repeating: "x", count: 10_000)) }
        #expect(report.remarks.count == 8)
        #expect(report.remarks.allSatisfy { $0.count < 310 && !$0.contains("\n") && !$0.contains("\u{1B}") })
    }
}
