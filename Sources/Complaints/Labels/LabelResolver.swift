/// Reads the labels by which a task's owner says what to do with its failures.
///
/// The full name of a label is `complainer_NAME_REPORTER_instance_INSTANCE_KEY`; parts that are `default` may be left
/// out. Label values win over the settings of the program.
public struct LabelResolver: Hashable, Sendable {
    /// The word that may be left out of a label's name.
    public static let defaultName = "default"

    /// This complainer's name, of `-name`.
    public let name: String
    /// Whether a task that says nothing about a reporter has its instance `default`, of `-default`.
    public let isDefault: Bool

    public init(name: String, isDefault: Bool) {
        self.name = name
        self.isDefault = isDefault
    }

    /// The reporter's instances that the task wants: in the order of the label, each once, without the white space
    /// around them and without empty ones.
    ///
    /// A label that is there but names no instance means none.
    public func instances(reporter: String, labels: [String: String]) -> [String] {
        var keys = ["complainer_\(name)_\(reporter)_instances"]
        if name == Self.defaultName { keys.append("complainer_\(reporter)_instances") }
        guard let list = keys.lazy.compactMap({ labels[$0] }).first else {
            return isDefault ? [Self.defaultName] : []
        }
        var seen: Set<String> = []
        return list.split(separator: ",").map { String($0).trimmed }.filter { !$0.isEmpty && seen.insert($0).inserted }
    }

    /// The value of a key for one instance of a reporter: the first label that is not empty, from the full name to the
    /// shortest one; nil when there is none.
    public func value(_ key: String, reporter: String, instance: String, labels: [String: String]) -> String? {
        label(key, reporter: reporter, instance: instance, labels: labels)?.value
    }

    /// The same with the name of the label.
    public func label(
        _ key: String, reporter: String, instance: String, labels: [String: String]
    ) -> (name: String, value: String)? {
        let isDefaultInstance = instance == Self.defaultName
        var names = ["complainer_\(name)_\(reporter)_instance_\(instance)_\(key)"]
        if name == Self.defaultName { names.append("complainer_\(reporter)_instance_\(instance)_\(key)") }
        if isDefaultInstance { names.append("complainer_\(name)_\(reporter)_\(key)") }
        if name == Self.defaultName, isDefaultInstance { names.append("complainer_\(reporter)_\(key)") }
        for name in names {
            if let value = labels[name], !value.isEmpty { return (name, value) }
        }
        return nil
    }

    /// The value of a key that a task may also set for all its reporters at once: as ``value(_:reporter:instance:labels:)``,
    /// then `complainer_NAME_KEY`, then, when the name is `default`, `complainer_KEY`.
    public func sharedValue(
        _ key: String, reporter: String, instance: String, labels: [String: String]
    ) -> String? {
        sharedLabel(key, reporter: reporter, instance: instance, labels: labels)?.value
    }

    /// The same with the name of the label.
    public func sharedLabel(
        _ key: String, reporter: String, instance: String, labels: [String: String]
    ) -> (name: String, value: String)? {
        if let label = label(key, reporter: reporter, instance: instance, labels: labels) { return label }
        var names = ["complainer_\(name)_\(key)"]
        if name == Self.defaultName { names.append("complainer_\(key)") }
        return names.lazy.compactMap { name in labels[name].map { (name, $0) } }.first { !$0.1.isEmpty }
    }
}
