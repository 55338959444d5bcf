import Complaints
import Crypto
import MailClient

/// A report as a mail: the rendered text, and below it the ends of the logs, quoted.
struct ReportMail {
    /// Of each log, in bytes.
    static let maxTail = 16 << 10

    var subject: String
    var body: String
    /// The ends of the logs by their names; empty when they are not wanted or there are none.
    var tails: [(name: String, text: String)]
    /// Why the logs are not there.
    var logsError: String?

    init(_ report: Report, subject: String, body: String, withTails: Bool) {
        self.subject = subject
        self.body = body
        let evidence = report.delivery.evidence
        logsError = evidence.logsError
        tails =
            withTails
            ? [("stdout", evidence.stdoutTail), ("stderr", evidence.stderrTail)]
                .map { ($0.0, LogText.shown($0.1, maxBytes: Self.maxTail)) }.filter { !$0.1.isEmpty }
            : []
    }

    /// The text for everybody: logs are quoted as the mails of others are.
    var text: String {
        var text = body.hasSuffix("\n") ? body : body + "\n"
        if let logsError { text += "\nThe logs could not be saved: \(logsError)\n" }
        for (name, tail) in tails {
            text += "\nThe end of \(name):\n\n"
            text += Self.lines(tail).map { "> \($0)\n" }.joined()
        }
        return text
    }

    /// The same as HTML, without scripts, images or anything else from elsewhere.
    var html: String {
        var html =
            "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>\(Self.escaped(subject))</title></head>\n<body>\n"
        html += "<div style=\"white-space: pre-wrap\">\(Self.linked(body))</div>\n"
        if let logsError { html += "<p>The logs could not be saved: \(Self.escaped(logsError))</p>\n" }
        for (name, tail) in tails {
            html += "<p>The end of \(name):</p>\n"
            html +=
                "<pre style=\"border-left: 3px solid #bbb; padding-left: 8px; white-space: pre-wrap\">"
                + "\(Self.escaped(tail))</pre>\n"
        }
        return html + "</body></html>\n"
    }

    private static func lines(_ text: String) -> [Substring] {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        return lines.last?.isEmpty == true ? lines.dropLast() : lines
    }

    private static func escaped(_ text: some StringProtocol) -> String {
        text.unicodeScalars.reduce(into: "") { result, scalar in
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            default: result.unicodeScalars.append(scalar)
            }
        }
    }

    /// Escaped, with web addresses as links.
    private static func linked(_ text: String) -> String {
        var result = ""
        var rest = text[...]
        while let start = ["https://", "http://"].compactMap({ rest.firstRange(of: $0)?.lowerBound }).min() {
            result += escaped(rest[..<start])
            let url = rest[start...].prefix { !$0.isWhitespace && !"<>\"'".contains($0) }
            result += "<a href=\"\(escaped(url))\">\(escaped(url))</a>"
            rest = rest[url.endIndex...]
        }
        return result + escaped(rest)
    }

    /// The message. Its id is the same in each try and at each worker; the failures of one task name of a framework
    /// belong to one conversation.
    func message(_ report: Report, from: MailAddress, to: [MailAddress], date: Timestamp) -> MailMessage {
        let failure = report.delivery.failure
        let instance = Self.hash("\(failure.key)\n\(report.delivery.instance)")
        let thread = Self.hash("\(failure.framework)\n\(failure.name)")
        return MailMessage(
            from: from, to: to, subject: subject, date: date.rfc5322,
            messageID: "complainer.\(instance)@\(from.domain)",
            references: ["complainer.thread.\(thread)@\(from.domain)"],
            more: [
                ("X-Complainer-Framework", failure.framework), ("X-Complainer-Task", failure.id),
                ("X-Complainer-State", failure.state),
            ], text: text, html: html)
    }

    private static func hash(_ text: String) -> String { SHA256.hash(data: Array(text.utf8)).prefix(16).hexadecimal }
}
