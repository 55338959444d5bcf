import Complaints

/// A failure in the status page's table: one line, and all the rest behind its name.
struct FailureRow {
    let item: CaseAnswer
    let now: Timestamp

    var html: HTML {
        let failure = item.failure
        return """
            <tr><td>\(Self.moment(failure.finished))<br><small class="muted">\(age)</small></td>\
            <td><details><summary>\(failure.name)</summary>\(details)</details></td>\
            <td>\(failure.framework)</td><td>\(failure.slave)</td><td>\(failure.state)</td>\
            <td>\(logs)</td><td>\(reports)</td></tr>

            """
    }

    /// `2026-11-21 10:00:05`, in UTC.
    static func moment(_ moment: Timestamp) -> HTML {
        let text = moment.rfc3339()
        return "<time datetime=\"\(text)\">\(text.replacing("T", with: " ").replacing("Z", with: ""))</time>"
    }

    private var age: String {
        let seconds =
            max(0, now.nanoseconds.subtractingReportingOverflow(item.failure.finished.nanoseconds).partialValue)
            / 1_000_000_000
        for (length, name) in [(86_400, "d"), (3600, "h"), (60, "min")] as [(Int64, String)] where seconds >= length {
            return "\(seconds / length) \(name) ago"
        }
        return "\(seconds) s ago"
    }

    private var logs: HTML {
        guard let evidence = item.evidence else { return StatusPage.badge(item.state, .busy) }
        let links = [("stdout", evidence.stdoutURL), ("stderr", evidence.stderrURL)].compactMap { Self.link($0, $1) }
        let doubt: HTML = evidence.logsError == nil ? .nothing : " \(StatusPage.badge("doubtful", .bad))"
        return "\(links)\(doubt)"
    }

    /// Only what leads to a web page becomes a link.
    private static func link(_ name: String, _ url: String) -> HTML? {
        guard url.hasPrefix("https://") || url.hasPrefix("http://") else { return nil }
        return "<a href=\"\(url)\">\(name)</a> "
    }

    private var reports: HTML {
        if item.reports.isEmpty {
            return item.state == "collecting" ? .nothing : StatusPage.badge(item.state, tone(item.state))
        }
        return "\(item.reports.map { report -> HTML in "\(StatusPage.badge(words(report), tone(report.state))) " })"
    }

    private func words(_ report: CaseAnswer.Report) -> String {
        let who =
            report.instance == LabelResolver.defaultName ? report.reporter : "\(report.reporter)/\(report.instance)"
        return "\(who) \(report.state)" + (report.held.map { " (\($0.count) in one)" } ?? "")
    }

    private func tone(_ state: String) -> StatusPage.Tone {
        switch state {
        case "delivered", "done": .good
        case "failed", "expired", "poisoned": .bad
        case "skipped", "summarised": .quiet
        default: .busy
        }
    }

    // MARK: Behind the name

    private var details: HTML {
        let failure = item.failure
        let facts = [
            ("task", failure.id), ("image", failure.image), ("message", failure.message), ("reason", failure.reason),
            ("source", failure.source), ("exit code", failure.exitCode.map { "\($0)" } ?? ""),
            ("started", failure.started.rfc3339()), ("framework", failure.frameworkID), ("agent", failure.agentID),
            ("container", failure.containerIDs.last ?? ""), ("case", "\(item.state), number \(item.id)"),
            ("logs", [item.error, item.evidence?.logsError].compactMap(\.self).joined(separator: "; ")),
        ]
        let lines: [HTML] =
            facts.filter { !$0.1.isEmpty }.map { "<dt>\($0.0)</dt><dd>\($0.1)</dd>" }
            + item.reports.compactMap { report in
                report.error.map { error -> HTML in
                    """
                    <dt>\(report.reporter)/\(report.instance)</dt>\
                    <dd>\(report.state) after \(report.attempts) \(report.attempts == 1 ? "try" : "tries"): \(error)</dd>
                    """
                }
            }
        return
            "<dl>\(lines)</dl>\(tail("stderr", item.evidence?.stderrTail))\(tail("stdout", item.evidence?.stdoutTail))"
    }

    private func tail(_ name: String, _ text: String?) -> HTML {
        guard let text, !text.isEmpty else { return .nothing }
        return "<p class=\"muted\">end of \(name)</p><pre>\(text)</pre>"
    }
}
