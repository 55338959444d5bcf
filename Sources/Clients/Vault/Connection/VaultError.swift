/// Why Vault did not do something: what was attempted, and what came back, in Vault's or the transport's own words.
/// Holds no secret.
public struct VaultError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Kind: Sendable, Equatable {
        /// No answer, or one cut off.
        case unreachable
        /// There is no such secret, role or engine (404).
        case notFound
        /// The token, or who logs in, may not do that (401, 403).
        case forbidden
        /// It cannot be done as asked (the other 4xx).
        case refused(status: Int)
        /// Not now: sealed, a standby, overloaded, not yet consistent (412, 429, 472, 473, 5xx).
        case unavailable(status: Int)
        /// An answer that is not Vault's.
        case unexpected
        /// Nobody wants to know any more.
        case cancelled
    }

    /// `read secret/web`
    public let attempt: String
    /// `https://vault.example.com:8200`
    public let address: String
    public let kind: Kind
    /// On one line.
    public let message: String
    /// How long Vault wants to be left alone.
    var retryAfter: Duration?

    public init(_ attempt: String, at address: String, _ kind: Kind, _ message: String) {
        self.attempt = attempt
        self.address = address
        self.kind = kind
        self.message = message
    }

    /// Whether the same request may succeed a little later.
    public var isWorthRetrying: Bool {
        switch kind {
        case .unreachable, .unavailable: true
        case .notFound, .forbidden, .refused, .unexpected, .cancelled: false
        }
    }

    public var description: String {
        switch kind {
        case .unreachable: "cannot \(attempt): Vault at \(address) does not answer: \(message)"
        case .cancelled: "cannot \(attempt): cancelled"
        case .notFound, .unexpected: "cannot \(attempt): Vault at \(address): \(message)"
        case .forbidden: "cannot \(attempt): Vault at \(address) forbids it: \(message)"
        case .refused(let status), .unavailable(let status):
            "cannot \(attempt): Vault at \(address): \(message) (status \(status))"
        }
    }
}
