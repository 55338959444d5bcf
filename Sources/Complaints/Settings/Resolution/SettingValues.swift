/// Values of settings by name, as a worker is told them, with getters for their kinds.
///
/// Values were checked before they got here, so a getter that finds none, or not its kind, answers nil.
public struct SettingValues: Hashable, Sendable {
    /// A list or a repeatable setting has several values, any other one.
    public var values: [String: [String]]

    public init(_ values: [String: [String]] = [:]) {
        self.values = values
    }

    /// The value; an empty one counts as none.
    public subscript(name: String) -> String? {
        values[name]?.first.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// All values of a list or a repeatable setting.
    public func all(_ name: String) -> [String] { values[name] ?? [] }

    public func bool(_ name: String) -> Bool? { self[name].flatMap(GoValues.bool) }

    public func integer(_ name: String) -> Int? { self[name].flatMap { Int($0) } }

    public func duration(_ name: String) -> Duration? {
        self[name].flatMap(GoValues.duration).map { .nanoseconds($0) }
    }

    /// The parts of a setting of kind ``SettingKind/fields(_:)``, in order.
    public func fields(_ name: String) -> [(key: String, template: String)] {
        self[name].map { FieldList.parse($0).fields } ?? []
    }
}

extension SettingValues: CustomStringConvertible, CustomReflectable {
    /// Names only: values may be secret.
    public var description: String { values.keys.sorted().joined(separator: " ") }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
