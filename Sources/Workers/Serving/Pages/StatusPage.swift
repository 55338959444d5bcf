import Complaints
import Supervision

/// The page for people: how the instance is, what is wrong with it, and the newest failures with their logs.
///
/// It is one document without scripts, and loads nothing from anywhere.
struct StatusPage: Sendable {
    var instance: String
    var health: HealthAnswer
    /// nil when the dispatcher did not tell.
    var workers: [WorkerReport]?
    var summary: SummaryAnswer?
    var failures: [CaseAnswer]?
    /// Why something is missing.
    var trouble: String?
    var now: Timestamp
    /// After so many seconds a browser asks again; nil for never.
    var refresh: Int?

    /// Failures on the page.
    static let maxFailures = 100

    var html: HTML {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="robots" content="noindex">
        \(refresh.map { "<meta http-equiv=\"refresh\" content=\"\($0)\">\n" } ?? HTML.nothing)\
        <title>\(health.ok ? "" : "✗ ")complainer (\(instance))</title>
        <style>\(Self.style)</style>
        </head>
        <body>
        \(header)\
        \(notes)\
        \(numbers)\
        \(failureSection)\
        \(floodSection)\
        \(workerSection)\
        \(footer)\
        </body>
        </html>

        """
    }

    // MARK: At the top

    private var header: HTML {
        let way =
            switch health.mode {
            case "stream": "event stream"
            case "poll": "polling"
            default: health.mode.shortened(to: 20)
            }
        let facts = [way, health.master?.shortened(to: 200) ?? ""].filter { !$0.isEmpty }.joined(separator: " of ")
        return """
            <header>
            <h1>complainer <small>\(instance)</small></h1>
            \(Self.badge(health.ok ? "healthy" : "fishy", health.ok ? .good : .bad)) <span class="muted">\(facts)</span>
            </header>

            """
    }

    /// What somebody should look after, the worst first.
    private var notes: HTML {
        var notes: [HTML] = []
        if !health.ok { notes.append("\(health.reason ?? "no Mesos master can be talked to")") }
        if let trouble, trouble != health.reason { notes.append("\(trouble)") }
        if let reason = summary?.trouble {
            notes.append("The ledger is in memory, and lost if the dispatcher ends: \(reason)")
        }
        for worker in workers ?? [] where worker.crashLooping {
            notes.append("<b>\(worker.role)</b> keeps crashing: \(worker.lastExit ?? "it just ends")")
        }
        guard !notes.isEmpty else { return .nothing }
        return "<ul class=\"notes\">\(notes.map { "<li>\($0)</li>" })</ul>\n"
    }

    private var numbers: HTML {
        guard let summary else { return .nothing }
        var sums: [String: Int] = [:]
        for states in summary.deliveries.values { sums.merge(states, uniquingKeysWith: +) }
        let lost = ["failed", "expired", "poisoned"].reduce(0) { $0 + (sums[$1] ?? 0) }
        var tiles: [HTML] = [
            tile(summary.cases.values.reduce(0, +), "failures"), tile(summary.backlog, "in work"),
            tile(sums["delivered"] ?? 0, "reports delivered"), tile(sums["pending"] ?? 0, "reports waiting"),
        ]
        if let held = sums["held"], held > 0 { tiles.append(tile(held, "held for a summary")) }
        tiles.append(tile(lost, "reports given up", isBad: lost > 0))
        return "<section class=\"tiles\">\(tiles)</section>\n"
    }

    private func tile(_ number: Int, _ words: String, isBad: Bool = false) -> HTML {
        "<div class=\"tile\(isBad ? " bad" : "")\"><b>\(number)</b> \(words)</div>"
    }

    // MARK: Below

    private var failureSection: HTML {
        guard let failures else { return .nothing }
        guard !failures.isEmpty else { return "<h2>Failures</h2>\n<p class=\"muted\">none so far</p>\n" }
        let shown = failures.prefix(Self.maxFailures)
        let head: HTML = failures.count > shown.count ? "The newest \(shown.count) failures" : "Failures"
        return """
            <h2>\(head)</h2>
            <table>
            <thead><tr><th>when</th><th>task</th><th>framework</th><th>agent</th><th>state</th><th>logs</th>\
            <th>reports</th></tr></thead>
            <tbody>
            \(shown.map { FailureRow(item: $0, now: now).html })\
            </tbody>
            </table>

            """
    }

    private var floodSection: HTML {
        guard let floods = summary?.floods, !floods.isEmpty else { return .nothing }
        let rows: [HTML] = floods.map { flood in
            """
            <tr><td>\(flood.name)</td><td>\(flood.framework)</td><td>\(flood.state)</td><td>\(flood.held)</td>\
            <td>\(flood.reporter)/\(flood.instance)</td><td>\(FailureRow.moment(flood.until))</td></tr>

            """
        }
        return """
            <h2>Held, as too many of one kind came</h2>
            <table>
            <thead><tr><th>task</th><th>framework</th><th>state</th><th>held</th><th>for</th><th>reported at</th></tr>\
            </thead>
            <tbody>
            \(rows)\
            </tbody>
            </table>

            """
    }

    private var workerSection: HTML {
        guard let workers else { return .nothing }
        let rows: [HTML] = workers.map { worker in
            """
            <tr><td>\(worker.role)</td>\
            <td>\(Self.badge(worker.state, worker.state == "ready" ? .good : .busy))</td>\
            <td>\(worker.pid.map { "\($0)" } ?? "")</td><td>\(worker.restarts)</td>\
            <td>\(worker.lastExit ?? "")</td><td>\(worker.status ?? "")</td></tr>

            """
        }
        return """
            <h2>Workers</h2>
            <table>
            <thead><tr><th>worker</th><th>state</th><th>pid</th><th>restarts</th><th>last exit</th><th>says</th></tr>\
            </thead>
            <tbody>
            \(rows)\
            </tbody>
            </table>

            """
    }

    private var footer: HTML {
        let ledger: HTML = summary.map { "ledger \($0.ledger) (\($0.mode)) · " } ?? .nothing
        let again: HTML =
            refresh == nil
            ? "<a href=\"?refresh=10\">reload every 10 s</a>" : "<a href=\"?\">stop reloading</a>"
        return """
            <footer class="muted">v\(Version.number) · \(ledger)\(now.rfc3339()) · \(again) · \
            <a href="metrics">metrics</a> · <a href="api/failures">failures as JSON</a></footer>

            """
    }

    enum Tone: String {
        case good, busy, bad, quiet
    }

    static func badge(_ text: String, _ tone: Tone) -> HTML {
        "<span class=\"badge \(tone.rawValue)\">\(text)</span>"
    }
}
