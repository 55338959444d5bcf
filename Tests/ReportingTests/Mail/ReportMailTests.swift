import Complaints
import MailClient
import Testing

@testable import Reporting

@Suite struct ReportMailTests {
    private func mail(_ report: Report, withTails: Bool = true) throws -> (mail: ReportMail, message: MailMessage) {
        let values = SettingValues(settings("email").values)
        let mail = ReportMail(
            report, subject: try ReportFormat(EmailSettings.owner, values, key: "subject").headline(report),
            body: try ReportFormat(EmailSettings.owner, values).render(report), withTails: withTails)
        let message = mail.message(
            report, from: try MailAddress("complainer@example.com"), to: [try MailAddress("ops@example.com")],
            date: FakeTime.wallClock)
        return (mail, message)
    }

    @Test func theTextQuotesTheEndsOfTheLogs() throws {
        let (mail, message) = try mail(.sample("email", tails: true))
        #expect(mail.subject == "Task web died with status TASK_FAILED")
        #expect(
            mail.text
                == """
                Task web (web.1) died with status TASK_FAILED.
                Command exited with status 1

                Framework: marathon
                Agent:     agent7
                Image:     registry/web:3
                Started:   2026-11-21 09:00:00 UTC
                Finished:  2026-11-21 10:00:00 UTC
                stdout:    http://s3/out?a=1&b=2
                stderr:    http://s3/err

                The end of stdout:

                > hello

                The end of stderr:

                > panic: ü

                """)
        #expect(message.date == "Sat, 21 Nov 2026 10:00:00 +0000")
        #expect(mail.html.contains(#"<a href="http://s3/out?a=1&amp;b=2">http://s3/out?a=1&amp;b=2</a>"#))
        #expect(mail.html.contains("panic: ü\n</pre>"))
    }

    @Test func failuresReportedTogetherAreCountedInTheSubject() throws {
        let moment = Timestamp(nanoseconds: 1_795_255_200_000_000_000)
        let report = Report.sample("email") { delivery in
            delivery.held = HeldFailures(count: 120, first: moment, last: moment, seconds: 60)
            delivery.isTest = true
        }
        let mail = try mail(report).mail
        #expect(mail.subject == "\(Report.testMark) Task web died with status TASK_FAILED (120 failures)")
        #expect(mail.text.contains("120"))
    }

    @Test func logsThatAreNotWantedOrNotThere() throws {
        #expect(try !mail(.sample("email", tails: true), withTails: false).mail.text.contains("The end of"))
        let gone = try mail(.sample("email") { $0.evidence.logsError = "the agent <7> is gone" }).mail
        #expect(gone.text.hasSuffix("\nThe logs could not be saved: the agent <7> is gone\n"))
        #expect(gone.html.contains("the agent &lt;7&gt; is gone"))
    }

    @Test func htmlOfOthersIsText() throws {
        let evil = "<script>alert(1)</script>\" http://x/\"onclick=\"y <img src=http://spy/>"
        let report = Report.sample("email") { delivery in
            delivery.failure.name = evil
            delivery.failure.message = evil
            delivery.evidence.stderrTail = evil + "</pre>"
        }
        let html = try mail(report).mail.html
        #expect(!html.contains("<script") && !html.contains("<img") && !html.contains("\"onclick"))
        #expect(html.components(separatedBy: "</pre>").count == 2)
    }

    @Test func aTaskCannotAddHeadersOrRecipients() throws {
        let evil = "web\r\nBcc: victim@example.com\r\n\r\nX"
        let report = Report.sample("email") { delivery in
            delivery.failure.id = evil
            delivery.failure.name = evil
            delivery.failure.framework = evil
            delivery.failure.state = evil
        }
        let text = String(decoding: try mail(report).message.bytes, as: UTF8.self)
        let head = text.components(separatedBy: "\r\n\r\n")[0].components(separatedBy: "\r\n")
        #expect(!head.contains { $0.hasPrefix("Bcc") })
        #expect(head.contains("X-Complainer-Framework: web Bcc: victim@example.com X"))
    }

    @Test func mailsKnowTheirFailureAndTheirConversation() throws {
        func ids(_ change: (inout Delivery) -> Void, instance: String = "default") throws -> (String, [String]) {
            let message = try mail(.sample("email", instance: instance, change: change)).message
            return (message.messageID, message.references)
        }
        let first = try ids { _ in }
        let again = try ids { $0.attempt = 2 }
        let next = try ids { $0.failure.id = "web.2" }
        let other = try ids { $0.failure.name = "api" }
        #expect(first == again && first.0 != next.0 && first.1 == next.1 && first.1 != other.1)
        #expect(try ids({ _ in }, instance: "b").0 != first.0)
        #expect(first.0.hasSuffix("@example.com"))
    }

    @Test(arguments: [
        ("from", "nobody"), ("to", "a@x, b"), ("to", "ops@example.com\r\nRCPT TO:<victim@example.com>"),
        ("subject", "{{ .nope"), ("format", "{{ index .stdoutURL 999 }}"), ("subject", " "),
    ])
    func labelsThatAreWrongArePermanent(key: String, value: String) async throws {
        let reporter = try EmailReporter(
            settings("email", ["url": "smtp://127.0.0.1:1", "from": "c@example.com", "to": "ops@example.com"]))
        let error = await refusal(of: .sample("email", labels: ["complainer_email_\(key)": value]), by: reporter)
        #expect(error?.isPermanent == true, "\(error?.reason ?? "")")
    }

    @Test func settingsThatAreWrongAreFound() throws {
        func findings(_ values: [String: String]) -> [String] {
            let all = SettingValues(settings("email", values).values)
            return EmailSettings.owner.check(all).map(\.setting)
        }
        #expect(findings(["url": "smtp://h", "from": "a@x", "to": "b@x, C <c@x>"]) == [])
        #expect(findings(["url": "smtp://u:p@h", "from": "a", "to": "b@x,"]) == ["email.from", "email.url"])
        #expect(findings(["url": "smtp://h", "username": "u", "password": "p", "tls": "none"]) == ["email.tls"])
    }
}
