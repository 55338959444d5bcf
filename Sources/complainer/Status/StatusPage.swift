import Complaints
import Glibc
import Supervision

/// What `complainer status` prints for people. Texts of strangers, as tasks' names, lose their control characters.
struct StatusPage {
    /// Failures shown.
    static let failureCount = 10

    private let answers: StatusAnswers
    private let isColoured: Bool

    init(_ answers: StatusAnswers, isColoured: Bool) {
        self.answers = answers
        self.isColoured = isColoured
    }

    var text: String {
        var lines = [overall]
        if let workers = answers.workers { lines += [""] + table(of: workers) }
        if let summary = answers.summary { lines += [""] + backlog(summary) }
        if let failures = answers.failures { lines += [""] + table(of: failures.prefix(Self.failureCount)) }
        return lines.map { $0 + "\n" }.joined()
    }

    /// One line about the whole.
    private var overall: String {
        let health = answers.health
        let way =
            switch health.mode {
            case "stream": "event stream"
            case "poll": "polling"
            default: health.mode.shortened(to: 20)
            }
        let detection = [way, health.master.map { "master \($0.shortened(to: 100))" } ?? ""].filter { !$0.isEmpty }
        let reason = health.reason?.shortened(to: 300) ?? "no Mesos master can be talked to"
        let state = health.ok ? coloured("healthy", 32) : coloured("fishy", 31) + ": " + reason
        return (["\(answers.version.shortened(to: 120)): \(state)"] + detection).joined(separator: "; ")
    }

    private func table(of workers: [WorkerReport]) -> [String] {
        var table = TextTable(["WORKER", "STATE", "PID", "RESTARTS", "LAST EXIT", "STATUS"])
        for worker in workers {
            table.add([
                worker.role, worker.crashLooping ? "\(worker.state), crashing" : worker.state,
                worker.pid.map { "\($0)" } ?? "", "\(worker.restarts)", worker.lastExit?.shortened(to: 60) ?? "",
                worker.status?.shortened(to: 160) ?? "",
            ])
        }
        return table.lines
    }

    private func backlog(_ summary: SummaryAnswer) -> [String] {
        var lines = ["backlog: \(summary.backlog); failures: \(counts(summary.cases))"]
        for (reporter, states) in summary.deliveries.sorted(by: { $0.key < $1.key }) {
            lines.append("reports to \(reporter.shortened(to: 60)): \(counts(states))")
        }
        for flood in summary.floods ?? [] {
            lines.append(
                "flood: \(flood.held) \(flood.state.shortened(to: 30)) of \(flood.name.shortened(to: 60))"
                    + " (\(flood.framework.shortened(to: 40))) held for"
                    + " \(flood.reporter.shortened(to: 30))/\(flood.instance.shortened(to: 30)),"
                    + " reported together at \(time(flood.until))")
        }
        if let uploads = summary.uploads {
            lines.append("logs still being saved of failures that are reported without them: \(uploads)")
        }
        lines.append("ledger: \(summary.ledger.shortened(to: 200)) (\(summary.mode.shortened(to: 20)))")
        if let trouble = summary.trouble {
            lines.append(coloured("the ledger is in trouble", 31) + ": \(trouble.shortened(to: 300))")
        }
        return lines
    }

    private func counts(_ states: [String: Int]) -> String {
        let parts = states.filter { $0.value > 0 }.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
        return parts.isEmpty ? "none" : parts.joined(separator: ", ").shortened(to: 300)
    }

    private func table(of failures: ArraySlice<CaseAnswer>) -> [String] {
        guard !failures.isEmpty else { return ["no failures"] }
        var table = TextTable(["FINISHED", "TASK", "ID", "FRAMEWORK", "STATE", "CASE", "REPORTS"])
        for item in failures {
            let failure = item.failure
            table.add([
                time(failure.finished), failure.name.shortened(to: 40), failure.id.shortened(to: 60),
                failure.framework.shortened(to: 30), failure.state.shortened(to: 30),
                item.upload == nil ? item.state : "\(item.state), saving logs",
                item.reports.map { report in
                    "\(report.reporter)/\(report.instance): \(report.state)".shortened(to: 60)
                        + (report.held.map { " (\($0.count) in one)" } ?? "")
                }.joined(separator: ", "),
            ])
        }
        return table.lines + errors(of: failures)
    }

    /// What went wrong with these failures, below their table.
    private func errors(of failures: ArraySlice<CaseAnswer>) -> [String] {
        var lines: [String] = []
        for item in failures {
            let name = item.failure.id.shortened(to: 60)
            if let upload = item.upload {
                lines.append("\(name): logs: still being saved, \(progress(of: upload))")
            } else {
                if let error = item.error { lines.append("\(name): logs: \(error.shortened(to: 200))") }
                if let error = item.evidence?.logsError { lines.append("\(name): logs: \(error.shortened(to: 200))") }
            }
            for report in item.reports {
                guard let error = report.error else { continue }
                let tries = tries(report.attempts)
                let who = "\(report.reporter)/\(report.instance)".shortened(to: 60)
                lines.append("\(name): \(who), \(report.state) after \(tries): \(error.shortened(to: 200))")
            }
        }
        return lines.isEmpty ? [] : [""] + lines
    }

    /// `3 tries failed, the next at 2026-11-21 12:00:05Z: 503 SlowDown`
    private func progress(of upload: CaseAnswer.Upload) -> String {
        let count = upload.attempts == 0 ? "the first try is under way" : "\(tries(upload.attempts)) failed"
        let next = upload.next.map { ", the next at \(time($0))" } ?? ""
        return count + next + (upload.error.map { ": \($0.shortened(to: 200))" } ?? "")
    }

    private func tries(_ count: Int) -> String { count == 1 ? "1 try" : "\(count) tries" }

    /// `2026-11-21 12:00:05Z`
    private func time(_ timestamp: Timestamp) -> String {
        var moment = time_t(timestamp.nanoseconds / 1_000_000_000)
        var parts = tm()
        gmtime_r(&moment, &parts)
        func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(1900 + parts.tm_year)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday)) "
            + "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec))Z"
    }

    private func coloured(_ text: String, _ colour: Int) -> String {
        isColoured ? "\u{1B}[1;\(colour)m\(text)\u{1B}[0m" : text
    }
}
