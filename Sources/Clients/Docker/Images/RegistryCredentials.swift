import FoundationEssentials

/// What a registry asks for: the content of an `X-Registry-Auth` header.
public struct RegistryCredentials: Sendable, Equatable {
    public enum Secret: Sendable, Equatable {
        case password(user: String, String)
        /// A token of an OAuth login (`identitytoken` in config.json, user `<token>` of a credential helper).
        case identityToken(String)
        /// A bearer token for the registry itself.
        case registryToken(String)
    }

    public let secret: Secret
    /// The registry that it is for, as it is named where the credentials came from.
    public let server: String

    public init(_ secret: Secret, server: String) {
        self.secret = secret
        self.server = server
    }

    /// URL-safe base64 of the JSON, with padding, as Docker wants it.
    var header: String {
        var fields = ["serveraddress": server]
        switch secret {
        case .password(let user, let password):
            fields["username"] = user
            fields["password"] = password
        case .identityToken(let token): fields["identitytoken"] = token
        case .registryToken(let token): fields["registrytoken"] = token
        }
        let json = (try? JSONEncoder().encode(fields)) ?? Data("{}".utf8)
        return json.base64EncodedString().map { $0 == "+" ? "-" : $0 == "/" ? "_" : String($0) }.joined()
    }
}

extension RegistryCredentials: CustomStringConvertible, CustomReflectable {
    /// Never the secret.
    public var description: String {
        switch secret {
        case .password(let user, _): "user \(user) of \(server)"
        case .identityToken: "an identity token of \(server)"
        case .registryToken: "a token of \(server)"
        }
    }

    public var customMirror: Mirror { Mirror(self, children: [(label: String?, value: Any)]()) }
}
