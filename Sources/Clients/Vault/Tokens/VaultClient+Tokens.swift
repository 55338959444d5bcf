import HTTPClient

/// A token, and for how long it is good.
public struct VaultToken: Sendable, Equatable {
    public var value: String
    /// nil: without end.
    public var lifetime: Duration?
    public var isRenewable: Bool

    public init(_ value: String, lifetime: Duration?, isRenewable: Bool) {
        self.value = value
        self.lifetime = lifetime
        self.isRenewable = isRenewable
    }
}

extension VaultClient {
    /// `POST auth/userpass/login/<user>`. Errors do not name the user.
    public func login(user: String, password: String) async throws(VaultError) -> VaultToken {
        let attempt = "log in with user name and password"
        guard !user.contains("/") else { throw error(attempt, .refused(status: 400), "a user name has no / in it") }
        let answer = try await with(token: nil).call(
            .post, "auth/userpass/login/\(user)", ["password": password], as: attempt)
        return try token(answer, attempt)
    }

    /// What Vault knows of this client's token; throws when it does not take it.
    public func lookUpSelf() async throws(VaultError) -> VaultToken {
        let answer = try await call(.get, "auth/token/lookup-self", as: "look up the token")
        return VaultToken(
            token ?? "", lifetime: Self.lifetime(answer.data?["ttl"]?.number),
            isRenewable: answer.data?["renewable"]?.text == "true")
    }

    /// Asks for this client's token to be good for so long from now on; what it got, which may be less.
    public func renewSelf(_ lifetime: Duration) async throws(VaultError) -> VaultToken {
        let attempt = "renew the token"
        let answer = try await call(
            .post, "auth/token/renew-self", ["increment": Self.seconds(lifetime)], as: attempt)
        return try token(answer, attempt)
    }

    /// Ends this client's token, and with it all its leases.
    public func revokeSelf() async throws(VaultError) {
        _ = try await call(.post, "auth/token/revoke-self", as: "revoke the token")
    }

    private func token(_ answer: VaultAnswer, _ attempt: String) throws(VaultError) -> VaultToken {
        guard let auth = answer.auth, !auth.token.isEmpty else {
            throw error(attempt, .unexpected, "the answer holds no token")
        }
        return VaultToken(
            auth.token, lifetime: Self.lifetime(auth.duration), isRenewable: auth.renewable ?? false)
    }

    private static func lifetime(_ seconds: Int?) -> Duration? {
        seconds.flatMap { $0 > 0 ? .seconds($0) : nil }
    }

    /// As Vault takes an increment: whole seconds, and at least one.
    static func seconds(_ duration: Duration) -> String {
        String(max(1, duration.components.seconds))
    }
}
