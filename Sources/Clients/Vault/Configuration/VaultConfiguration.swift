import FoundationEssentials
import GoNotation
import HTTPClient

/// Where Vault (or OpenBao) is and how it is spoken with, as the environment of Vault's own client says.
public struct VaultConfiguration: Sendable, Equatable {
    /// `https://vault.example.com:8200`, without a slash at its end.
    public var address = "https://127.0.0.1:8200"
    /// Instead of TCP, when the address is `unix://…`.
    public var unixSocket: String?
    public var token: String?
    /// After the first try.
    public var maxRetries = 2
    /// Of one request with all its retries.
    public var timeout: Duration = .seconds(60)
    public var namespace: String?
    public var tls = TLSOptions()

    public init() {}

    /// As the operator wrote it, for people.
    public var place: String { unixSocket.map { "unix://\($0)" } ?? address }

    /// Reads `VAULT_ADDR` and the others. An empty value counts as not set.
    public init(environment: [String: String]) throws(VaultConfigurationError) {
        let reader = VaultEnvironment(environment)
        if let text = reader["VAULT_ADDR"] { (address, unixSocket) = try reader.address(text) }
        token = reader["VAULT_TOKEN"]
        namespace = reader["VAULT_NAMESPACE"]
        maxRetries =
            try reader.value("VAULT_MAX_RETRIES", "a whole number from 0 to 10000 is expected") { text in
                Int(text).flatMap { (0...10_000).contains($0) ? $0 : nil }
            } ?? maxRetries
        timeout = try reader.seconds("VAULT_CLIENT_TIMEOUT") ?? timeout
        tls.verifyPeer = try
            !(reader.value("VAULT_SKIP_VERIFY", "true or false is expected") { text in
                try? GoBool.parse(text)
            } ?? false)
        tls.serverName = reader["VAULT_TLS_SERVER_NAME"]
        tls.caFile = try reader.file("VAULT_CACERT")
        // As Vault's own client does: the file counts when there are both.
        if tls.caFile == nil { tls.caPath = try reader.certificates("VAULT_CAPATH") }
        tls.certificateFile = try reader.file("VAULT_CLIENT_CERT")
        tls.keyFile = try reader.file("VAULT_CLIENT_KEY")
        switch (tls.certificateFile, tls.keyFile) {
        case (let file?, nil):
            throw VaultConfigurationError("VAULT_CLIENT_CERT", file, "VAULT_CLIENT_KEY must be set, too")
        case (nil, let file?):
            throw VaultConfigurationError("VAULT_CLIENT_KEY", file, "VAULT_CLIENT_CERT must be set, too")
        default: break
        }
    }
}

/// A variable whose value cannot be used.
public struct VaultConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
    public let variable: String
    public let value: String
    /// What would do.
    public let reason: String

    public init(_ variable: String, _ value: String, _ reason: String) {
        self.variable = variable
        self.value = value
        self.reason = reason
    }

    public var description: String { "\(variable)=\"\(value)\": \(reason)" }
}
