import Foundation
import MailClient
import Testing

/// The mail client against a real mail server.
@Suite(.serialized, .enabled(if: PythonKit.isWanted, "a mail server needs Tests/Support/python/setup.sh"))
struct MailDeliveryTests {
    private let client = MailClient()

    private func message(_ text: String, subject: String = "Subject") throws -> [UInt8] {
        MailMessage(
            from: try MailAddress("complainer@example.com"), to: [try MailAddress("Ops, \"all\" ü <ops@example.com>")],
            subject: subject, date: "Sat, 21 Nov 2026 10:00:00 +0000", messageID: "1@example.com",
            references: ["t@example.com"], text: text, html: "<pre>\(text)</pre>"
        ).bytes
    }

    @discardableResult
    private func send(
        _ text: String = "text", subject: String = "Subject", to recipients: [String] = ["ops@example.com"],
        by server: MailServer
    ) async throws -> MailReceipt {
        try await client.send(
            try message(text, subject: subject), from: MailAddress("complainer@example.com"),
            to: try recipients.map { try MailAddress($0) }, by: server)
    }

    private func refusal(by server: MailServer, to recipients: [String] = ["ops@example.com"]) async throws -> MailError
    {
        do {
            try await send(to: recipients, by: server)
            throw HarnessError("the mail was taken")
        } catch let error as MailError {
            return error
        }
    }

    @Test func aMailArrivesAsItWasWritten() async throws {
        let text = "first\n.\n..two dots\n.\r\nFrom me\n" + String(repeating: "long ü ", count: 300) + "\nend \t\n"
        let subject = "Task wöb 😀 \(String(repeating: "and more ", count: 20))died"
        try await SMTPSink.run { sink in
            try await send(text, subject: subject, by: MailServer(url: "smtp://127.0.0.1:\(sink.port)"))
            let mail = try #require(try sink.mails.first)
            #expect(mail.from == "complainer@example.com" && mail.to == ["ops@example.com"] && !mail.tls)
            #expect(mail.subject == subject && mail.shownTo.contains("ü") && mail.defects.isEmpty)
            #expect(mail.text?.replacing("\r\n", with: "\n") == text.replacing("\r\n", with: "\n"))
            #expect(mail.html?.contains("..two dots") == true)
            #expect(mail.headers.contains("Auto-Submitted") && mail.headers.contains("References"))
            #expect(mail.content.split(separator: "\r\n").allSatisfy { $0.count <= 78 })
        }
    }

    @Test(arguments: ["starttls", "smtps"])
    func passwordsAreSentEncrypted(tls: String) async throws {
        let certificate = try await SMTPSink.Certificate(in: Scratch.folder("cert"))
        let scheme = tls == "smtps" ? "smtps" : "smtp"
        let login = ["--tls", tls, "--login", "bot:pass word"]
        try await SMTPSink.run(login, certificate: certificate) { sink in
            var server = MailServer(url: "\(scheme)://localhost:\(sink.port)")
            server.username = "bot"
            server.password = "pass word"
            let untrusted = try await refusal(by: server)
            #expect(!untrusted.isPermanent && "\(untrusted)".contains("TLS"), "\(untrusted)")
            server.caFile = certificate.certificate.path
            try await send(by: server)
            let mail = try #require(try sink.mails.first)
            #expect(mail.tls && mail.user == "bot")
            server.password = "wrong"
            let denied = try await refusal(by: server)
            #expect(denied.isPermanent && denied.code == 535, "\(denied)")
        }
    }

    @Test func aPasswordIsNotSentInTheClear() async throws {
        try await SMTPSink.run(["--login", "bot:pass"]) { sink in
            var server = MailServer(url: "smtp://127.0.0.1:\(sink.port)", username: "bot", password: "pass")
            let error = try await refusal(by: server)
            #expect(!error.isPermanent && "\(error)".contains("no encryption"), "\(error)")
            #expect(try sink.mails.isEmpty)
            server.encryption = .none
            try await send(by: server)
            #expect(try sink.mails.map(\.user) == ["bot"])
        }
    }

    @Test func encryptionIsUsedWhenOfferedAndCanBeDemanded() async throws {
        let certificate = try await SMTPSink.Certificate(in: Scratch.folder("cert"))
        try await SMTPSink.run(["--tls", "starttls", "--require-tls"], certificate: certificate) { sink in
            var server = MailServer(url: "smtp://localhost:\(sink.port)", caFile: certificate.certificate.path)
            try await send(by: server)
            server.encryption = .required
            try await send(by: server)
            #expect(try sink.mails.map(\.tls) == [true, true])
            server.encryption = .none
            let error = try await refusal(by: server)
            #expect(error.isPermanent && error.code == 530, "\(error)")
        }
        try await SMTPSink.run { sink in
            let server = MailServer(url: "smtp://127.0.0.1:\(sink.port)", encryption: .required)
            let error = try await refusal(by: server)
            #expect("\(error)".contains("STARTTLS"))
        }
    }

    @Test(
        arguments: [
            (["--data", "451 4.3.0 try later"], false, 451), (["--data", "554 5.7.1 spam"], true, 554),
            (["--sender", "450 4.7.1 greylisted"], false, 450), (["--sender", "553 5.7.1 not you"], true, 553),
            (["--refuse", "ops@example.com=452 4.2.2 full"], false, 452),
            (["--refuse", "ops@example.com=550 5.1.1 nobody here"], true, 550),
        ] as [([String], Bool, Int)])
    func refusals(options: [String], isPermanent: Bool, code: Int) async throws {
        try await SMTPSink.run(options) { sink in
            let error = try await refusal(by: MailServer(url: "smtp://127.0.0.1:\(sink.port)"))
            #expect(error.isPermanent == isPermanent && error.code == code, "\(error)")
            #expect("\(error)".hasPrefix("the server answered \(code) "), "\(error)")
        }
    }

    @Test func aMailThatSomeRecipientsCannotGetReachesTheOthers() async throws {
        try await SMTPSink.run(["--refuse", "gone@example.com=550 5.1.1 nobody here"]) { sink in
            let server = MailServer(url: "smtp://127.0.0.1:\(sink.port)")
            for recipients in [["gone@example.com", "ops@example.com"], ["ops@example.com", "gone@example.com"]] {
                let receipt = try await send(to: recipients, by: server)
                #expect(receipt.refusals == ["550 5.1.1 nobody here"])
            }
            #expect(try sink.mails.map(\.to) == [["ops@example.com"], ["ops@example.com"]])
        }
    }

    @Test func aServerThatSaysNothingIsGivenUp() async throws {
        try await SMTPSink.run(["--silent-after-data"]) { sink in
            let impatient = MailClient(limits: .init(total: .seconds(30), silence: .seconds(2)))
            await #expect(throws: MailError.self) {
                try await impatient.send(
                    try message("x"), from: MailAddress("a@x"), to: [MailAddress("b@x")],
                    by: MailServer(url: "smtp://127.0.0.1:\(sink.port)"))
            }
        }
        let port = try FreePort.find()
        let refused = try await refusal(by: MailServer(url: "smtp://127.0.0.1:\(port)"))
        #expect("\(refused)" == "connection refused" && !refused.isPermanent)
    }

    @Test func cancellingClosesTheConnection() async throws {
        try await SMTPSink.run(["--silent-after-data"]) { sink in
            let sending = Task { try await send(by: MailServer(url: "smtp://127.0.0.1:\(sink.port)")) }
            try await waitUntil("the mail at the server") { sink.output.contains("silent") }
            sending.cancel()
            await #expect(throws: MailError("cancelled")) { try await sending.value }
        }
    }
}
