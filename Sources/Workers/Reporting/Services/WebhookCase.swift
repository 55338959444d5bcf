import Complaints
import Crypto

/// A case as the webhook reporter posts it. Times are RFC 3339 in UTC; what is not known is left out or empty.
struct WebhookCase: Encodable {
    struct Failure: Encodable {
        var id: String
        var name: String
        var slave: String
        var framework: String
        var image: String
        var state: String
        var started: String
        var finished: String
        /// Without those that hold secrets of reporters.
        var labels: [String: String]
        var message: String
        var reason: String
        var source: String
        var frameworkID: String
        var agentID: String
        var executorID: String
        var containerIDs: [String]
        var exitCode: Int?
        var agent: AgentAddress?
        var terminal: String?
    }

    /// Failures of the same kind that came too fast to be told one by one; `failure` is the newest of them.
    struct Held: Encodable {
        var count: Int
        var first: String
        var last: String
        /// The time in which they were held.
        var seconds: Double
        /// A sentence for people.
        var summary: String
    }

    /// The version of complainer.
    var version = Version.number
    /// Of this report: the same in each try.
    var id: String
    var instance: String
    /// 1 for the first try.
    var attempt: Int
    /// Made by `complainer test-report`.
    var test: Bool
    var failure: Failure
    var evidence: Evidence
    /// Left out when the failure stands for itself.
    var held: Held?
    /// What was not used to make this report, and why; left out when there is nothing of the kind.
    var remarks: [String]?

    init(_ report: Report) {
        let failure = report.delivery.failure
        id = Self.identifier(report)
        instance = report.delivery.instance
        attempt = report.delivery.attempt
        test = report.delivery.isTest
        evidence = report.delivery.evidence
        remarks = report.remarks.isEmpty ? nil : report.remarks
        held = report.delivery.held.map {
            Held(
                count: $0.count, first: $0.first.rfc3339(digits: 6), last: $0.last.rfc3339(digits: 6),
                seconds: $0.seconds, summary: $0.summary(of: failure))
        }
        self.failure = Failure(
            id: failure.id, name: failure.name, slave: failure.slave, framework: failure.framework,
            image: failure.image, state: failure.state, started: failure.started.rfc3339(digits: 6),
            finished: failure.finished.rfc3339(digits: 6), labels: failure.openLabels, message: failure.message,
            reason: failure.reason, source: failure.source, frameworkID: failure.frameworkID,
            agentID: failure.agentID, executorID: failure.executorID, containerIDs: failure.containerIDs,
            exitCode: failure.exitCode, agent: failure.agent, terminal: failure.terminal?.rfc3339(digits: 6))
    }

    /// Of the failure and the instance: two instances of a task may post to one place.
    static func identifier(_ report: Report) -> String {
        let text = "\(report.delivery.failure.key)\n\(report.delivery.instance)"
        return SHA256.hash(data: Array(text.utf8)).prefix(16).hexadecimal
    }
}
