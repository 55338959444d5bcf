import HTTPClient

/// Where mails are handed over.
public struct MailServer: Sendable, Hashable {
    /// Whether a connection that begins in the clear (`smtp://`) is encrypted by STARTTLS. `smtps://` always is.
    public enum Encryption: String, Sendable, Hashable {
        /// When the server offers it; but passwords are never sent without.
        case auto
        case required
        case none
    }

    /// `smtp://host:587`, `smtps://host`. Ports 25 and 465 need not be named.
    public var url: String
    public var username: String?
    public var password: String?
    public var encryption: Encryption
    /// Certificates of the authorities to trust, in PEM; nil: the system's.
    public var caFile: String?

    public init(
        url: String, username: String? = nil, password: String? = nil, encryption: Encryption = .auto,
        caFile: String? = nil
    ) {
        self.url = url
        self.username = username
        self.password = password
        self.encryption = encryption
        self.caFile = caFile
    }

    /// `CURLOPT_USE_SSL`: 0 never, 1 when offered, 3 always.
    var useSSL: Int {
        switch encryption {
        case .none: 0
        case .required: 3
        case .auto: username == nil ? 1 : 3
        }
    }
}
