import CCurl
import Glibc
import HTTPClient

/// One mail on its way, or a visit without one. Made, used and released on the loop's thread.
final class SMTPTransfer: Transfer {
    /// What is to be done after the greeting and the login.
    enum Errand: Sendable {
        case mail([UInt8], from: MailAddress, to: [MailAddress])
        case greeting
    }

    let easy: EasyHandle
    private let id: TransferID
    private let context: LoopContext
    private let conclude: (Result<MailReceipt, MailError>) -> Void
    private let limits: MailClient.Limits
    private let errand: Errand
    private let message: [UInt8]
    private var offset = 0
    private let end: ContinuousClock.Instant
    /// When the server said something, or took a part of the message, for the last time.
    private var lastMove: ContinuousClock.Instant
    /// The final lines of the server's replies: the newest one, and those that refused something.
    private var reply = ""
    private var refusals: [String] = []
    /// Why we stopped the transfer; stronger than what libcurl then reports.
    private var failure: MailError?

    init(
        _ easy: EasyHandle, _ errand: Errand, limits: MailClient.Limits, id: TransferID, context: LoopContext,
        conclude: @escaping (Result<MailReceipt, MailError>) -> Void
    ) {
        self.easy = easy
        self.errand = errand
        if case .mail(let bytes, _, _) = errand { message = bytes } else { message = [] }
        self.limits = limits
        self.conclude = conclude
        self.id = id
        self.context = context
        end = context.now + limits.total
        lastMove = context.now
    }

    /// Sets the handle up. False when libcurl refuses; the reason is kept for `stopped`.
    func prepare(by server: MailServer) -> Bool {
        easy.reset()
        do {
            try easy.set(CURLOPT_URL, server.url)
            try easy.set(CURLOPT_PROTOCOLS_STR, "smtp,smtps")
            try easy.set(CURLOPT_NOSIGNAL, true)
            try easy.set(CURLOPT_QUICK_EXIT, true)
            // Mail does not go through the proxies that the environment names for the web.
            try easy.set(CURLOPT_PROXY, "")
            try easy.set(CURLOPT_CONNECTTIMEOUT_MS, 3_600_000)
            try easy.set(CURLOPT_FORBID_REUSE, true)
            // For the word on the whole mail and for the farewell, during which the loop stands still.
            try easy.set(CURLOPT_SERVER_RESPONSE_TIMEOUT, max(1, Int(limits.silence.components.seconds)))
            try easy.set(CURLOPT_USE_SSL, server.useSSL)
            var tls = TLSOptions()
            tls.caFile = server.caFile
            try easy.set(tls)
            if let username = server.username {
                try easy.set(CURLOPT_USERNAME, username)
                try easy.set(CURLOPT_PASSWORD, server.password ?? "")
            }
            switch errand {
            case .mail(_, let sender, let recipients):
                try easy.set(CURLOPT_MAIL_FROM, "<\(sender.address)>")
                try easy.set(CURLOPT_MAIL_RCPT, list: recipients.map { "<\($0.address)>" })
                try easy.set(allowRefusedRecipients, true)
                try easy.set(CURLOPT_UPLOAD, true)
                try easy.set(CURLOPT_INFILESIZE_LARGE, offset: Int64(message.count))
            case .greeting:
                try easy.set(CURLOPT_CUSTOMREQUEST, "NOOP")
                try easy.set(CURLOPT_NOBODY, true)
            }
            try applyCallbacks()
            return true
        } catch {
            failure = MailError("libcurl does not take the settings: \(error.text)")
            return false
        }
    }

    private func applyCallbacks() throws(CurlFailure) {
        let context = Unmanaged.passUnretained(self).toOpaque()
        try easy.set(CURLOPT_HEADERDATA, pointer: context)
        try easy.set(CURLOPT_READDATA, pointer: context)
        try easy.set(CURLOPT_HEADERFUNCTION) { data, size, count, context in
            let bytes = UnsafeRawBufferPointer(start: data, count: size * count)
            SMTPTransfer.from(context)?.receive(line: bytes)
            return bytes.count
        }
        try easy.set(CURLOPT_READFUNCTION) { data, size, count, context in
            let buffer = UnsafeMutableRawBufferPointer(start: data, count: size * count)
            return SMTPTransfer.from(context)?.send(into: buffer) ?? Int(CURL_READFUNC_ABORT)
        }
    }

    private static func from(_ context: UnsafeMutableRawPointer?) -> SMTPTransfer? {
        context.map { Unmanaged<SMTPTransfer>.fromOpaque($0).takeUnretainedValue() }
    }

    // MARK: What libcurl calls

    private func receive(line: UnsafeRawBufferPointer) {
        moved()
        let text = printable(String(decoding: line.prefix(1000), as: UTF8.self), limit: 500)
            .split(separator: " ").joined(separator: " ")
        // "250-…" is continued, "250 …" is the last line.
        // The farewell explains nothing.
        guard text.count >= 3, text.dropFirst(3).first != "-", !text.hasPrefix("221") else { return }
        reply = text
        if let code = Int(text.prefix(3)), Self.recipientRefusals.contains(code), refusals.count < 20 {
            refusals.append(text)
        }
    }

    private func send(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        moved()
        let count = min(buffer.count, message.count - offset)
        message.withUnsafeBytes {
            buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[offset..<offset + count]))
        }
        offset += count
        return count
    }

    private func moved() {
        lastMove = context.now
        context.flushAfterRound(id)
    }

    /// Replies that a recipient may get in a mail that others get (RFC 5321 §4.2.3).
    private static let recipientRefusals: Set<Int> = [450, 451, 452, 455, 550, 551, 552, 553, 554, 555]

    // MARK: Transfer

    func nudged() {}
    func flush() {}

    var deadline: ContinuousClock.Instant? { min(end, lastMove + limits.silence) }

    func expire() -> Bool {
        if context.now >= end {
            failure = MailError("not finished within \(limits.total)")
            return false
        }
        guard context.now >= lastMove + limits.silence else { return true }
        failure = silence
        return false
    }

    private var silence: MailError {
        MailError(
            (reply.isEmpty ? "the server said nothing" : "the server said nothing more after \"\(reply)\"")
                + " for \(limits.silence)")
    }

    func finished(_ code: CURLcode) -> Bool {
        if failure == nil, code != CURLE_OK { failure = explain(code) }
        conclude(outcome)
        return false
    }

    func stopped() {
        if failure == nil { failure = MailError("cancelled") }
        conclude(outcome)
    }

    private var outcome: Result<MailReceipt, MailError> {
        failure.map { .failure($0) } ?? .success(MailReceipt(refusals: refusals))
    }

    /// libcurl's code, and the server's last words, as something an operator can use.
    private func explain(_ code: CURLcode) -> MailError {
        let text = easy.lastErrorText.isEmpty ? curlText(code) : printable(easy.lastErrorText, limit: 500)
        let replyCode = Int(reply.prefix(3))
        let isRefusal = replyCode.map { (400...599).contains($0) } ?? false
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST: return MailError("could not resolve the server's name")
        case CURLE_COULDNT_CONNECT:
            let errno = Int32(easy.get(long: CURLINFO_OS_ERRNO))
            return MailError(errno == ECONNREFUSED ? "connection refused" : "could not connect: \(text)")
        case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL:
            return MailError("invalid URL: \(text)", isPermanent: true)
        case CURLE_OPERATION_TIMEDOUT: return silence
        case CURLE_USE_SSL_FAILED where !isRefusal:
            return MailError("the server offers no encryption (STARTTLS)", cause: .noEncryption)
        case CURLE_LOGIN_DENIED where !isRefusal:
            return MailError("the server offers no way to log in that is known here", cause: .login)
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CIPHER:
            return MailError("TLS: \(text)", cause: .certificate)
        case _ where isRefusal:
            // A recipient that was refused for now is not lost with those that were refused for good.
            let reply = refusals.first { $0.hasPrefix("4") } ?? reply
            let replyCode = Int(reply.prefix(3))
            return MailError(
                "the server answered \(reply)", code: replyCode, isPermanent: (replyCode ?? 0) >= 500,
                cause: code == CURLE_LOGIN_DENIED ? .login : .other)
        case CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_GOT_NOTHING:
            return MailError("the connection broke (\(text))" + (reply.isEmpty ? "" : ", after \"\(reply)\""))
        case CURLE_WEIRD_SERVER_REPLY:
            return MailError("\(text)" + (reply.isEmpty ? "" : ", after \"\(reply)\""))
        default: return MailError("\(text) (curl error \(code.rawValue))")
        }
    }
}

/// `CURLOPT_MAIL_RCPT_ALLLOWFAILS`, which newer versions spell another way.
private let allowRefusedRecipients = CURLoption(rawValue: 290)
