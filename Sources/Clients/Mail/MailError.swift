/// Why a mail was not handed over.
public struct MailError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The last reply's code; nil when the server said nothing, or nothing that explains it.
    public var code: Int?
    /// Another try would get the same: the server refused with a 5xx reply.
    public var isPermanent: Bool
    /// What the reason has to do with.
    public var cause = Cause.other
    /// What was attempted and what came back. It may repeat what the server says, on one line.
    public var description: String

    public enum Cause: Sendable, Equatable {
        /// Who we are: the server refuses the login.
        case login
        /// The connection was to be encrypted, and the server does not offer that.
        case noEncryption
        /// The server cannot prove who it is, or TLS fails otherwise.
        case certificate
        case other
    }

    /// The server works, but does not take this mail, or not for its recipients, now: RFC 5321 §4.2.3. Not so 421, which
    /// ends the session, and 454, which is about TLS or the login.
    public var isAboutMail: Bool {
        guard let code, cause == .other else { return false }
        return (400..<500).contains(code) && code != 421 && code != 454
    }

    public init(_ description: String, code: Int? = nil, isPermanent: Bool = false, cause: Cause = .other) {
        self.description = description
        self.cause = cause
        self.code = code
        self.isPermanent = isPermanent
    }
}

/// A mail was handed over.
public struct MailReceipt: Sendable, Equatable {
    /// What the server said to recipients that it refused, while it took the mail for others.
    public var refusals: [String]
}
