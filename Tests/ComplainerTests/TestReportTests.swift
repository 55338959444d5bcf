import Complaints
import Supervision
import Testing

@testable import complainer

/// What `complainer test-report` tells people while it waits.
@Suite struct TestReportProgressTests {
    private func answer(_ reports: [CaseAnswer.Report], state: String = "delivering") -> CaseAnswer {
        let failure = TestFailure.make(labels: [:], now: Timestamp(nanoseconds: 1_000_000_000))
        return CaseAnswer(
            id: 1, key: failure.key, failure: failure, state: state, attempts: 0, error: nil,
            detected: failure.finished, updated: failure.finished, evidence: nil, reports: reports)
    }

    private func report(
        _ reporter: String, _ state: String, attempts: Int = 0, error: String? = nil
    ) -> CaseAnswer.Report {
        CaseAnswer.Report(
            reporter: reporter, instance: "default", state: state, attempts: attempts, error: error,
            updated: Timestamp(nanoseconds: 0))
    }

    @Test func eachChangeIsToldOnce() {
        var progress = TestReportProgress()
        #expect(progress.lines(nil).isEmpty)
        #expect(
            progress.lines(answer([report("slack", "pending"), report("file", "delivered")])) == [
                "file/default: delivered"
            ])
        let waiting = answer([report("slack", "pending", attempts: 1, error: "503"), report("file", "delivered")])
        #expect(
            progress.lines(waiting) == ["slack/default: not delivered yet, trying again (after try 1): 503"])
        #expect(progress.lines(waiting).isEmpty)
        #expect(progress.isWell == nil)
        #expect(
            progress.lines(answer([report("slack", "delivered"), report("file", "delivered")])) == [
                "slack/default: delivered"
            ])
        #expect(progress.isWell == true)
    }

    @Test(arguments: ["failed", "expired", "poisoned"]) func oneThatFailsMakesTheWholeFail(state: String) {
        var progress = TestReportProgress()
        let lines = progress.lines(answer([report("slack", state, error: "no\u{1B}[2J"), report("file", "delivered")]))
        #expect(lines.first?.hasPrefix("slack/default: FAILED: no") == true)
        #expect(!lines.joined().contains("\u{1B}"), "a service cannot move the cursor")
        #expect(progress.isWell == false)
    }

    @Test func whatIsMissingAtTheEndIsNamed() {
        var progress = TestReportProgress()
        let worker = WorkerReport(role: "uploader", state: "waiting", restarts: 4, lastExit: "killed by SIGSEGV")
        #expect(
            progress.unfinished(after: .seconds(30), [worker]) == [
                "FAILED: the uploader has not answered within 30 s (its worker was started again 4 times, last: "
                    + "killed by SIGSEGV; see -log-level=info)"
            ])
        _ = progress.lines(
            answer([report("slack", "pending", attempts: 3, error: "503"), report("file", "delivered")]))
        #expect(
            progress.unfinished(after: .seconds(30), []) == [
                "slack/default: FAILED: not delivered within 30 s: 503"
            ])
    }

    @Test func aTaskThatNobodyIsToldOfIsAMistake() {
        var progress = TestReportProgress()
        #expect(progress.lines(answer([], state: "skipped")).first?.hasPrefix("FAILED: no reporter") == true)
        #expect(progress.isWell == false)
    }
}
