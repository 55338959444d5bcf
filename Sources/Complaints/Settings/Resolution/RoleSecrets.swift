/// Names in a worker's settings that are no flags.
public enum ReservedSetting {
    /// What the worker must keep out of its logs.
    public static let secrets = "(secrets)"
    /// Names of reporters' settings that tell, when a label gives them, where a report goes: `slack.hook_url`.
    public static let destinations = "(destinations)"
    /// Reporters that make all their reports in the order of failure.
    public static let ordered = "(ordered)"
    /// A ``Failure`` as JSON that the dispatcher reports as a test, and nothing else; the uploader, which is told too,
    /// knows by it that there are no logs but samples.
    public static let test = "complainer test failure"
}

extension Configuration {
    /// Every value that the worker of a role is told and must not log. It is told no other worker's.
    public func secrets(for role: String) -> [String] {
        Set(values(for: role).keys.compactMap { resolved($0) }.flatMap { Secrets.of($0) })
            .sorted { ($1.utf8.count, $0) < ($0.utf8.count, $1) }
    }
}
