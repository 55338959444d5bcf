import Complaints
import Glibc
import Supervision

/// Waits for what becomes of the test failure, and tells it line by line.
struct TestReportWatch {
    /// The control socket of the instance that was started for the test.
    let socket: String
    let patience: Duration
    /// Whether there are logs that are to be saved somewhere.
    let savesLogs: Bool

    /// - Returns: whether everybody has taken the report.
    func run(_ tell: (String) -> Void) async -> Bool {
        let deadline = ContinuousClock.now + patience
        var progress = TestReportProgress(savesLogs: savesLogs)
        while ContinuousClock.now < deadline {
            do throws(ControlError) {
                let client = try ControlClient.find(instance: "test", paths: [socket])
                defer { client.close() }
                while ContinuousClock.now < deadline {
                    for line in progress.lines(try await client.failures()?.first) { tell(line) }
                    if let isWell = progress.isWell { return isWell }
                    try? await Task.sleep(for: .milliseconds(50))
                }
                for line in progress.unfinished(after: patience, try await client.workers() ?? []) { tell(line) }
                return false
            } catch {
                // Not there yet, or just being started again.
                try? await Task.sleep(for: .milliseconds(50))
            }
        }
        for line in progress.unfinished(after: patience, []) { tell(line) }
        return false
    }
}

/// What was told of a test so far. Knows no clock.
struct TestReportProgress {
    private var last: CaseAnswer?
    /// States that were told, by reporter and instance.
    private var told: [String: String] = [:]
    /// Whether all went well; nil while some of it is open.
    private(set) var isWell: Bool?

    private let savesLogs: Bool
    private var hasToldOfLogs = false
    private var logsAreWell = true

    /// - Parameter savesLogs: whether there are logs that are to be saved somewhere.
    init(savesLogs: Bool = false) {
        self.savesLogs = savesLogs
    }

    /// What is new.
    mutating func lines(_ answer: CaseAnswer?) -> [String] {
        guard let answer else { return [] }
        last = answer
        if answer.state == "skipped" {
            isWell = false
            return [
                "FAILED: no reporter has an instance for such a task: with -default=false, and for any instance but "
                    + "the default one, give the labels of a task, e.g. -label complainer_slack_instances=ops"
            ]
        }
        var lines = logs(answer)
        for report in answer.reports {
            let who = Self.name(report)
            let error = report.error?.shortened(to: 500) ?? ""
            let line: String
            switch report.state {
            case "delivered": line = "delivered"
            case "pending":
                guard report.attempts > 0 else { continue }
                line = "not delivered yet, trying again (after try \(report.attempts)): \(error)"
            default: line = "FAILED: \(error)"
            }
            guard told[who] != line else { continue }
            told[who] = line
            lines.append("\(who): \(line)")
        }
        if !answer.reports.isEmpty, answer.reports.allSatisfy({ $0.state != "pending" }) {
            isWell = logsAreWell && answer.reports.allSatisfy { $0.state == "delivered" }
        }
        return lines
    }

    /// What became of the two sample logs, once it is known.
    private mutating func logs(_ answer: CaseAnswer) -> [String] {
        guard savesLogs, !hasToldOfLogs, let evidence = answer.evidence else { return [] }
        hasToldOfLogs = true
        guard let error = evidence.logsError else { return ["logs: saved, \(evidence.stdoutURL)"] }
        logsAreWell = false
        return ["logs: FAILED: \(error.shortened(to: 500))"]
    }

    /// What is missing when the time is over.
    func unfinished(after patience: Duration, _ workers: [WorkerReport]) -> [String] {
        let span = "\(patience.components.seconds) s"
        func trouble(_ role: String) -> String {
            guard let worker = workers.first(where: { $0.role == role }), worker.restarts > 0 else { return "" }
            let exit = worker.lastExit.map { ", last: \($0.shortened(to: 60))" } ?? ""
            return " (its worker was started again \(worker.restarts) times\(exit); see -log-level=info)"
        }
        guard let last, !last.reports.isEmpty else {
            let reason = last?.error.map { ": \($0.shortened(to: 300))" } ?? ""
            return ["FAILED: the uploader has not answered within \(span)\(reason)\(trouble("uploader"))"]
        }
        return last.reports.filter { $0.state == "pending" }.map { report in
            let reason = report.error.map { ": \($0.shortened(to: 500))" } ?? ""
            return "\(Self.name(report)): FAILED: not delivered within \(span)\(reason)"
                + trouble("reporter/\(report.reporter)")
        }
    }

    private static func name(_ report: CaseAnswer.Report) -> String {
        "\(report.reporter.shortened(to: 30))/\(report.instance.shortened(to: 60))"
    }
}
