import MailClient
import TestTools
import Testing

@testable import Reporting

/// The email reporter, and everything that may happen to its mail: what must come of it, and how long that may take.
@Suite struct MailOutcomeTests {
    private static let password = "s3cr3t-pass"
    /// How long a server may be silent here: the ten seconds of a worker are only shorter.
    private static let silence = Duration.seconds(1)

    static func reporter(
        at url: String, _ more: [String: String] = [:], _ time: FakeTime = FakeTime(),
        limits: MailClient.Limits = MailClient.Limits()
    ) throws -> EmailReporter {
        let values = ["url": url, "from": "c@example.com", "to": "ops@example.com"].merging(more) { $1 }
        return try EmailReporter(settings("email", values), client: MailClient(limits: limits), time: time.time)
    }

    @Test func aMailThatIsTakenIsDelivered() async throws {
        let server = try FakeMailServer()
        defer { server.stop() }
        #expect(try await Self.reporter(at: server.url).deliver(.sample("email")) == .delivered)
        let mail = try #require(server.mails.first)
        #expect(mail.from == "c@example.com" && mail.to == ["ops@example.com"])
        #expect(mail.text.contains("Subject: Task web died with status TASK_FAILED"))
    }

    // MARK: Replies

    /// Whether another try makes sense, and whether the server works but for this mail.
    private static let codes: [(code: Int, isPermanent: Bool, isAmbiguous: Bool)] = [
        (421, false, false), (450, false, true), (451, false, true), (452, false, true), (454, false, false),
        (550, true, false), (553, true, false), (554, true, false),
    ]

    @Test(arguments: codes, [FakeMailServer.Stage.greeting, .sender, .recipient, .data, .mail])
    func whatAReplyMeans(
        expected: (code: Int, isPermanent: Bool, isAmbiguous: Bool), stage: FakeMailServer.Stage
    ) async throws {
        let text = "\(expected.code) 1.2.3 not with \(Self.password)"
        let server = try FakeMailServer([stage: .say(text)])
        defer { server.stop() }
        let time = FakeTime()
        let reporter = try Self.reporter(at: server.url, ["password": Self.password], time)
        let error = try #require(await refusal(of: .sample("email"), by: reporter))
        #expect(
            error.reason == "mail by 127.0.0.1:\(server.port): the server answered \(expected.code) 1.2.3 not with ***")
        #expect(error.isPermanent == expected.isPermanent && error.isAmbiguous == expected.isAmbiguous)
        // The pause until the next try is the dispatcher's: servers do not say how long it should be.
        #expect(error.retryAfter == nil && !error.isTurnedAway && time.slept.isEmpty)
        #expect(server.mails.isEmpty && server.connectionCount == 1)
    }

    @Test(arguments: [(535, true), (454, false)])
    func aLoginThatIsRefused(code: Int, isPermanent: Bool) async throws {
        let server = try FakeMailServer(
            [.login: .say("\(code) 5.7.8 \(Self.password) is wrong")], extensions: ["AUTH PLAIN"])
        defer { server.stop() }
        let values = ["username": "bot", "password": Self.password, "tls": "none"]
        let error = try #require(
            await refusal(of: .sample("email"), by: try Self.reporter(at: server.url, values)))
        #expect(error.isPermanent == isPermanent && !error.isAmbiguous)
        #expect(error.reason.hasSuffix(": the server answered \(code) 5.7.8 *** is wrong"), "\(error)")
        #expect(!server.commands.contains("MAIL"))
    }

    @Test func encryptionThatIsNotThereNowIsWaitedFor() async throws {
        let server = try FakeMailServer([.encryption: .say("454 4.7.0 TLS not available")], extensions: ["STARTTLS"])
        defer { server.stop() }
        let error = try #require(
            await refusal(of: .sample("email"), by: try Self.reporter(at: server.url, ["tls": "required"])))
        #expect(!error.isPermanent && error.reason.hasSuffix("answered 454 4.7.0 TLS not available"), "\(error)")
        #expect(!server.commands.contains("MAIL"))
    }

    // MARK: No reply, or none to be understood

    enum Event: String, CaseIterable, Sendable {
        case refused, untrusted, noTLS, noSTARTTLS, silent, silentInTheMiddle, silentAfterTheMail
        case closedAtOnce, closedInTheMail, brokenInTheMail, closedAfterTheMail
        case hugeGreeting, hugeReply, nonsense
    }

    private static let huge = String(repeating: "y", count: 10 << 20)

    private static func acts(_ event: Event) -> [FakeMailServer.Stage: FakeMailServer.Act] {
        switch event {
        case .refused, .untrusted, .noTLS, .noSTARTTLS: [:]
        case .silent: [.greeting: .silence]
        case .silentInTheMiddle: [.recipient: .silence]
        case .silentAfterTheMail: [.mail: .silence]
        case .closedAtOnce: [.greeting: .close]
        case .closedInTheMail: [.body: .close]
        case .brokenInTheMail: [.body: .reset]
        case .closedAfterTheMail: [.mail: .close]
        case .hugeGreeting: [.greeting: .say("220 " + huge)]
        case .hugeReply: [.mail: .say("451 " + huge)]
        case .nonsense: [.greeting: .say("HTTP/1.1 200 OK")]
        }
    }

    /// In the reason.
    private static func words(_ event: Event) -> String {
        switch event {
        case .refused: "connection refused"
        case .untrusted, .noTLS: "TLS: "
        case .noSTARTTLS: "the server offers no encryption (STARTTLS)"
        case .silent: "the server said nothing for 1.0 seconds"
        case .silentInTheMiddle: "the server said nothing more after \"250 OK\" for 1.0 seconds"
        case .silentAfterTheMail: "the server said nothing more after \"354 go on\" for 1.0 seconds"
        // libcurl's own, which change with its version.
        case .closedAtOnce, .hugeGreeting: ": "
        case .closedInTheMail, .closedAfterTheMail, .brokenInTheMail, .hugeReply: ", after \"354 go on\""
        case .nonsense: "the server said nothing more after \"HTTP/1.1 200 OK\" for 1.0 seconds"
        }
    }

    @Test(arguments: Event.allCases)
    func whatBecomesOfAMail(event: Event) async throws {
        let server = try FakeMailServer(Self.acts(event))
        defer { server.stop() }
        let secured = event == .untrusted ? try TLSServer() : nil
        defer { secured?.stop() }
        let url =
            switch event {
            case .refused: "smtp://127.0.0.1:\(try LoopbackServer.closedPort())"
            case .untrusted: "smtps://127.0.0.1:\(secured?.port ?? 0)"
            case .noTLS: "smtps://127.0.0.1:\(server.port)"
            default: server.url
            }
        let time = FakeTime()
        let isSilent = [.silent, .silentInTheMiddle, .silentAfterTheMail, .nonsense].contains(event)
        let limits = isSilent ? MailClient.Limits(silence: Self.silence) : MailClient.Limits()
        let values = event == .noSTARTTLS ? ["tls": "required"] : [:]
        let reporter = try Self.reporter(at: url, values, time, limits: limits)
        let began = ContinuousClock.now
        let error = try #require(await refusal(of: .sample("email", tails: true), by: reporter))
        // What came of a mail that was sent is not known then; it has the same Message-ID in the next try.
        #expect(!error.isPermanent && error.retryAfter == nil && !error.isTurnedAway, "\(error)")
        #expect(error.reason.hasPrefix("mail by 127.0.0.1:") && error.reason.count < 500, "\(error)")
        #expect(error.reason.contains(Self.words(event)), "\(error)")
        #expect(time.slept.isEmpty)
        #expect(ContinuousClock.now - began < limits.silence + .seconds(20))
        #expect(server.mails.isEmpty)
    }

    @Test func aServerThatSpeaksForEverIsGivenUp() async throws {
        let server = try LoopbackServer()
        defer { server.stop() }
        server.start { connection in
            while connection.send("220-wait\r\n"), !connection.isClosed(within: 50) {}
        }
        let limits = MailClient.Limits(total: .seconds(1))
        let url = "smtp://127.0.0.1:\(server.port)"
        let error = try #require(
            await refusal(of: .sample("email"), by: try Self.reporter(at: url, limits: limits)))
        #expect(!error.isPermanent && error.reason.contains("not finished within 1.0 seconds"), "\(error)")
    }

    // MARK: Several recipients

    @Test func thoseThatAreRefusedDoNotKeepTheMailFromTheOthers() async throws {
        let server = try FakeMailServer(refusals: ["b@example.com": "550 5.1.1 nobody", "d@example.com": "553 no"])
        defer { server.stop() }
        let to = ["to": "a@example.com, b@example.com, c@example.com, d@example.com"]
        #expect(try await Self.reporter(at: server.url, to).deliver(.sample("email")) == .delivered)
        #expect(server.mails.map(\.to) == [["a@example.com", "c@example.com"]])
    }

    @Test(arguments: [("550 5.1.1 nobody", true), ("450 4.2.0 greylisted", false)])
    func whenAllAreRefusedTheMailIs(refusal text: String, isPermanent: Bool) async throws {
        let server = try FakeMailServer(refusals: ["a@example.com": text, "b@example.com": text])
        defer { server.stop() }
        let reporter = try Self.reporter(at: server.url, ["to": "a@example.com, b@example.com"])
        let error = try #require(await refusal(of: .sample("email"), by: reporter))
        #expect(error.isPermanent == isPermanent && error.reason.hasSuffix("answered \(text)"), "\(error)")
        #expect(server.mails.isEmpty)
    }

    @Test(arguments: [["450 4.2.0 greylisted", "550 5.1.1 nobody"], ["550 5.1.1 nobody", "450 4.2.0 greylisted"]])
    func oneThatIsRefusedForNowIsNotLostWithTheOthers(refusals: [String]) async throws {
        let server = try FakeMailServer(refusals: ["a@example.com": refusals[0], "b@example.com": refusals[1]])
        defer { server.stop() }
        let reporter = try Self.reporter(at: server.url, ["to": "a@example.com, b@example.com"])
        let error = try #require(await refusal(of: .sample("email"), by: reporter))
        #expect(!error.isPermanent && error.reason.hasSuffix("answered 450 4.2.0 greylisted"), "\(error)")
    }

    // MARK: Time

    @Test(arguments: [1, 4, 5, 7])
    func errorsAreOverWhenTheServerIsBack(count: Int) async throws {
        let server = try FakeMailServer([.greeting: .say("421 4.3.2 starting")])
        defer { server.stop() }
        let time = FakeTime()
        let reporter = try Self.reporter(at: server.url, [:], time)
        await fail(.sample("email"), times: count, by: reporter, time)
        #expect(server.connectionCount == count)
        server.behave([:])
        #expect(try await reporter.deliver(.sample("email")) == .delivered)
        #expect(try await reporter.deliver(.sample("email")) == .delivered)
        #expect(server.mails.count == 2)
    }
}
