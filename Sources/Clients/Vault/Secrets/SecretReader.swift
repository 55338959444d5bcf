/// Reads secrets, each path and what is known of its mount once: variables of one path are of one moment, and one
/// path's credentials are made once.
public struct SecretReader: Sendable {
    private enum Mount: Sendable {
        /// Of that path, ending in `/`.
        case known(prefix: String, isVersioned: Bool)
        /// Nobody tells.
        case unknown
    }

    private let client: VaultClient
    private var mounts: [String: Bool] = [:]
    private var secrets: [String: [String: VaultField]] = [:]
    /// Whether anything came with a lease that ends with the token.
    public private(set) var hasLeases = false

    public init(_ client: VaultClient) {
        self.client = client
    }

    /// The text of the secret.
    ///
    /// - Throws: ``VaultError``; of kind `notFound` when there is no secret at that path or it has no such key.
    public mutating func value(of reference: SecretReference) async throws(VaultError) -> String {
        let attempt = "read \(reference.path)"
        let fields: [String: VaultField]
        if let known = secrets[reference.path] {
            fields = known
        } else {
            fields = try await read(reference.path, as: attempt)
            secrets[reference.path] = fields
        }
        guard let field = fields[reference.key] else {
            throw client.error(attempt, .notFound, "the secret has no key \(reference.key)")
        }
        guard let text = field.text else {
            throw client.error(attempt, .unexpected, "the value of the key \(reference.key) is no text")
        }
        return text
    }

    private mutating func read(_ path: String, as attempt: String) async throws(VaultError) -> [String: VaultField] {
        switch try await mount(of: path) {
        case .known(_, isVersioned: false): return try await plain(path, as: attempt)
        case .known(let prefix, isVersioned: true):
            let rest = path.dropFirst(prefix.count)
            return try await versioned(rest.hasPrefix("data/") ? path : "\(prefix)data/\(rest)", as: attempt)
        case .unknown: return try await guess(path, as: attempt)
        }
    }

    /// Without a mount's description both versions are tried; most mounts have a name of one word.
    private mutating func guess(_ path: String, as attempt: String) async throws(VaultError) -> [String: VaultField] {
        let segments = path.split(separator: "/", maxSplits: 2)
        if segments.count == 3, segments[1] == "data" {
            let fields = try await plain(path, as: attempt)
            guard let inner = fields["data"]?.fields, fields["metadata"]?.fields != nil else { return fields }
            return inner
        }
        do throws(VaultError) {
            return try await plain(path, as: attempt)
        } catch  where (error.kind == .notFound || error.kind == .forbidden) && segments.count > 1 {
            let rest = path.dropFirst(segments[0].count + 1)
            do throws(VaultError) {
                return try await versioned("\(segments[0])/data/\(rest)", as: attempt)
            } catch let second {
                throw second.kind == .notFound || second.kind == .forbidden ? error : second
            }
        }
    }

    private mutating func plain(_ path: String, as attempt: String) async throws(VaultError) -> [String: VaultField] {
        let answer = try await client.call(.get, path, as: attempt)
        if let lease = answer.leaseID, !lease.isEmpty { hasLeases = true }
        guard let fields = answer.data else { throw client.error(attempt, .notFound, "the secret is empty") }
        return fields
    }

    private mutating func versioned(
        _ path: String, as attempt: String
    ) async throws(VaultError) -> [String: VaultField] {
        guard let fields = try await plain(path, as: attempt)["data"]?.fields else {
            throw client.error(attempt, .notFound, "the secret's newest version was deleted")
        }
        return fields
    }

    /// `GET sys/internal/ui/mounts/<path>`, which every token may ask about the paths that it may use.
    private mutating func mount(of path: String) async throws(VaultError) -> Mount {
        if let (prefix, isVersioned) = mounts.filter({ path.hasPrefix($0.key) }).max(by: { $0.key.count < $1.key.count }
        ) {
            return .known(prefix: prefix, isVersioned: isVersioned)
        }
        let answer: VaultAnswer
        do throws(VaultError) {
            answer = try await client.call(.get, "sys/internal/ui/mounts/\(path)", as: "read \(path)")
        } catch {
            switch error.kind {
            // Forbidden, or too old a Vault to know the question.
            case .forbidden, .notFound, .refused: return .unknown
            case .unreachable, .unavailable, .unexpected, .cancelled: throw error
            }
        }
        guard let prefix = answer.data?["path"]?.text, prefix.hasSuffix("/"), path.hasPrefix(prefix) else {
            return .unknown
        }
        let isVersioned = answer.data?["options"]?.fields?["version"]?.text == "2"
        mounts[prefix] = isVersioned
        return .known(prefix: prefix, isVersioned: isVersioned)
    }
}
