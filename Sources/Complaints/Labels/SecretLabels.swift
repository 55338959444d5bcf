/// Labels whose values must not be shown to anybody else: how to reach a reporter's service, and secrets of the task.
public enum SecretLabels {
    /// The ends of names of labels that begin with `complainer_`. URLs of hooks are secrets, whosever they are.
    private static let keys = ["dsn", "hook_url", "webhook_url", "routing_key"]

    /// What a name has in it that belongs to a secret, however the words are put together: `DBPASSWORD`, `authToken`.
    private static let parts = ["password", "passwd", "passphrase", "token", "secret", "credential"]

    /// What a word may be before `key`: `monkey` and `keyboard` are no secrets.
    private static let kindsOfKeys = [
        "", "api", "access", "auth", "encryption", "license", "master", "private", "secret", "service", "signing",
        "ssh",
    ]

    /// Whether a label is one by its name, or, as URLs may hold a password, by its value.
    static func contains(_ name: String, _ value: String) -> Bool {
        if contains(name) { return true }
        guard name.lowercased().hasPrefix("complainer_"), let scheme = value.firstRange(of: "://") else { return false }
        return value[scheme.upperBound...].prefix { !"/?#".contains($0) }.contains("@")
    }

    /// Whether the name looks like that of a secret, in any case.
    public static func contains(_ name: String) -> Bool {
        let lowercased = name.lowercased()
        if parts.contains(where: { lowercased.contains($0) }) || words(of: name).contains(where: isKey) { return true }
        guard lowercased.hasPrefix("complainer_") else { return false }
        return keys.contains { lowercased.hasSuffix("_\($0)") }
            || lowercased.contains("_webhook_") && lowercased.hasSuffix("_url")
    }

    private static func isKey(_ word: String) -> Bool {
        if ["pwd", "pass"].contains(word) { return true }
        let singular = word.hasSuffix("s") ? word.dropLast() : word[...]
        return singular.hasSuffix("key") && kindsOfKeys.contains(String(singular.dropLast(3)))
    }

    /// `AWS_ACCESS_KEY`, `aws.access-key` and `awsAccessKey` have the same words.
    private static func words(of name: String) -> [String] {
        var words = [""]
        var previousIsLower = false
        for character in name {
            guard character.isLetter || character.isNumber else {
                words.append("")
                previousIsLower = false
                continue
            }
            if character.isUppercase, previousIsLower { words.append("") }
            words[words.count - 1] += character.lowercased()
            previousIsLower = character.isLowercase
        }
        return words
    }
}

extension Failure {
    /// The task's labels without those that hold secrets.
    public var openLabels: [String: String] { labels.filter { !SecretLabels.contains($0.key, $0.value) } }

    /// Values that must not turn up in a report: those of labels that hold secrets, but for short ones, which would take
    /// ordinary words with them, and those by which the failure itself is known. The longest 64.
    public var secretLabelValues: [String] {
        let names: Set = [id, name, slave, framework, image, state]
        let secrets = labels.lazy.filter { SecretLabels.contains($0.key, $0.value) }.map(\.value)
            .filter { $0.utf8.count >= Self.leastSecret && !names.contains($0) }
        return Array(Set(secrets).sorted { ($1.utf8.count, $0) < ($0.utf8.count, $1) }.prefix(64))
    }

    /// Bytes.
    private static let leastSecret = 8
}
