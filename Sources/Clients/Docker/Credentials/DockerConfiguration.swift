import FoundationEssentials

/// What a `config.json` (or the older `.dockercfg`, which is its `auths` alone) says about logins. Does no I/O.
struct DockerConfiguration: Sendable, Equatable {
    /// A login that stands in the file itself; without a secret it only says that a helper has one.
    struct Login: Sendable, Equatable {
        var secret: RegistryCredentials.Secret?
    }

    /// By the registry as it is named there: `https://index.docker.io/v1/`, `registry.example.com:5000`.
    var logins: [String: Login]
    /// The helper for all registries: `docker-credential-NAME`.
    var store: String?
    /// The helper for one registry.
    var helpers: [String: String]

    /// - Throws: ``CredentialsError`` when it is no JSON, or of the wrong shape.
    init(_ bytes: [UInt8], path: String) throws(CredentialsError) {
        do {
            let decoder = JSONDecoder()
            let data = Data(bytes)
            let isOld = path.hasSuffix(".dockercfg")
            let document =
                isOld
                ? Document(auths: try decoder.decode([String: Document.Entry].self, from: data))
                : try decoder.decode(Document.self, from: data)
            logins = try (document.auths ?? [:]).reduce(into: [:]) { logins, entry in
                logins[entry.key] = Login(secret: try entry.value.secret(for: entry.key))
            }
            store = document.credsStore.flatMap { $0.isEmpty ? nil : $0 }
            helpers = document.credHelpers ?? [:]
        } catch let error as CredentialsError {
            throw CredentialsError("\(path): \(error)")
        } catch {
            throw CredentialsError("\(path) is not what `docker login` writes: mend it, or remove it and log in again")
        }
    }

    fileprivate struct Document: Decodable {
        struct Entry: Decodable {
            var auth: String?
            var username: String?
            var password: String?
            var identitytoken: String?
            var registrytoken: String?
        }
        var auths: [String: Entry]?
        var credsStore: String?
        var credHelpers: [String: String]?
    }
}

extension DockerConfiguration.Document.Entry {
    fileprivate func secret(for registry: String) throws(CredentialsError) -> RegistryCredentials.Secret? {
        func present(_ text: String?) -> String? { text.flatMap { $0.isEmpty ? nil : $0 } }
        if let token = present(identitytoken) { return .identityToken(token) }
        if let token = present(registrytoken) { return .registryToken(token) }
        if let auth = present(auth) {
            guard let data = Data(base64Encoded: auth, options: .ignoreUnknownCharacters),
                case let text = String(decoding: data, as: UTF8.self), let colon = text.firstIndex(of: ":")
            else { throw CredentialsError("the auth of \(registry) is not base64 of user:password") }
            // docker itself strips NULs that an old version padded with.
            let password = text[text.index(after: colon)...].prefix { $0 != "\0" }
            return .password(user: String(text[..<colon]), String(password))
        }
        if let user = present(username) { return .password(user: user, password ?? "") }
        return nil
    }
}

/// Why credentials that are there cannot be used: the file or helper, and what is wrong. Never a secret.
public struct CredentialsError: Error, Equatable, Sendable, CustomStringConvertible {
    public let description: String

    init(_ description: String) {
        self.description = description
    }
}
