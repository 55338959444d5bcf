import HTTPClient

/// Something that Vault lends for a time.
public struct VaultLease: Sendable, Equatable {
    public var id: String
    /// From the answer on.
    public var lifetime: Duration
    public var isRenewable: Bool

    public init(id: String, lifetime: Duration, isRenewable: Bool) {
        self.id = id
        self.lifetime = lifetime
        self.isRenewable = isRenewable
    }
}

/// Credentials for AWS, which end with their lease.
public struct AWSCredentials: Sendable, Equatable {
    public var accessKey: String
    public var secretKey: String
    /// Of credentials that AWS' STS has made.
    public var sessionToken: String?
    public var lease: VaultLease
}

extension VaultClient {
    /// `GET aws/creds/<role>`
    public func awsCredentials(role: String) async throws(VaultError) -> AWSCredentials {
        let attempt = "get AWS credentials of the role \(role)"
        let answer = try await call(.get, "aws/creds/\(role)", as: attempt)
        guard let access = answer.data?["access_key"]?.text, let secret = answer.data?["secret_key"]?.text,
            let id = answer.leaseID, !id.isEmpty, let seconds = answer.duration
        else { throw error(attempt, .unexpected, "the answer holds no credentials with a lease") }
        let session = answer.data?["security_token"]?.text ?? answer.data?["session_token"]?.text
        return AWSCredentials(
            accessKey: access, secretKey: secret, sessionToken: session.flatMap { $0.isEmpty ? nil : $0 },
            lease: VaultLease(id: id, lifetime: .seconds(seconds), isRenewable: answer.renewable ?? false))
    }

    /// Asks for the lease to last for so long from now on; what it got, which may be less.
    public func renew(_ lease: VaultLease, for lifetime: Duration) async throws(VaultError) -> VaultLease {
        let attempt = "renew the lease \(lease.id)"
        let answer = try await call(
            .put, "sys/leases/renew", ["lease_id": lease.id, "increment": Self.seconds(lifetime)], as: attempt)
        guard let seconds = answer.duration else {
            throw error(attempt, .unexpected, "the answer does not say for how long")
        }
        return VaultLease(id: lease.id, lifetime: .seconds(seconds), isRenewable: answer.renewable ?? false)
    }

    /// Ends it at once.
    public func revoke(lease id: String) async throws(VaultError) {
        _ = try await call(.put, "sys/leases/revoke", ["lease_id": id], as: "revoke the lease \(id)")
    }
}
