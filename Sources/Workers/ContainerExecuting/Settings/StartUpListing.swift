import GoNotation

/// What the executor tells of its surroundings when it starts, without secrets.
public enum StartUpListing {
    private static let prefixes = ["MESOS", "EXECUTOR", "VAULT"]
    private static let secretNames: Set<String> = ["VAULT_TOKEN", "VAULT_USERNAME", "VAULT_PASSWORD"]
    private static let secretWords = ["SECRET", "TOKEN", "PASSWORD", "KEY"]

    /// Whether the value of a variable of that name must not be shown.
    public static func isSecret(_ name: String) -> Bool {
        let name = name.uppercased()
        return secretNames.contains(name) || secretWords.contains { name.contains($0) }
    }

    /// The variables that matter here, sorted, with secrets as `***`.
    public static func environment(_ environment: [String: String]) -> [(name: String, value: String)] {
        environment.filter { variable in
            variable.key == "HOME" || prefixes.contains { variable.key.hasPrefix($0) }
        }
        .sorted { $0.key < $1.key }
        .map { ($0.key, isSecret($0.key) && !$0.value.isEmpty ? "***" : $0.value) }
    }

    /// Their values are not shown here, but may be part of a message: a file's name is no secret, and a user's name may
    /// be any word.
    private static let plainWords: Set<String> = ["VAULT_TOKEN_FILE", "VAULT_CLIENT_KEY", "VAULT_USERNAME"]

    /// Values that must appear in no log. What says yes or no is none, but in every second line of it.
    public static func secrets(in environment: [String: String]) -> [String] {
        environment.filter { isSecret($0.key) && !plainWords.contains($0.key) && !$0.value.hasPrefix("vault://") }
            .map(\.value).filter { (try? GoBool.parse($0)) == nil }
    }
}
