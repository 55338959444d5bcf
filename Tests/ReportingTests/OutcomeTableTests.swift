import TestTools
import Testing

@testable import Reporting

/// Every reporter to a service, and everything that may happen to its request: what must come of it, and how long that
/// may take.
@Suite struct OutcomeTableTests {
    /// What a service does.
    enum Event: String, CaseIterable, Sendable {
        case tooManyWithPause, tooMany, broken, badRequest, forbidden, notFound, gone
        case refused, noTLS, silent, tornHead, tornBody, hugeBody, movedForNow, movedForGood
    }

    /// What must come of it.
    struct Outcome: Equatable {
        var isPermanent: Bool
        var retryAfter: Double?
        /// In the reason.
        var words: String
    }

    static let kinds = ServiceOutcomeTests.kinds + ["jira"]
    /// How long an answer may take here if there is none: the ten seconds of a worker's requests are only shorter.
    static let timeout = Duration.milliseconds(400)

    private static func outcome(_ event: Event) -> Outcome {
        switch event {
        case .tooManyWithPause: Outcome(isPermanent: false, retryAfter: 17, words: "answered 429")
        case .tooMany: Outcome(isPermanent: false, words: "answered 429")
        case .broken: Outcome(isPermanent: false, words: "answered 500")
        case .badRequest: Outcome(isPermanent: true, words: "answered 400")
        case .forbidden: Outcome(isPermanent: true, words: "answered 403 (not allowed)")
        case .notFound: Outcome(isPermanent: true, words: "answered 404")
        case .gone: Outcome(isPermanent: true, words: "answered 410")
        case .refused: Outcome(isPermanent: false, words: "connection refused")
        case .noTLS: Outcome(isPermanent: false, words: "TLS")
        case .silent: Outcome(isPermanent: false, words: "not finished within 0.4 seconds")
        case .tornHead: Outcome(isPermanent: false, words: "connection closed before any of the body")
        case .tornBody: Outcome(isPermanent: false, words: "answered 502: torn")
        case .hugeBody: Outcome(isPermanent: false, words: "answered 503: yyy")
        case .movedForNow: Outcome(isPermanent: false, words: "answered 302, a redirect, which is not followed")
        case .movedForGood: Outcome(isPermanent: true, words: "answered 301, a redirect, which is not followed")
        }
    }

    private static func answer(_ event: Event) -> FakeService.Answer {
        switch event {
        case .tooManyWithPause: .status(429, ["Retry-After: 17"])
        case .tooMany: .status(429)
        case .broken: .status(500)
        case .badRequest: .status(400, [], "no")
        case .forbidden: .status(403, [], "no")
        case .notFound: .status(404, [], "no")
        case .gone: .status(410, [], "no")
        case .refused, .noTLS, .silent: .silence
        case .tornHead: .raw("HTTP/1.1 20")
        case .tornBody: .raw("HTTP/1.1 502 Bad\r\nContent-Length: 100\r\n\r\ntorn")
        case .hugeBody: .status(503, [], String(repeating: "y", count: 10 << 20))
        case .movedForNow: .status(302, ["Location: http://127.0.0.1:1/"])
        case .movedForGood: .status(301, ["Location: http://127.0.0.1:1/"])
        }
    }

    private static func reporter(
        _ kind: String, at url: String, _ time: FakeTime, timeout: Duration = ServiceClient.timeout
    ) throws -> any Reporter {
        let client = ServiceClient(timeout: timeout, time: time.time)
        guard kind == "jira" else { return try ServiceOutcomeTests.reporter(kind, at: url, client: client) }
        let values = ["url": url, "username": "bot", "password": "s3cr3t-pass", "fields": JiraReporterTests.fields]
        return try JiraReporter(settings("jira", values), client: client)
    }

    @Test(.timeLimit(.minutes(5)), arguments: kinds, Event.allCases)
    func whatBecomesOfAReport(kind: String, event: Event) async throws {
        let service = try FakeService(Self.answer(event))
        defer { service.stop() }
        // What speaks plain HTTP where TLS is expected: it does not wait for a request that it could not read.
        let plain = try LoopbackServer()
        plain.start {
            $0.send("HTTP/1.1 400 Bad Request\r\n\r\n")
            // Closing at once, with a request unread, could reset the connection first.
            $0.waitForClose()
        }
        defer { plain.stop() }
        let url =
            switch event {
            case .refused: "http://127.0.0.1:\(try LoopbackServer.closedPort())"
            case .noTLS: "https://127.0.0.1:\(plain.port)"
            default: service.url
            }
        let time = FakeTime()
        let timeout = event == .silent ? Self.timeout : ServiceClient.timeout
        let reporter = try Self.reporter(kind, at: url, time, timeout: timeout)
        let began = ContinuousClock.now
        let error = try #require(await refusal(of: .sample(kind), by: reporter))
        let expected = Self.outcome(event)
        #expect(error.isPermanent == expected.isPermanent, "\(error.reason)")
        #expect(error.retryAfter == expected.retryAfter, "\(error.reason)")
        #expect(error.reason.contains(expected.words), "\(error.reason)")
        #expect(!error.isTurnedAway && error.reason.count < 500)
        // The reporter itself waits for nothing but the answer: pauses are the dispatcher's. Two requests at the most
        // (an old Sentry and a new Jira are asked in another way too), on a machine that may be busy.
        #expect(time.slept.isEmpty)
        #expect(ContinuousClock.now - began < timeout * 2 + .seconds(20))
        #expect(service.requests.count <= 2)
    }

    @Test(arguments: kinds, [1, 4])
    func errorsAreOverWhenTheServiceIsBack(kind: String, count: Int) async throws {
        let jira = try FakeJira()
        defer { jira.stop() }
        let answers = Array(repeating: FakeService.Answer.status(500), count: count) + [.status(200)]
        let service = try FakeService(script: answers)
        defer { service.stop() }
        let reporter = try Self.reporter(kind, at: kind == "jira" ? jira.url : service.url, FakeTime())
        jira.change { $0.isDown = true }
        for _ in 0..<count {
            #expect(await refusal(of: .sample(kind), by: reporter)?.isPermanent == false)
        }
        jira.change { $0.isDown = false }
        #expect(try await reporter.deliver(.sample(kind)) == .delivered)
        #expect(kind == "jira" ? jira.created.count == 1 : service.requests.count == count + 1)
    }
}
