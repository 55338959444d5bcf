/// Why a mail was not handed over.
public struct MailError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The last reply's code; nil when the server said nothing, or nothing that explains it.
    public var code: Int?
    /// Another try would get the same: the server refused with a 5xx reply.
    public var isPermanent: Bool
    /// What was attempted and what came back. It may repeat what the server says, on one line.
    public var description: String

    public init(_ description: String, code: Int? = nil, isPermanent: Bool = false) {
        self.description = description
        self.code = code
        self.isPermanent = isPermanent
    }
}

/// A mail was handed over.
public struct MailReceipt: Sendable, Equatable {
    /// What the server said to recipients that it refused, while it took the mail for others.
    public var refusals: [String]
}
