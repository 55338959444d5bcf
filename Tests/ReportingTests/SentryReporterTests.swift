import Complaints
import Foundation
import Testing

@testable import Reporting

@Suite struct SentryReporterTests {
    private func reporter(
        _ service: FakeService, user: String = "pub:sec", path: String = "/sentry/42", _ more: [String: String] = [:]
    ) throws -> SentryReporter {
        let dsn = "http://\(user)@127.0.0.1:\(service.port)\(path)"
        return SentryReporter(
            settings("sentry", more.merging(["dsn": dsn]) { old, _ in old }),
            client: ServiceClient(time: FakeTime().time))
    }

    private let event =
        #"{"event_id":"ID","extra":{"container.image":"registry/web:3","framework.name":"marathon","#
        + #""labels.complainer_slack_channel":"ops","labels.team":"web","logs.stderr":"http://s3/err","#
        + #""logs.stderr_tail":"panic: ü\n","logs.stdout":"http://s3/out?a=1&b=2","logs.stdout_tail":"hello\n","task.id":"web.1","task.message":"Command exited with status 1","#
        + #""task.reason":"REASON_COMMAND_EXECUTOR_FAILED","timings.finished":"2026-11-21T10:00:00Z","#
        + #""timings.lifetime":"1h0m0.25s","timings.started":"2026-11-21T09:00:00Z"},"#
        + #""fingerprint":["marathon","web","TASK_FAILED"],"level":"error","logger":"complainer","#
        + #""message":"Task web died with status TASK_FAILED","platform":"other","server_name":"agent7","#
        + #""tags":{"task_state":"TASK_FAILED"},"timestamp":"2026-11-21T10:00:00.250000Z"}"#

    /// With labels of which half hold secrets.
    private let labels = [
        "team": "web", "complainer_slack_channel": "ops", "complainer_slack_hook_url": "http://s3cr3t",
        "complainer_default_hipchat_instance_x_token": "s3cr3t", "complainer_jira_password": "s3cr3t",
    ]

    @Test func theEnvelope() async throws {
        let service = try FakeService(.status(200, [], #"{"id":"x"}"#))
        defer { service.stop() }
        let report = Report.sample("sentry", labels: labels, tails: true)
        #expect(try await reporter(service).deliver(report) == .delivered)
        let request = try #require(service.requests.first)
        #expect(request.line == "POST /sentry/api/42/envelope/ HTTP/1.1")
        #expect(request.header("Content-Type") == "application/x-sentry-envelope")
        #expect(
            request.header("X-Sentry-Auth")
                == "Sentry sentry_version=7, sentry_client=complainer/\(Version.number), sentry_key=pub, sentry_secret=sec"
        )
        #expect(request.header("Authorization") == nil)
        let id = report.identifier
        #expect(id.count == 32 && id.allSatisfy { $0.isHexDigit && !$0.isUppercase })
        let event = event.replacing("ID", with: id)
        #expect(
            request.text
                == #"{"dsn":"http://pub@127.0.0.1:\#(service.port)/sentry/42","event_id":"\#(id)","#
                + #""sent_at":"2026-11-21T10:00:00.000Z"}"# + "\n"
                + #"{"content_type":"application/json","length":\#(event.utf8.count),"type":"event"}"# + "\n"
                + event + "\n"
                + #"{"attachment_type":"event.attachment","content_type":"text/plain","filename":"stdout.txt","#
                + #""length":6,"type":"attachment"}"# + "\nhello\n\n"
                + #"{"attachment_type":"event.attachment","content_type":"text/plain","filename":"stderr.txt","#
                + #""length":10,"type":"attachment"}"# + "\npanic: ü\n\n")
    }

    @Test func anOldServerGetsTheEventAlone() async throws {
        let service = try FakeService(.status(404), .status(200))
        defer { service.stop() }
        let report = Report.sample("sentry", labels: labels, tails: true)
        #expect(try await reporter(service, user: "pub", path: "/42").deliver(report) == .delivered)
        #expect(
            service.requests.map(\.line) == ["POST /api/42/envelope/ HTTP/1.1", "POST /api/42/store/ HTTP/1.1"])
        let request = try #require(service.requests.last)
        #expect(request.header("Content-Type") == "application/json")
        #expect(request.header("X-Sentry-Auth")?.hasSuffix(", sentry_key=pub") == true)
        #expect(request.text == event.replacing("ID", with: report.identifier))
    }

    @Test func attachmentsThatAreTooLargeAreLeftOut() async throws {
        let service = try FakeService(.status(413), .status(200))
        defer { service.stop() }
        #expect(try await reporter(service).deliver(.sample("sentry", tails: true)) == .delivered)
        #expect(service.requests.count == 2 && service.requests.last?.text.contains("attachment") == false)
        let stubborn = try FakeService(.status(413))
        defer { stubborn.stop() }
        let error = await refusal(of: .sample("sentry", tails: true), by: try reporter(stubborn))
        #expect(error?.isPermanent == true && stubborn.requests.count == 2)
    }

    @Test func labelsWin() async throws {
        let service = try FakeService(.status(200))
        defer { service.stop() }
        let labels = [
            "complainer_sentry_dsn": "http://own@127.0.0.1:\(service.port)/7", "complainer_sentry_release": "web@3",
            "complainer_sentry_environment": "staging",
        ]
        let other = SentryReporter(settings("sentry", ["dsn": "http://k@127.0.0.1:1/1", "environment": "prod"]))
        _ = try await other.deliver(.sample("sentry", labels: labels))
        let request = try #require(service.requests.first)
        #expect(request.line == "POST /api/7/envelope/ HTTP/1.1")
        let sent = try json(String(request.text.split(separator: "\n")[2]))
        #expect(sent["release"] as? String == "web@3" && sent["environment"] as? String == "staging")
    }

    @Test func theReasonIsInAHeader() async throws {
        let service = try FakeService(.status(400, ["X-Sentry-Error: bad sentry_key=pubkey"], "<html>"))
        defer { service.stop() }
        let error = await refusal(of: .sample("sentry"), by: try reporter(service, user: "pubkey:seckey"))
        #expect(error == DeliveryError("Sentry answered 400: bad sentry_key=***", isPermanent: true))
    }

    @Test(
        arguments: [
            ("60:error:organization", 60), ("60::organization", 60), ("60", 60), ("7:default:key", 7),
            ("60:transaction:organization", nil), ("60:transaction;error:key, 2700:error:organization:quota", 2700),
            ("", nil), ("x:error", nil), ("99999::", 3600),
        ] as [(String, Double?)])
    func rateLimits(header: String, seconds: Double?) async throws {
        #expect(SentryReporter.rateLimit(header) == seconds)
        let service = try FakeService(.status(429, ["X-Sentry-Rate-Limits: \(header)", "Retry-After: 3"]))
        defer { service.stop() }
        let error = await refusal(of: .sample("sentry"), by: try reporter(service))
        #expect(error?.isPermanent == false && error?.retryAfter == seconds ?? 3)
    }

    @Test(arguments: [
        ("https://k@sentry.io/1", "https://sentry.io/api/1/envelope/", "https://k@sentry.io/1"),
        ("https://k:s@sentry.io:9000/1", "https://sentry.io:9000/api/1/envelope/", "https://k@sentry.io:9000/1"),
        ("http://k:@h/a/b/12", "http://h/a/b/api/12/envelope/", "http://k@h/a/b/12"),
        ("http://k@[::1]:80/12/?x=1#y", "http://[::1]:80/api/12/envelope/", "http://k@[::1]:80/12"),
    ])
    func dsnForms(text: String, url: String, shown: String) throws {
        let dsn = try SentryDSN(text)
        #expect(dsn.envelopeURL == url && dsn.publicText == shown)
        #expect(dsn.secretKey == (text.contains(":s@") ? "s" : nil))
    }

    @Test(arguments: [
        "", "k@h/1", "https://h/1", "https://@h/1", "https://k@h", "https://k@h/", "ftp://k@h/1", "https://k@h/ü",
    ])
    func whatIsNoDSN(text: String) async {
        #expect(throws: SentryDSN.Problem.self) { try SentryDSN(text) }
    }

    @Test func withoutADSNItIsSilent() async throws {
        #expect(try await SentryReporter(settings("sentry")).deliver(.sample("sentry")) == .notConfigured("dsn"))
    }

    @Test func eventsKnowTheirFailure() {
        let ids = [
            Report.sample("sentry"), .sample("sentry", instance: "b"), .sample("sentry") { $0.attempt = 9 },
            .sample("sentry") { $0.failure.id = "web.2" }, .sample("sentry") { $0.failure.terminal = nil },
            .sample("sentry") { $0.failure.frameworkID = "F-2" },
        ].map(\.identifier)
        #expect(ids[0] == ids[1] && ids[0] == ids[2] && Set(ids).count == 4)
    }

    @Test func oddFailuresMakeGoodEvents() async throws {
        let service = try FakeService(.status(200))
        defer { service.stop() }
        let report = Report.sample("sentry") { delivery in
            delivery.failure.slave = ""
            delivery.failure.state = String(repeating: "S", count: 500)
            delivery.failure.started = Timestamp(nanoseconds: .min)
            delivery.failure.finished = Timestamp(nanoseconds: .max)
            delivery.failure.name = "a\nb\u{0}"
        }
        #expect(try await reporter(service).deliver(report) == .delivered)
        let sent = try json(String(try #require(service.requests.first).text.split(separator: "\n")[2]))
        #expect(sent["server_name"] == nil)
        #expect((sent["tags"] as? [String: String])?["task_state"]?.utf8.count == 200)
    }
}
