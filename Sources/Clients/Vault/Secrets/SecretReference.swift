import HTTPClient

/// What stands in the place of a secret: `vault://path[?key=name]`.
public struct SecretReference: Sendable, Hashable, CustomStringConvertible {
    public static let scheme = "vault://"
    /// The field that counts when none is named.
    public static let standardKey = "value"

    /// `secret/web`; of KV version 2 with or without `data/` after the mount.
    public let path: String
    public let key: String

    /// nil when the text is no reference at all.
    ///
    /// - Throws: ``SecretReferenceError`` when it begins as one and is none.
    public init?(_ text: String) throws(SecretReferenceError) {
        guard text.hasPrefix(Self.scheme) else { return nil }
        let rest = text.dropFirst(Self.scheme.count).prefix { $0 != "#" }
        let path = rest.prefix { $0 != "?" }
        let segments = path.split(separator: "/").map { PercentEncoding.decode($0) }
        guard !segments.isEmpty else { throw SecretReferenceError(text, "there is no path after vault://") }
        guard !segments.contains(where: { [".", ".."].contains($0) || $0.isEmpty || $0.contains("/") }) else {
            throw SecretReferenceError(text, "a path has no . or .. in it")
        }
        // Vault's own affairs are no secrets of a task: above all not the token that this program itself has.
        guard !["auth", "sys", "cubbyhole"].contains(segments[0]) else {
            throw SecretReferenceError(text, "\(segments[0])/ holds no secrets for tasks")
        }
        self.path = segments.joined(separator: "/")
        var key = Self.standardKey
        let query = rest[path.endIndex...].dropFirst()
        for parameter in query.split(separator: "&") {
            let parts = parameter.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts[0] == "key" else { continue }
            key = PercentEncoding.decode(String(parts.count == 2 ? parts[1] : "").replacing("+", with: " "))
            guard !key.isEmpty else { throw SecretReferenceError(text, "?key= names no key") }
            break
        }
        self.key = key
    }

    public var description: String {
        Self.scheme + path + (key == Self.standardKey ? "" : "?key=\(key)")
    }
}

/// Why a reference cannot be one.
public struct SecretReferenceError: Error, Sendable, Equatable, CustomStringConvertible {
    public let description: String

    init(_ text: String, _ reason: String) {
        description = "\(text): \(reason)"
    }
}
