import TestTools
import Testing

@testable import Reporting

/// Every reporter to a service, and everything that may happen to its request: what must come of it, and how long that
/// may take.
@Suite struct OutcomeTableTests {
    /// What a service does.
    enum Event: String, CaseIterable, Sendable {
        case tooManyWithPause, tooMany, awayWithPause, away, broken, badRequest, forbidden, notFound, gone
        case refused, noTLS, untrusted, silent, tornHead, tornBody, hugeBody
        case movedForNow, movedForGood, movedAsItIsForNow, movedAsItIsForGood
    }

    /// What must come of it.
    struct Outcome: Equatable {
        /// There is no next try.
        var isPermanent: Bool
        /// When the next try is, in seconds; nil leaves it to the dispatcher's backoff.
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
        case .awayWithPause: Outcome(isPermanent: false, retryAfter: 30, words: "answered 503")
        case .away: Outcome(isPermanent: false, words: "answered 503")
        case .broken: Outcome(isPermanent: false, words: "answered 500")
        case .badRequest: Outcome(isPermanent: true, words: "answered 400")
        case .forbidden: Outcome(isPermanent: true, words: "answered 403 (not allowed)")
        case .notFound: Outcome(isPermanent: true, words: "answered 404")
        case .gone: Outcome(isPermanent: true, words: "answered 410")
        case .refused: Outcome(isPermanent: false, words: "connection refused")
        case .noTLS, .untrusted: Outcome(isPermanent: false, words: "TLS")
        case .silent: Outcome(isPermanent: false, words: "not finished within 0.4 seconds")
        case .tornHead: Outcome(isPermanent: false, words: "connection closed before any of the body")
        case .tornBody: Outcome(isPermanent: false, words: "answered 502: torn")
        case .hugeBody: Outcome(isPermanent: false, words: "answered 503: yyy")
        case .movedForNow: Outcome(isPermanent: false, words: "answered 302, a redirect, which is not followed")
        case .movedForGood: Outcome(isPermanent: true, words: "answered 301, a redirect, which is not followed")
        case .movedAsItIsForNow:
            Outcome(isPermanent: false, words: "answered 307, a redirect, which is not followed")
        case .movedAsItIsForGood:
            Outcome(isPermanent: true, words: "answered 308, a redirect, which is not followed")
        }
    }

    /// - Parameter elsewhere: where it sends whoever asks.
    private static func answer(_ event: Event, _ elsewhere: String = "") -> FakeService.Answer {
        switch event {
        case .tooManyWithPause: .status(429, ["Retry-After: 17"])
        case .tooMany: .status(429)
        case .awayWithPause: .status(503, ["Retry-After: 30"])
        case .away: .status(503)
        case .broken: .status(500)
        case .badRequest: .status(400, [], "no")
        case .forbidden: .status(403, [], "no")
        case .notFound: .status(404, [], "no")
        case .gone: .status(410, [], "no")
        case .refused, .noTLS, .untrusted, .silent: .silence
        case .tornHead: .raw("HTTP/1.1 20")
        case .tornBody: .raw("HTTP/1.1 502 Bad\r\nContent-Length: 100\r\n\r\ntorn")
        case .hugeBody: .status(503, [], String(repeating: "y", count: 10 << 20))
        case .movedForNow: .status(302, ["Location: \(elsewhere)/"])
        case .movedForGood: .status(301, ["Location: \(elsewhere)/"])
        case .movedAsItIsForNow: .status(307, ["Location: \(elsewhere)/"])
        case .movedAsItIsForGood: .status(308, ["Location: \(elsewhere)/"])
        }
    }

    private static func reporter(
        _ kind: String, at url: String, _ time: FakeTime, timeout: Duration = ServiceClient.timeout
    ) throws -> any Reporter {
        try ServiceOutcomeTests.reporter(kind, at: url, client: ServiceClient(timeout: timeout, time: time.time))
    }

    @Test(.timeLimit(.minutes(5)), arguments: kinds, Event.allCases)
    func whatBecomesOfAReport(kind: String, event: Event) async throws {
        let elsewhere = try FakeService(.status(200))
        defer { elsewhere.stop() }
        let service = try FakeService(Self.answer(event, elsewhere.url))
        defer { service.stop() }
        // What speaks plain HTTP where TLS is expected: it does not wait for a request that it could not read.
        let plain = try LoopbackServer()
        plain.start {
            $0.send("HTTP/1.1 400 Bad Request\r\n\r\n")
            // Closing at once, with a request unread, could reset the connection first.
            $0.waitForClose()
        }
        defer { plain.stop() }
        let stranger = event == .untrusted ? try TLSServer() : nil
        defer { stranger?.stop() }
        let url =
            switch event {
            case .refused: "http://127.0.0.1:\(try LoopbackServer.closedPort())"
            case .noTLS: "https://127.0.0.1:\(plain.port)"
            case .untrusted: "https://127.0.0.1:\(stranger?.port ?? 0)"
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
        #expect(service.requests.count <= 2 && elsewhere.requests.isEmpty)
        #expect(stranger?.requests.isEmpty != false)
    }

    @Test(arguments: kinds, [Event.tooManyWithPause, .tooMany, .awayWithPause, .away])
    func theNextTryReachesTheServiceWhenItIsDueAndNotBefore(kind: String, event: Event) async throws {
        let jira = try FakeJira()
        defer { jira.stop() }
        let service = try FakeService(Self.answer(event), .status(200))
        defer { service.stop() }
        jira.change { $0.outage = Self.answer(event) }
        let time = FakeTime()
        let reporter = try Self.reporter(kind, at: kind == "jira" ? jira.url : service.url, time)
        let error = try #require(await refusal(of: .sample(kind), by: reporter))
        #expect(error.retryAfter == Self.outcome(event).retryAfter && !error.isTurnedAway)
        jira.change { $0.outage = nil }
        if let pause = error.retryAfter {
            // Somebody else's report to the same place: the worker would wait by itself for less than five seconds.
            time.advance(.seconds(pause - 6))
            let early = try #require(await refusal(of: .sample(kind), by: reporter))
            #expect(early.isTurnedAway && early.retryAfter == 6)
            #expect((kind == "jira" ? jira.requests : service.requests).count == 1)
            time.advance(.seconds(6))
        } else {
            // The shortest backoff there is.
            time.advance(.milliseconds(500))
        }
        #expect(try await reporter.deliver(.sample(kind)) == .delivered)
        #expect(time.slept.isEmpty)
        #expect(kind == "jira" ? jira.created.count == 1 : service.requests.count == 2)
    }

    /// From the fifth on the breaker is open, and its probes are what fails.
    @Test(arguments: kinds, [1, 4, 5, 7])
    func errorsAreOverWhenTheServiceIsBack(kind: String, count: Int) async throws {
        let jira = try FakeJira()
        defer { jira.stop() }
        let answers = Array(repeating: FakeService.Answer.status(500), count: count) + [.status(200)]
        let service = try FakeService(script: answers)
        defer { service.stop() }
        let time = FakeTime()
        let reporter = try Self.reporter(kind, at: kind == "jira" ? jira.url : service.url, time)
        jira.change { $0.outage = .status(500) }
        await fail(.sample(kind), times: count, by: reporter, time)
        #expect((kind == "jira" ? jira.requests : service.requests).count == count)
        jira.change { $0.outage = nil }
        #expect(try await reporter.deliver(.sample(kind)) == .delivered)
        #expect(kind == "jira" ? jira.created.count == 1 : service.requests.count == count + 1)
    }
}
