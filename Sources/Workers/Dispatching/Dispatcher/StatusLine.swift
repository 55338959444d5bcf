import Complaints
import FoundationEssentials

/// The dispatcher's line for people, told when it changed and at most once a second.
struct StatusLine {
    static let interval = Duration.seconds(1)

    private var last = ""
    private var next = ContinuousClock.now
    private var isStale = true

    /// Something may have changed.
    mutating func touch() { isStale = true }

    /// When it may be told, if it is to be.
    var due: ContinuousClock.Instant? { isStale ? next : nil }

    /// - Returns: whether the line is to be made now.
    mutating func isDue(at now: ContinuousClock.Instant) -> Bool {
        guard isStale, now >= next else { return false }
        isStale = false
        next = now + Self.interval
        return true
    }

    /// - Returns: the line, if it is another than the last one.
    mutating func changed(to line: String) -> String? {
        guard line != last else { return nil }
        last = line
        return line
    }

    /// `3 open, 120 done, last: web.core at 2026-11-21T11:39:17Z`. The moment and not its age: the line is read later.
    static func text(_ summary: SummaryAnswer) -> String {
        var parts = ["\(summary.backlog) open", "\(summary.cases["done"] ?? 0) done"]
        if let count = summary.cases["skipped"] { parts.append("\(count) skipped") }
        if let count = summary.cases["poisoned"] { parts.append("\(count) quarantined") }
        if let floods = summary.floods { parts.append("\(floods.reduce(0) { $0 + $1.held }) held in floods") }
        if let uploads = summary.uploads { parts.append("\(uploads) with logs still being saved") }
        let lost = ["failed", "expired"].reduce(0) { sum, state in
            sum + summary.deliveries.values.reduce(0) { $0 + ($1[state] ?? 0) }
        }
        if lost > 0 { parts.append("\(lost) reports given up") }
        if let name = summary.lastFailure, let at = summary.lastFailureAt {
            parts.append(
                "last: \(name) at \(Date(timeIntervalSince1970: at.seconds.rounded(.down)).formatted(.iso8601))")
        }
        if let trouble = summary.trouble { parts.insert("LEDGER IN MEMORY: \(trouble)", at: 0) }
        return parts.joined(separator: ", ")
    }
}
