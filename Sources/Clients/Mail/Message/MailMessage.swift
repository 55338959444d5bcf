/// A mail: plain text, and the same as HTML for those who can show it.
public struct MailMessage: Sendable, Equatable {
    public var from: MailAddress
    public var to: [MailAddress]
    public var subject: String
    /// RFC 5322: `Sat, 21 Nov 2026 10:00:00 +0000`.
    public var date: String
    /// Without the angle brackets: `id@domain`. The same for each try, so that a second copy can be recognised.
    public var messageID: String
    /// Messages that this one belongs to, without the angle brackets: mail programs show them together.
    public var references: [String]
    /// Fields of our own, beginning with `X-`.
    public var more: [(name: String, value: String)]
    public var text: String
    public var html: String?

    public init(
        from: MailAddress, to: [MailAddress], subject: String, date: String, messageID: String,
        references: [String] = [], more: [(name: String, value: String)] = [], text: String, html: String? = nil
    ) {
        self.from = from
        self.to = to
        self.subject = subject
        self.date = date
        self.messageID = messageID
        self.references = references
        self.more = more
        self.text = text
        self.html = html
    }

    public static func == (one: MailMessage, other: MailMessage) -> Bool { one.bytes == other.bytes }

    /// The whole message with CR LF at the ends of lines (RFC 5322, RFC 2046 §5.1.4). No line is longer than 78
    /// characters, but for ids.
    public var bytes: [UInt8] {
        var head: [(String, String)] = [
            ("Date", date), ("From", HeaderText.mailboxes([from], after: "From")),
            ("To", HeaderText.mailboxes(to, after: "To")),
            ("Subject", HeaderText.unstructured(subject, after: "Subject")), ("Message-ID", "<\(messageID)>"),
        ]
        if let last = references.last {
            head.append(("In-Reply-To", "<\(last)>"))
            head.append(("References", references.map { "<\($0)>" }.joined(separator: "\r\n ")))
        }
        // RFC 3834, and what Exchange understands: nobody's holidays are news to complainer.
        head += [("Auto-Submitted", "auto-generated"), ("X-Auto-Response-Suppress", "All")]
        head += more.map { ($0.name, HeaderText.unstructured($0.value, after: $0.name)) }
        head.append(("MIME-Version", "1.0"))
        let plain = Self.part("text/plain", text)
        guard let html else { return Self.lines(head) + plain }
        // "=_" never stands in quoted-printable text.
        let boundary = "=_complainer_alternative"
        head.append(("Content-Type", "multipart/alternative;\r\n boundary=\"\(boundary)\""))
        let separator = Array("--\(boundary)\r\n".utf8)
        return Self.lines(head) + Array("\r\n".utf8) + separator + plain + separator + Self.part("text/html", html)
            + Array("--\(boundary)--\r\n".utf8)
    }

    private static func part(_ type: String, _ text: String) -> [UInt8] {
        lines([("Content-Type", "\(type); charset=utf-8"), ("Content-Transfer-Encoding", "quoted-printable")])
            + Array("\r\n".utf8) + QuotedPrintable.encode(text)
    }

    private static func lines(_ fields: [(String, String)]) -> [UInt8] {
        Array(fields.map { "\($0): \($1)\r\n" }.joined().utf8)
    }
}
