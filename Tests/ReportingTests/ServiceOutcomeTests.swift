import Complaints
import TestTools
import Testing

@testable import Reporting

/// What each reporter makes of what its service answers.
@Suite struct ServiceOutcomeTests {
    static let hookPath = "/services/T00000000/B00000000/s3cr3tHookPart"
    static let token = "s3cr3t-t0ken"

    /// Settings with which a kind talks to a fake service.
    static func values(_ kind: String, at url: String) throws -> [String: String] {
        switch kind {
        case "slack": ["hook_url": url + hookPath]
        case "hipchat": ["base_url": url + "/v2/", "room": "ops", "token": token]
        case "sentry": ["dsn": url.replacing("//", with: "//s3cr3tPublic:s3cr3tSecret@") + "/42"]
        case "pagerduty": ["url": url + "/enqueue", "routing_key": token]
        case "webhook": ["url": url + hookPath, "secret": token]
        case "jira":
            ["url": url, "username": "bot", "password": "s3cr3t-pass", "fields": JiraReporterTests.fields]
        default: throw HarnessError("give the settings of \(kind) here, so that its service is tried as all others")
        }
    }

    /// A reporter with everything set, that talks to a fake service.
    static func reporter(
        _ kind: String, at url: String, client: ServiceClient = ServiceClient()
    ) throws -> any Reporter {
        let settings = settings(kind, try values(kind, at: url))
        return switch kind {
        case "slack": try SlackReporter(settings, client: client)
        case "hipchat": try HipChatReporter(settings, client: client)
        case "sentry": SentryReporter(settings, client: client)
        case "pagerduty": PagerDutyReporter(settings, client: client)
        case "jira": try JiraReporter(settings, client: client)
        default: WebhookReporter(settings, client: client)
        }
    }

    static let kinds = ["slack", "hipchat", "webhook", "sentry", "pagerduty"]

    /// What a careless service might repeat of a request's secrets.
    private static func echo(_ kind: String) -> String {
        switch kind {
        case "slack": "\(hookPath) s3cr3tHookPart"
        case "hipchat", "pagerduty": token
        case "sentry": "s3cr3tPublic s3cr3tSecret"
        default: "\(token) \(hookPath) T00000000"
        }
    }

    private func check(_ error: DeliveryError?, sourceLocation: SourceLocation = #_sourceLocation) {
        for secret in ["s3cr3t", "T00000000", "B00000000"] {
            #expect(error?.reason.contains(secret) == false, "\(error?.reason ?? "")", sourceLocation: sourceLocation)
        }
    }

    @Test(arguments: kinds, [200, 201, 202, 204])
    func anySuccessIsOne(kind: String, status: Int) async throws {
        let service = try FakeService(.status(status, [], status == 204 ? "" : "ok"))
        defer { service.stop() }
        let reporter = try Self.reporter(kind, at: service.url)
        #expect(try await reporter.deliver(.sample(kind)) == .delivered)
        #expect(try await reporter.deliver(.sample(kind)) == .delivered)
        #expect(service.requests.count == 2 && service.connectionCount == 1)
    }

    @Test(arguments: kinds)
    func anAnswerTornAfterItsHeadCounts(kind: String) async throws {
        let service = try FakeService(.raw("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nok"))
        defer { service.stop() }
        #expect(try await Self.reporter(kind, at: service.url).deliver(.sample(kind)) == .delivered)
    }

    @Test(arguments: kinds, [400, 401, 403, 404, 405, 410, 413, 301, 308])
    func refusalsArePermanent(kind: String, status: Int) async throws {
        let body = "no_service \(Self.echo(kind))\r\n\u{1b}[2J\u{7} end"
        let service = try FakeService(.status(status, ["Location: http://127.0.0.1:1/", "Retry-After: 9"], body))
        defer { service.stop() }
        let reporter = try Self.reporter(kind, at: service.url)
        let error = await refusal(of: .sample(kind), by: reporter)
        #expect(error?.isPermanent == true && error?.retryAfter == nil)
        #expect(error?.reason.contains("answered \(status)") == true && error?.reason.hasSuffix(" end") == true)
        check(error)
        #expect(error?.reason.unicodeScalars.allSatisfy { $0.value >= 32 && $0.value != 127 } == true)
        // An old server may know Sentry's events, if not its envelopes.
        #expect(service.requests.count == (kind == "sentry" && status == 404 ? 2 : 1), "redirects are not followed")
    }

    @Test(arguments: kinds, [500, 502, 503, 504, 408, 429, 307])
    func troubleIsTransient(kind: String, status: Int) async throws {
        let service = try FakeService(.status(status, ["Retry-After: 17"], "later"), .status(200))
        defer { service.stop() }
        let fake = FakeTime()
        let reporter = try Self.reporter(kind, at: service.url, client: ServiceClient(time: fake.time))
        let error = await refusal(of: .sample(kind), by: reporter)
        #expect(error?.isPermanent == false && error?.retryAfter == 17)
        let early = await refusal(of: .sample(kind), by: reporter)
        #expect(early?.isPermanent == false && early?.retryAfter == 17, "nothing is sent before that")
        #expect(service.requests.count == 1)
        fake.advance(.seconds(17))
        #expect(try await reporter.deliver(.sample(kind)) == .delivered)
    }

    @Test(arguments: kinds)
    func withoutRetryAfterTheDispatcherDecides(kind: String) async throws {
        let service = try FakeService(.status(429))
        defer { service.stop() }
        let error = await refusal(of: .sample(kind), by: try Self.reporter(kind, at: service.url))
        #expect(error?.isPermanent == false && error?.retryAfter == nil)
    }

    @Test func hipChatSaysWhenItsLimitIsReset() async throws {
        let service = try FakeService(.status(429, ["X-RateLimit-Reset: 1795255242"]))
        defer { service.stop() }
        let client = ServiceClient(time: FakeTime().time)
        let error = await refusal(
            of: .sample("hipchat"), by: try Self.reporter("hipchat", at: service.url, client: client))
        #expect(error?.retryAfter == 42)
    }

    @Test(arguments: kinds)
    func aServiceThatFailsIsLeftAlone(kind: String) async throws {
        let down = FakeService.Answer.status(500, [], "down")
        let service = try FakeService(down, down, down, down, down, down, .status(200))
        defer { service.stop() }
        let fake = FakeTime()
        let reporter = try Self.reporter(kind, at: service.url, client: ServiceClient(time: fake.time))
        for _ in 0..<5 { _ = await refusal(of: .sample(kind), by: reporter) }
        let turnedAway = await refusal(of: .sample(kind), by: reporter)
        #expect(turnedAway?.isPermanent == false && turnedAway?.retryAfter == 5)
        #expect(service.requests.count == 5)
        fake.advance(.seconds(5))
        _ = await refusal(of: .sample(kind), by: reporter)
        #expect(await refusal(of: .sample(kind), by: reporter)?.retryAfter == 10)
        #expect(service.requests.count == 6)
        fake.advance(.seconds(10))
        #expect(try await reporter.deliver(.sample(kind)) == .delivered)
        #expect(try await reporter.deliver(.sample(kind)) == .delivered)
    }

    @Test(arguments: kinds)
    func noAnswerIsTransient(kind: String) async throws {
        let port = try LoopbackServer.closedPort()
        let refused = await refusal(of: .sample(kind), by: try Self.reporter(kind, at: "http://127.0.0.1:\(port)"))
        #expect(refused?.isPermanent == false && refused?.reason.contains("connection refused") == true)
        check(refused)
        for answer in [FakeService.Answer.close, .raw("HTTP/1.1 2"), .raw("garbage\r\n\r\n")] {
            let service = try FakeService(answer)
            defer { service.stop() }
            let error = await refusal(of: .sample(kind), by: try Self.reporter(kind, at: service.url))
            #expect(error?.isPermanent == false, "\(error?.reason ?? "")")
            check(error)
        }
        let silent = try FakeService(.silence)
        defer { silent.stop() }
        let client = ServiceClient(timeout: .milliseconds(300))
        let error = await refusal(of: .sample(kind), by: try Self.reporter(kind, at: silent.url, client: client))
        #expect(error?.isPermanent == false && error?.reason.contains("not finished within") == true)
        check(error)
        // Plain HTTP where TLS is expected.
        let plain = try FakeService(.raw("HTTP/1.1 200 OK\r\n\r\n"))
        defer { plain.stop() }
        let url = "https://127.0.0.1:\(plain.port)"
        let untrusted = await refusal(
            of: .sample(kind), by: try Self.reporter(kind, at: url, client: ServiceClient(timeout: .seconds(2))))
        #expect(untrusted?.isPermanent == false)
        check(untrusted)
    }

    @Test(.timeLimit(.minutes(5)), arguments: kinds)
    func aDeliveryThatIsStoppedTellsNothingAboutTheService(kind: String) async throws {
        let service = try FakeService(.silence)
        defer { service.stop() }
        let reporter = try Self.reporter(kind, at: service.url)
        for number in 1...6 {
            let delivery = Task { await refusal(of: .sample(kind), by: reporter) }
            try await waitUntil("request \(number)") { service.requests.count >= number }
            delivery.cancel()
            let error = await delivery.value
            #expect(error?.isPermanent == false && error?.retryAfter == nil, "\(error?.reason ?? "")")
        }
    }

    @Test func accentsDoNotMakeAnErrorLonger() async throws {
        let service = try FakeService(.status(400, [], "e" + String(repeating: "\u{301}", count: 5000)))
        defer { service.stop() }
        let error = await refusal(of: .sample("slack"), by: try Self.reporter("slack", at: service.url))
        #expect((error?.reason.unicodeScalars.count ?? .max) < 400)
    }

    @Test func namesInThePathOfAHookAreNoSecrets() async throws {
        let service = try FakeService(.status(404, [], "no such services/B00000000"))
        defer { service.stop() }
        let error = await refusal(of: .sample("slack"), by: try Self.reporter("slack", at: service.url))
        #expect(error?.reason == "Slack answered 404: no such services/***")
    }

    @Test(arguments: kinds)
    func aHugeErrorIsCutAndASecretAtTheCutIsNotShown(kind: String) async throws {
        let body =
            String(repeating: "x ", count: 145) + Self.echo(kind) + String(repeating: "y", count: 10 << 20)
        let service = try FakeService(.status(500, [], body))
        defer { service.stop() }
        let error = await refusal(of: .sample(kind), by: try Self.reporter(kind, at: service.url))
        #expect((300..<400).contains(error?.reason.count ?? 0))
        check(error)
    }

    @Test(arguments: kinds)
    func aURLThatIsNoneIsPermanent(kind: String) async throws {
        let report = Report.sample(
            kind,
            labels: [
                "complainer_slack_hook_url": "s3cr3t hook", "complainer_hipchat_base_url": "ftp://s3cr3t",
                "complainer_webhook_url": "gopher://x/s3cr3t-path", "complainer_sentry_dsn": "http://s3cr3t/1",
                "complainer_pagerduty_url": "nothing",
            ])
        let error = await refusal(of: report, by: try Self.reporter(kind, at: "http://127.0.0.1:1"))
        #expect(error?.isPermanent == true)
        if kind != "hipchat" { check(error) }
    }

    /// Slack's, HipChat's and the mails' formats are those that can fail.
    @Test(arguments: ["slack", "hipchat"])
    func aFormatThatFailsIsToldWithItsPlaceAndStopsNothing(kind: String) async throws {
        let service = try FakeService(.status(200))
        defer { service.stop() }
        let reporter = try Self.reporter(kind, at: service.url)
        let label = ["complainer_\(kind)_format": "one\n{{ .failure.Name }} {{ index .stdoutURL 999 }}"]
        let error = await refusal(of: .sample(kind, labels: label), by: reporter)
        #expect(error?.isPermanent == true && error?.reason.contains("label format") == true)
        #expect(error?.reason.contains("2:") == true, "the line: \(error?.reason ?? "")")
        #expect(try await reporter.deliver(.sample(kind)) == .delivered)
        #expect(service.requests.count == 1)
    }
}
