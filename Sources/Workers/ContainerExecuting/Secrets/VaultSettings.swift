import VaultClient

/// What the environment says about Vault: its client's own variables, and how this program comes by a token.
struct VaultSettings: Sendable, Equatable {
    var configuration: VaultConfiguration
    /// Where executors on one host share a token; nil: each logs in.
    var tokenFile: String?
    /// For how long a token is to be good.
    var tokenLifetime: Duration = .seconds(86_400)
    var username: String?
    var password: String?

    init(_ variables: [String: String]) throws(VaultConfigurationError) {
        configuration = try VaultConfiguration(environment: variables)
        let reader = VaultEnvironment(variables)
        tokenLifetime = try reader.seconds("VAULT_TTL") ?? tokenLifetime
        username = reader["VAULT_USERNAME"]
        password = reader["VAULT_PASSWORD"]
        tokenFile = reader["VAULT_TOKEN_FILE"]
        // In the sandbox, which is this program's folder, everybody could read it, and nobody would share it.
        if let tokenFile, !tokenFile.hasPrefix("/") {
            throw VaultConfigurationError("VAULT_TOKEN_FILE", tokenFile, "an absolute path is expected")
        }
    }
}
