import Foundation
import TestTools
import Testing

@testable import Reporting

/// A format of a task that can be parsed and then fails: whoever renders one says for good that this report cannot be
/// made, where in which format it failed, and goes on with the next.
@Suite struct FormatFailureTests {
    /// Kinds, the label that is wrong, and what else the reporter needs to be set.
    static let formats: [(kind: String, label: String, settings: [String: String])] = [
        ("slack", "format", ["hook_url": "http://127.0.0.1:1/"]),
        ("hipchat", "format", ["base_url": "http://127.0.0.1:1/v2/", "room": "ops", "token": "t"]),
        ("email", "subject", ["url": "smtp://127.0.0.1:1", "from": "a@example.com", "to": "b@example.com"]),
        ("email", "format", ["url": "smtp://127.0.0.1:1", "from": "a@example.com", "to": "b@example.com"]),
        ("jira", "fields", ["url": "http://127.0.0.1:1", "username": "bot", "password": "p"]),
        ("journald", "format", [:]),
        ("file", "format", ["name": "/dev/null"]),
    ]

    private func reporter(_ kind: String, _ values: [String: String]) throws -> any Reporter {
        let make = try #require(ReporterRegistry.kind(kind)?.make)
        return try make(settings(kind, values))
    }

    @Test(arguments: formats)
    func itIsToldWithItsPlaceForGood(kind: String, label: String, values: [String: String]) async throws {
        let wrong = "one\n{{ .failure.Name }} {{ index .stdoutURL 999 }}"
        let text = kind == "jira" ? "Project:OPS;Issue Type:Bug;Summary:\(wrong)" : wrong
        let reporter = try reporter(kind, values)
        let report = Report.sample(kind, labels: ["complainer_\(kind)_\(label)": text])
        let error = try #require(await refusal(of: report, by: reporter))
        #expect(error.isPermanent, "\(error.reason)")
        #expect(error.reason.contains("label \(label)"), "\(error.reason)")
        #expect(error.reason.contains(":2:"), "the line: \(error.reason)")
        // One that cannot even be parsed.
        let broken = Report.sample(
            kind, labels: ["complainer_\(kind)_\(label)": text.replacing("999 }}", with: "999 ")])
        let other = try #require(await refusal(of: broken, by: reporter))
        #expect(other.isPermanent && other.reason.contains("label \(label)"), "\(other.reason)")
    }
}
