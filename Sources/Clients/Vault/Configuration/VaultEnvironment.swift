import FoundationEssentials
import Glibc
import GoNotation

/// The kinds of values that Vault's variables have.
public struct VaultEnvironment: Sendable {
    private let variables: [String: String]

    public init(_ variables: [String: String]) {
        self.variables = variables
    }

    /// nil when it is not set, or empty.
    public subscript(name: String) -> String? {
        variables[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    func value<Value>(
        _ name: String, _ reason: String, _ parse: (String) -> Value?
    ) throws(VaultConfigurationError) -> Value? {
        guard let text = self[name] else { return nil }
        guard let value = parse(text) else { throw VaultConfigurationError(name, text, reason) }
        return value
    }

    /// Plain seconds, or a duration as Go writes it; more than none.
    public func seconds(_ name: String) throws(VaultConfigurationError) -> Duration? {
        try value(name, "a number of seconds such as 60, or a duration such as 1m30s, is expected") { text in
            if let seconds = Int64(text) { return (1...1_000_000_000).contains(seconds) ? .seconds(seconds) : nil }
            guard let nanoseconds = try? GoDuration.parse(text), nanoseconds > 0 else { return nil }
            return .nanoseconds(nanoseconds)
        }
    }

    /// The URL that requests begin with, and the socket of a `unix://` one.
    func address(_ text: String) throws(VaultConfigurationError) -> (url: String, unixSocket: String?) {
        if text.hasPrefix("unix://") {
            let path = String(text.dropFirst("unix://".count))
            guard path.hasPrefix("/") else {
                throw VaultConfigurationError("VAULT_ADDR", text, "the path of a socket follows unix://")
            }
            return ("http://localhost", path)
        }
        var url = text[...]
        while url.hasSuffix("/") { url.removeLast() }
        let rest = ["http://", "https://"].first { url.lowercased().hasPrefix($0) }.map { url.dropFirst($0.count) }
        guard let rest, let first = rest.first, !":?#@".contains(first), !rest.contains(where: { "?#@ ".contains($0) })
        else {
            throw VaultConfigurationError(
                "VAULT_ADDR", text, "a URL such as https://vault.example.com:8200 is expected")
        }
        return (String(url), nil)
    }

    /// The name of a file that can be read.
    func file(_ name: String) throws(VaultConfigurationError) -> String? {
        guard let path = self[name] else { return nil }
        guard access(path, R_OK) == 0 else {
            throw VaultConfigurationError(name, path, "cannot be read: \(String(cString: strerror(errno)))")
        }
        return path
    }

    /// The name of a folder of certificates that OpenSSL finds by their hashes.
    func certificates(_ name: String) throws(VaultConfigurationError) -> String? {
        guard let path = self[name] else { return nil }
        guard let folder = opendir(path) else {
            throw VaultConfigurationError(name, path, "cannot be read: \(String(cString: strerror(errno)))")
        }
        defer { closedir(folder) }
        while let entry = readdir(folder) {
            let file = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if Self.isHashed(file) { return path }
        }
        throw VaultConfigurationError(
            name, path, "holds no certificates under their hashes; `openssl rehash \(path)` makes them")
    }

    /// `5ed36f99.0`
    private static func isHashed(_ name: String) -> Bool {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 2 && parts[0].utf8.count == 8 && parts[0].allSatisfy(\.isHexDigit)
            && !parts[1].isEmpty && parts[1].allSatisfy(\.isNumber)
    }
}
