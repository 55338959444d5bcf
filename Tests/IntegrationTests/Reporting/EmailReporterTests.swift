import Complaints
import Foundation
import MailClient
import Supervision
import Testing

@testable import Reporting

/// From a failure to a mail in a real mail server.
@Suite(.serialized, .enabled(if: PythonKit.isWanted, "a mail server needs Tests/Support/python/setup.sh"))
struct EmailReporterTests {
    private func reporter(_ values: [String: String]) throws -> EmailReporter {
        var all: [String: [String]] = [:]
        for definition in EmailSettings.settings { all[definition.name] = definition.defaultValue.map { [$0] } }
        for (key, value) in values { all["email.\(key)"] = [value] }
        return try EmailReporter(WorkerSettings(values: all))
    }

    private func report(labels: [String: String] = [:], instance: String = "default", name: String = "web") -> Report {
        let moment = Timestamp(nanoseconds: 1_795_255_200_250_000_000)
        let failure = Failure(
            id: "web.1", name: name, slave: "agent7", framework: "marathon", state: "TASK_FAILED", started: moment,
            finished: moment, labels: labels, frameworkID: "F-1", agentID: "S-1", terminal: moment)
        var evidence = Evidence(stdoutURL: "http://s3/out", stderrURL: "http://s3/err")
        evidence.stderrTail = "\u{1b}[31mpanic\u{1b}[0m\n.\n"
        let delivery = Delivery(id: 1, failure: failure, evidence: evidence, instance: instance)
        return Report(delivery, kind: "email", labels: LabelResolver(name: "default", isDefault: true)) { _ in }
    }

    private func refusal(of report: Report, by reporter: EmailReporter) async throws -> DeliveryError {
        do {
            throw HarnessError("delivered: \(try await reporter.deliver(report))")
        } catch let error as DeliveryError {
            return error
        }
    }

    @Test func labelsChooseTheRecipients() async throws {
        try await SMTPSink.run { sink in
            let reporter = try reporter([
                "url": "smtp://127.0.0.1:\(sink.port)", "from": "Complainer <c@example.com>", "to": "ops@example.com",
            ])
            let labels = ["complainer_email_instance_dev_to": "a@example.com, Bé <b@example.com>"]
            #expect(try await reporter.deliver(report()) == .delivered)
            #expect(try await reporter.deliver(report(labels: labels, instance: "dev")) == .delivered)
            let mails = try sink.mails
            #expect(mails.map(\.to) == [["ops@example.com"], ["a@example.com", "b@example.com"]])
            let mail = try #require(mails.first)
            #expect(mail.from == "c@example.com" && mail.defects.isEmpty)
            #expect(mail.subject == "Task web died with status TASK_FAILED")
            #expect(mail.text?.contains("> panic\r\n> .\r\n") == true || mail.text?.contains("> panic\n> .\n") == true)
            #expect(mail.html?.contains("<pre") == true)
        }
    }

    @Test func aNewlineInATasksNameAddsNothing() async throws {
        try await SMTPSink.run { sink in
            let reporter = try reporter([
                "url": "smtp://127.0.0.1:\(sink.port)", "from": "c@example.com", "to": "ops@example.com",
            ])
            let evil = "web\r\nBcc: victim@example.com\r\n\r\n.\r\nRCPT TO:<victim@example.com>"
            _ = try await reporter.deliver(report(name: evil))
            let mail = try #require(try sink.mails.first)
            #expect(mail.to == ["ops@example.com"] && !mail.headers.contains("Bcc"))
            #expect(
                mail.subject
                    == "Task web Bcc: victim@example.com . RCPT TO:<victim@example.com> died with status TASK_FAILED")
        }
    }

    @Test func theSettingsPasswordIsForTheSettingsServer() async throws {
        try await SMTPSink.run(["--login", "bot:s3cr3t"]) { sink in
            let url = "smtp://127.0.0.1:\(sink.port)"
            let login = [
                "username": "bot", "password": "s3cr3t", "from": "c@example.com", "to": "ops@example.com",
                "tls": "none",
            ]
            let error = try await refusal(
                of: report(labels: ["complainer_email_url": url]),
                by: try reporter(login.merging(["url": "smtp://127.0.0.1:1"]) { $1 }))
            #expect(error.isPermanent && error.reason.contains("530"), "\(error)")
            _ = try await reporter(login.merging(["url": url]) { $1 }).deliver(report())
            #expect(try sink.mails.map(\.user) == ["bot"])
        }
    }

    @Test func aLoginOverEncryptionThatIsDemanded() async throws {
        let certificate = try await SMTPSink.Certificate(in: Scratch.folder("cert"))
        let options = ["--tls", "starttls", "--require-tls", "--login", "bot:s3cr3t pass"]
        try await SMTPSink.run(options, certificate: certificate) { sink in
            let values = [
                "url": "smtp://localhost:\(sink.port)", "from": "c@example.com", "to": "ops@example.com",
                "username": "bot", "password": "s3cr3t pass", "tls": "required",
                "ca_file": certificate.certificate.path,
            ]
            #expect(try await reporter(values).deliver(report()) == .delivered)
            let mails = try sink.mails
            #expect(mails.map(\.tls) == [true] && mails.map(\.user) == ["bot"])
            #expect(mails.map(\.to) == [["ops@example.com"]])

            let wrong = try await refusal(
                of: report(), by: try reporter(values.merging(["password": "s3cr3t no"]) { $1 }))
            #expect(wrong.isPermanent && wrong.reason.contains("answered 535"), "\(wrong)")
            let untrusted = try await refusal(of: report(), by: try reporter(values.filter { $0.key != "ca_file" }))
            #expect(!untrusted.isPermanent && untrusted.reason.contains(": TLS: "), "\(untrusted)")
            // The certificate is for localhost.
            let other = try await refusal(
                of: report(), by: try reporter(values.merging(["url": "smtp://127.0.0.1:\(sink.port)"]) { $1 }))
            #expect(!other.isPermanent && other.reason.contains(": TLS: "), "\(other)")
            for error in [wrong, untrusted, other] { #expect(!error.reason.contains("s3cr3t")) }
            #expect(try sink.mails.count == 1)
        }
        // Neither the mail nor the password goes to a server that does not encrypt.
        try await SMTPSink.run(["--login", "bot:s3cr3t pass"]) { sink in
            let values = [
                "url": "smtp://127.0.0.1:\(sink.port)", "from": "c@example.com", "to": "ops@example.com",
                "username": "bot", "password": "s3cr3t pass", "tls": "required",
            ]
            let error = try await refusal(of: report(), by: try reporter(values))
            #expect(!error.isPermanent && error.reason.contains("no encryption (STARTTLS)"), "\(error)")
            #expect(try sink.mails.isEmpty)
        }
    }

    @Test func aServerInTroubleGetsAnotherTryAndARefusalDoesNot() async throws {
        let options = ["--data", "451 4.3.0 busy", "--data", "554 5.7.1 s3cr3t spam"]
        try await SMTPSink.run(options) { sink in
            let reporter = try reporter([
                "url": "smtp://127.0.0.1:\(sink.port)", "from": "c@example.com", "to": "ops@example.com",
                "password": "s3cr3t",
            ])
            let busy = try await refusal(of: report(), by: reporter)
            #expect(
                !busy.isPermanent && busy.reason == "mail by 127.0.0.1:\(sink.port): the server answered 451 4.3.0 busy"
            )
            let spam = try await refusal(of: report(), by: reporter)
            #expect(spam.isPermanent && spam.reason.hasSuffix("554 5.7.1 *** spam"))
            #expect(try await reporter.deliver(report()) == .delivered)
        }
    }
}
