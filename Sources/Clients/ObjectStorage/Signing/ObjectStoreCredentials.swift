/// The key pair that requests are signed with.
public struct ObjectStoreCredentials: Sendable, Equatable {
    /// Names the user; appears in signed URLs.
    public var accessKey: String
    /// Never leaves the process.
    public var secretKey: String
    /// Of temporary credentials; sent and signed as `x-amz-security-token`.
    public var sessionToken: String?

    public init(accessKey: String, secretKey: String, sessionToken: String? = nil) {
        self.accessKey = accessKey
        self.secretKey = secretKey
        self.sessionToken = sessionToken
    }
}

extension ObjectStoreCredentials: CustomStringConvertible, CustomReflectable {
    /// No secret: configurations end up in logs.
    public var description: String { "credentials(…)" }

    public var customMirror: Mirror { Mirror(self, children: [(label: String?, value: Any)]()) }
}
