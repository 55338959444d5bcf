import Complaints
import Foundation
import Supervision
import Testing

@testable import Reporting

/// The events of the Sentry reporter before Sentry's own normaliser, which must find nothing to mend.
@Suite(.serialized, .enabled(if: PythonKit.isWanted, "the normaliser needs Tests/Support/python/setup.sh"))
struct SentryEventTests {
    /// Failures as no sane cluster has them.
    enum Failing: String, CaseIterable {
        case ordinary, nothingKnown, control, endless, emoji, manyLabels, strangeLabels, beginningOfTime, endOfTime
        case releases, slashes, dots, tails, brokenTails

        func change(_ delivery: inout Delivery) {
            let control =
                String(String.UnicodeScalarView((0..<32).compactMap { Unicode.Scalar($0) }))
                + "\u{7f}\u{85}\u{2028}\u{202e}\u{feff}\u{ffff}"
            let long = String(repeating: "ü😀x ", count: 10_000)
            switch self {
            case .ordinary: break
            case .nothingKnown:
                delivery.failure = Failure(
                    id: "", name: "", slave: "", framework: "", state: "", started: Timestamp(nanoseconds: 0),
                    finished: Timestamp(nanoseconds: 0), frameworkID: "", agentID: "")
                delivery.evidence = Evidence(stdoutURL: "", stderrURL: "", logsError: "")
            case .control: Self.fill(&delivery, with: control)
            case .endless: Self.fill(&delivery, with: long)
            case .emoji: Self.fill(&delivery, with: "👩‍👩‍👧‍👦 e\u{301} \u{1F3F4}\u{E0067}\u{E0062}")
            case .manyLabels:
                for number in 0..<2000 {
                    delivery.failure.labels["label \(number)"] = String(repeating: "v", count: 500)
                }
            case .strangeLabels:
                delivery.failure.labels = ["": "", control: control, long: long, "a.b.c": "{}", "$x": "\""]
            case .beginningOfTime: delivery.failure.finished = Timestamp(nanoseconds: 0)
            case .endOfTime:
                delivery.failure.started = Timestamp(nanoseconds: .min)
                delivery.failure.finished = Timestamp(nanoseconds: .max)
            case .releases: Self.label(&delivery, "web@3\n2 \t" + long)
            case .slashes: Self.label(&delivery, "a/b\\c d")
            case .dots: Self.label(&delivery, "..")
            case .tails:
                delivery.evidence.stdoutTail = String(repeating: "line of output\n", count: 20_000)
                delivery.evidence.stderrTail = long
            case .brokenTails:
                delivery.evidence.stdoutTail = control + "\u{1b}[31mred\u{1b}[0m\r\n"
                delivery.evidence.stderrTail = String(decoding: (0..<4096).map { UInt8($0 % 256) }, as: UTF8.self)
            }
        }

        private static func fill(_ delivery: inout Delivery, with text: String) {
            delivery.failure.id = text
            delivery.failure.name = text
            delivery.failure.slave = text
            delivery.failure.framework = text
            delivery.failure.image = text
            delivery.failure.state = text
            delivery.failure.message = text
            delivery.failure.reason = text
            delivery.failure.labels["k"] = text
            delivery.evidence = Evidence(stdoutURL: text, stderrURL: text, logsError: text)
            delivery.evidence.stderrTail = text
            label(&delivery, text)
        }

        private static func label(_ delivery: inout Delivery, _ text: String) {
            delivery.failure.labels["complainer_sentry_release"] = text
            delivery.failure.labels["complainer_sentry_environment"] = text
        }
    }

    private static let secrets = [
        "complainer_sentry_dsn", "complainer_slack_hook_url", "complainer_default_hipchat_instance_x_token",
        "complainer_jira_password", "complainer_webhook_url", "complainer_pagerduty_routing_key",
        "complainer_email_password",
    ]

    private func report(_ failing: Failing, at sentry: FakeMaster) -> Report {
        var failure = Failure(
            id: "web.1", name: "web", slave: "agent7", framework: "marathon", image: "registry/web:3",
            state: "TASK_FAILED", started: Timestamp(nanoseconds: 1_795_251_600_000_000_000),
            finished: Timestamp(nanoseconds: 1_795_255_200_250_000_000), labels: ["team": "web"], frameworkID: "F-1",
            agentID: "S-1", terminal: Timestamp(nanoseconds: 1_795_255_200_250_000_000))
        failure.message = "Command exited with status 1"
        var delivery = Delivery(
            id: 1, failure: failure, evidence: Evidence(stdoutURL: "http://s3/out?a=1&b=2", stderrURL: "http://s3/err"),
            instance: "default")
        failing.change(&delivery)
        for name in Self.secrets { delivery.failure.labels[name] = "s3cr3t" }
        delivery.failure.labels["complainer_sentry_dsn"] = "http://s3cr3tkey@127.0.0.1:\(sentry.port)/42"
        return Report(delivery, kind: "sentry", labels: LabelResolver(name: "default", isDefault: true)) { _ in }
    }

    /// What the reporter sends for a failure: the event out of the envelope.
    private func event(_ failing: Failing) async throws -> String {
        let sentry = try FakeMaster(.json("{}"))
        defer { sentry.stop() }
        let reporter = SentryReporter(WorkerSettings(values: [:]))
        let result = try await reporter.deliver(report(failing, at: sentry))
        #expect(result == .delivered)
        let body = try #require(sentry.requests.first?.body)
        let lines = String(decoding: body, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count > 3 && lines[1].contains("\"type\":\"event\""))
        return String(try #require(lines.dropFirst(2).first))
    }

    @Test(arguments: Failing.allCases)
    func sentryFindsNothingToMend(failing: Failing) async throws {
        let text = try await event(failing)
        #expect(!text.contains("s3cr3t"), "a label's secret")
        let folder = try Scratch.folder("sentry")
        let file = folder.appending(path: "event.json")
        try Data(text.utf8).write(to: file)
        let check = try ChildProcess(
            Checkout.support.appending(path: "sentry/sentry_check.py").path, [file.path], name: "check", in: folder,
            environment: PythonKit.environment)
        let exit = try await check.waitForExit()
        #expect(exit == .code(0), "\(check.tail)")
        let said = try String(contentsOf: check.standardOutput, encoding: .utf8)
        #expect(said.hasPrefix("clean: ") && said.split(separator: "\n").count == 1, "\(said)")
    }

    @Test func theNormaliserFindsWhatIsWrong() async throws {
        let check = try ChildProcess(
            Checkout.support.appending(path: "sentry/sentry_check.py").path,
            [Checkout.support.appending(path: "sentry/bad.json").path], name: "check", in: Scratch.folder("sentry"),
            environment: PythonKit.environment)
        #expect(try await check.waitForExit() == .code(1))
    }

    @Test func theSameFailureIsTheSameEvent() async throws {
        func id(_ failing: Failing) async throws -> String {
            let text = try await event(failing)
            let sent = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
            return try #require(sent?["event_id"] as? String)
        }
        let (first, second, other) = (try await id(.ordinary), try await id(.tails), try await id(.nothingKnown))
        #expect(first == second && first != other)
    }
}
