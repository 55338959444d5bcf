import Foundation
import Testing

@testable import MailClient

@Suite struct MailMessageTests {
    private func message(_ change: (inout MailMessage) -> Void = { _ in }) throws -> String {
        var message = MailMessage(
            from: try MailAddress("complainer@example.com"), to: [try MailAddress("Ops <ops@example.com>")],
            subject: "Task web died", date: "Sat, 21 Nov 2026 10:00:00 +0000", messageID: "1@example.com",
            references: ["thread@example.com"], more: [("X-Complainer-Task", "web.1")], text: "Hello\n.\n",
            html: "<p>ü</p>")
        change(&message)
        return String(decoding: message.bytes, as: UTF8.self)
    }

    @Test func theWholeMessage() throws {
        #expect(
            try message()
                == """
                Date: Sat, 21 Nov 2026 10:00:00 +0000
                From: complainer@example.com
                To: Ops <ops@example.com>
                Subject: Task web died
                Message-ID: <1@example.com>
                In-Reply-To: <thread@example.com>
                References: <thread@example.com>
                Auto-Submitted: auto-generated
                X-Auto-Response-Suppress: All
                X-Complainer-Task: web.1
                MIME-Version: 1.0
                Content-Type: multipart/alternative;
                 boundary="=_complainer_alternative"

                --=_complainer_alternative
                Content-Type: text/plain; charset=utf-8
                Content-Transfer-Encoding: quoted-printable

                Hello
                =2E

                --=_complainer_alternative
                Content-Type: text/html; charset=utf-8
                Content-Transfer-Encoding: quoted-printable

                <p>=C3=BC</p>
                --=_complainer_alternative--

                """.replacing("\n", with: "\r\n"))
    }

    @Test func noValueCanBeginAnotherField() throws {
        let evil = "web\r\nBcc: victim@example.com\n\nbody\u{85}\u{2028}x\r."
        let text = try message { message in
            message.subject = evil
            message.more = [("X-Complainer-Task", evil)]
            message.from.name = evil
            message.to[0].name = evil
        }
        let head = text.components(separatedBy: "\r\n\r\n")[0]
        let names = head.components(separatedBy: "\r\n").filter { !$0.hasPrefix(" ") }.map { $0.prefix { $0 != ":" } }
        #expect(
            names == [
                "Date", "From", "To", "Subject", "Message-ID", "In-Reply-To", "References", "Auto-Submitted",
                "X-Auto-Response-Suppress", "X-Complainer-Task", "MIME-Version", "Content-Type",
            ])
        #expect(head.contains("Subject: web Bcc: victim@example.com body x ."))
    }

    @Test(arguments: [
        "short", "ü", String(repeating: "ü€😀 word ", count: 60), String(repeating: "x", count: 3000),
        String(repeating: "plain words ", count: 100), "=?UTF-8?B?eA==?=", "", "   ",
    ])
    func linesAreNeverTooLong(subject: String) throws {
        let text = try message { message in
            message.subject = subject
            message.to = (1...50).compactMap { try? MailAddress("\(subject) \($0) <a\($0)@example.com>") }
            message.text = subject + "\n" + String(repeating: "\u{0}=é \t", count: 500)
            message.html = subject
        }
        let lines = text.components(separatedBy: "\r\n")
        #expect(lines.allSatisfy { $0.utf8.count <= 78 }, "\(lines.max { $0.utf8.count < $1.utf8.count } ?? "")")
        #expect(text.utf8.allSatisfy { $0 < 128 } && !text.replacing("\r\n", with: "").contains { $0.isNewline })
    }

    @Test(arguments: [
        "a = b", "trailing \n", "tab\t", "From here\nFrom there", ".\n..\n.x", "", "\n\n", "a\r\nb\rc\nd",
        String(repeating: "ab ü=", count: 100), String(repeating: "x", count: 75), String(repeating: "x", count: 76),
        String(repeating: "x", count: 77), String(repeating: "x", count: 75) + "=",
    ])
    func quotedPrintableCanBeReadBack(text: String) {
        let encoded = String(decoding: QuotedPrintable.encode(text), as: UTF8.self)
        #expect(encoded.components(separatedBy: "\r\n").allSatisfy { $0.count <= 76 && !$0.hasSuffix(" ") })
        var bytes: [UInt8] = []
        var rest = Array(encoded.replacing("=\r\n", with: "").utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "="), let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        let wanted = text.replacing("\r\n", with: "\n").replacing("\r", with: "\n") + "\n"
        #expect(String(decoding: bytes, as: UTF8.self).replacing("\r\n", with: "\n") == wanted)
    }

    @Test(
        arguments: [
            ("ops@example.com", nil, "ops@example.com"),
            (" Ops Team <ops@example.com> ", "Ops Team", "ops@example.com"),
            ("\"Ops, all\" <o@x>", "Ops, all", "o@x"), ("<o@x>", nil, "o@x"),
            ("a+b.c@mail-1.example.com", nil, "a+b.c@mail-1.example.com"),
        ] as [(String, String?, String)])
    func addresses(text: String, name: String?, address: String) throws {
        let parsed = try MailAddress(text)
        #expect(parsed.name == name && parsed.address == address)
    }

    @Test(arguments: [
        "", "ops", "@x", "a@", "a@b> <c@d", "a b@c", "a@b c", "ü@example.com", "a\n@b", "a@b\r\nRCPT TO:<c@d>",
        "a@b,c@d",
        "\"a b\"@c", "a@[1.2.3.4]", "a@b;c", String(repeating: "a", count: 300) + "@b",
    ])
    func whatIsNoAddress(text: String) {
        #expect(throws: MailAddress.Invalid.self) { try MailAddress(text) }
    }

    @Test func lists() throws {
        let list = try MailAddress.list("a@x, \"B, b\" <b@x>,, a@x ,")
        #expect(list.map(\.address) == ["a@x", "b@x"])
        #expect(throws: MailAddress.Invalid.self) { try MailAddress.list(" , ") }
        #expect(throws: MailAddress.Invalid.self) { try MailAddress.list("a@x, b") }
    }

    @Test func namesAreQuotedOrEncoded() throws {
        #expect(HeaderText.mailbox(try MailAddress("Ops, \"x\" <o@x>"), after: 6) == #""Ops, \"x\"" <o@x>"#)
        #expect(HeaderText.mailbox(try MailAddress("Ö <o@x>"), after: 6) == "=?UTF-8?B?w5Y=?=\r\n <o@x>")
    }
}
