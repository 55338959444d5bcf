import Complaints
import Foundation
import Supervision
import Testing

@testable import complainer

@Suite struct StatusTests {
    private static func answers(_ health: HealthAnswer) -> StatusAnswers {
        StatusAnswers(version: "complainer (blue) v2.0.0", health: health, documents: [])
    }

    private static func item(_ name: String, error: String? = nil) -> CaseAnswer {
        let finished = Timestamp(nanoseconds: 784_111_777_000_000_000)
        let failure = Failure(
            id: "\(name).1", name: name, slave: "agent", framework: "marathon", state: "TASK_FAILED", started: finished,
            finished: finished, frameworkID: "f", agentID: "a", terminal: finished)
        return CaseAnswer(
            id: 1, key: failure.key, failure: failure, state: "delivering", attempts: 1, error: nil, detected: finished,
            updated: finished, evidence: nil,
            reports: [
                .init(
                    reporter: "slack", instance: "default", state: "pending", attempts: 3, error: error,
                    updated: finished)
            ])
    }

    private static func page(_ answers: StatusAnswers, isColoured: Bool = false) -> [String] {
        StatusPage(answers, isColoured: isColoured).text.split(separator: "\n", omittingEmptySubsequences: false)
            .map(String.init)
    }

    @Test func theFirstLineTellsTheWhole() {
        let well = Self.answers(HealthAnswer(ok: true, mode: "stream", master: "http://10.0.0.1:5050"))
        #expect(Self.page(well)[0] == "complainer (blue) v2.0.0: healthy; event stream; master http://10.0.0.1:5050")
        let ill = Self.answers(HealthAnswer(ok: false, reason: "no master answers", mode: "poll"))
        #expect(Self.page(ill)[0] == "complainer (blue) v2.0.0: fishy: no master answers; polling")
        let young = Self.answers(HealthAnswer(ok: false))
        #expect(Self.page(young) == ["complainer (blue) v2.0.0: fishy: no Mesos master can be talked to", ""])
    }

    @Test func colourIsForTerminals() {
        let well = Self.answers(HealthAnswer(ok: true))
        #expect(Self.page(well, isColoured: true)[0].hasSuffix("\u{1B}[1;32mhealthy\u{1B}[0m"))
    }

    @Test func everythingIsInItsColumn() {
        var answers = Self.answers(HealthAnswer(ok: true))
        answers.workers = [
            WorkerReport(role: "poller", state: "ready", pid: 7, restarts: 0, status: "fine"),
            WorkerReport(
                role: "reporter/slack", state: "waiting", restarts: 12, lastExit: "killed by SIGKILL",
                crashLooping: true),
        ]
        answers.summary = SummaryAnswer(
            cases: ["done": 3, "collecting": 1, "skipped": 0], deliveries: ["slack": ["delivered": 2]], backlog: 1,
            ledger: "/var/lib/complainer/ledger.sqlite", mode: "memory", trouble: "disk full")
        answers.failures = [Self.item("web", error: "HTTP 500"), Self.item("database")]
        #expect(
            Self.page(answers) == [
                "complainer (blue) v2.0.0: healthy",
                "",
                "WORKER          STATE              PID  RESTARTS  LAST EXIT          STATUS",
                "poller          ready              7    0         -                  fine",
                "reporter/slack  waiting, crashing  -    12        killed by SIGKILL  -",
                "",
                "backlog: 1; failures: 1 collecting, 3 done",
                "reports to slack: 2 delivered",
                "ledger: /var/lib/complainer/ledger.sqlite (memory)",
                "the ledger is in trouble: disk full",
                "",
                "FINISHED              TASK      ID          FRAMEWORK  STATE        CASE        REPORTS",
                "1994-11-06 08:49:37Z  web       web.1       marathon   TASK_FAILED  delivering  slack/default: pending",
                "1994-11-06 08:49:37Z  database  database.1  marathon   TASK_FAILED  delivering  slack/default: pending",
                "",
                "web.1: slack/default, pending after 3 tries: HTTP 500",
                "",
            ])
    }

    @Test func floodsAndTheirSummariesAreShown() {
        var answers = Self.answers(HealthAnswer(ok: true))
        var item = Self.item("web")
        let moment = item.failure.finished
        item.reports[0].held = HeldFailures(count: 214, first: moment, last: moment, seconds: 300)
        answers.failures = [item]
        answers.summary = SummaryAnswer(
            cases: [:], deliveries: ["slack": ["held": 9]], backlog: 9, ledger: "/l", mode: "disk",
            floods: [
                .init(
                    reporter: "slack", instance: "ops", name: "web", framework: "marathon", state: "TASK_FAILED",
                    held: 9, until: moment)
            ])
        let page = Self.page(answers)
        #expect(page.contains("reports to slack: 9 held"))
        #expect(
            page.contains(
                "flood: 9 TASK_FAILED of web (marathon) held for slack/ops, reported together at 1994-11-06 08:49:37Z"))
        #expect(page.contains { $0.contains("slack/default: pending (214 in one)") })
    }

    @Test func logsThatAreStillBeingSavedAreTold() {
        var answers = Self.answers(HealthAnswer(ok: true))
        answers.summary = SummaryAnswer(
            cases: ["done": 3], deliveries: [:], backlog: 0, ledger: "l", mode: "disk", uploads: 3)
        let next = Timestamp(nanoseconds: 784_111_837_000_000_000)
        answers.failures = zip(
            ["first", "again", "once"],
            [
                CaseAnswer.Upload(attempts: 0, error: nil, next: nil),
                .init(attempts: 12, error: "PUT logs/x: 503 SlowDown", next: next),
                .init(attempts: 1, error: "?", next: nil),
            ]
        ).map { name, upload in
            var item = Self.item(name)
            item.state = "done"
            item.error = "what was wrong before the report"
            item.evidence = Evidence(stdoutURL: "", stderrURL: "", logsError: "what the report says")
            item.upload = upload
            return item
        }
        let page = Self.page(answers)
        #expect(page.contains("logs still being saved of failures that are reported without them: 3"), "\(page)")
        #expect(page.filter { $0.contains("done, saving logs") }.count == 3)
        #expect(
            page.suffix(4) == [
                "first.1: logs: still being saved, the first try is under way",
                "again.1: logs: still being saved, 12 tries failed, the next at 1994-11-06 08:50:37Z: "
                    + "PUT logs/x: 503 SlowDown",
                "once.1: logs: still being saved, 1 try failed: ?", "",
            ], "\(page)")
        #expect(!page.contains { $0.contains("what") })
    }

    @Test func onlyTheNewestTenFailuresAreShown() {
        var answers = Self.answers(HealthAnswer(ok: true))
        answers.failures = (0..<200).map { Self.item("task\($0)") }
        let text = Self.page(answers).joined()
        #expect(text.contains("task9.1") && !text.contains("task10"))
    }

    @Test func aTaskCannotMoveTheCursor() {
        var answers = Self.answers(HealthAnswer(ok: true))
        answers.failures = [Self.item("evil\u{1B}[2J\nhealthy\r", error: "a\u{9B}31m")]
        let text = Self.page(answers).joined(separator: "\n")
        #expect(!text.unicodeScalars.contains { ($0.value < 32 && $0 != "\n") || (127..<160).contains($0.value) })
        #expect(!Self.page(answers).contains { $0.hasPrefix("healthy") })
    }

    @Test func whatIsMissingIsNull() throws {
        var answers = Self.answers(HealthAnswer(ok: true))
        answers.documents = [("health", #"{"ok":true}"#), ("failures", "[]")]
        #expect(answers.json == #"{"health":{"ok":true},"workers":null,"summary":null,"failures":[]}"#)
        _ = try JSONSerialization.jsonObject(with: Data(answers.json.utf8))
    }

    @Test func anInstanceThatIsNotRunningIsOneLine() {
        let error = #expect(throws: ControlError.self) {
            try ControlClient.find(instance: "blue", paths: ["/nonexistent/a.sock", "/nonexistent/b.sock"])
        }
        #expect(
            "\(error as Any)".contains(
                "no instance \"blue\" is running: there is no /nonexistent/a.sock, no /nonexistent/b.sock"))
    }

    @Test func aSocketThatNobodyListensOnIsTold() async throws {
        let path = "/tmp/status-\(UUID().uuidString.prefix(8)).sock"
        try Data().write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        let client = try ControlClient.find(instance: "default", paths: ["/nonexistent/a.sock", path])
        defer { client.close() }
        await #expect(
            throws: ControlError.unusable(
                path: path, reason: "nobody listens there; the instance is not running any more")
        ) { try await client.answers() }
    }
}
