/// Labels that say how to reach a reporter's service and must not be shown to anybody else.
public enum SecretLabels {
    /// The ends of names of labels that begin with `complainer_`. URLs of hooks are secrets, whosever they are.
    private static let keys = [
        "dsn", "token", "hook_url", "webhook_url", "password", "passwd", "secret", "key", "credentials",
    ]

    /// Whether a label is one by its name, or, as URLs may hold a password, by its value.
    static func contains(_ name: String, _ value: String) -> Bool {
        if contains(name) { return true }
        guard name.lowercased().hasPrefix("complainer_"), let scheme = value.firstRange(of: "://") else { return false }
        return value[scheme.upperBound...].prefix { !"/?#".contains($0) }.contains("@")
    }

    public static func contains(_ name: String) -> Bool {
        let name = name.lowercased()
        guard name.hasPrefix("complainer_") else { return false }
        return keys.contains { name.hasSuffix("_\($0)") } || name.contains("_webhook_") && name.hasSuffix("_url")
    }
}

extension Failure {
    /// The task's labels without those that hold the reporters' secrets.
    public var openLabels: [String: String] { labels.filter { !SecretLabels.contains($0.key, $0.value) } }
}
