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

    /// The server works, but has no place for this mail, or for its recipients, now: RFC 5321 §4.2.3.
    public var isAboutMail: Bool { cause == .other && [450, 451, 452].contains(code) }

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
