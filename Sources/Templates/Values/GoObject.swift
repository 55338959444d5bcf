/// A struct (or a pointer to one) for templates: a Go type name, exported fields in their order, methods.
///
/// ```swift
/// GoObject(
///     type: "complainer.Failure",
///     fields: [("ID", .string(failure.id)), ("Started", .time(unixSeconds: seconds))],
///     string: { "\(failure.name) (\(failure.id)) from \(failure.slave)" })
/// ```
/// `%v` and `{{ . }}` print what `string` gives; without it the fields, as Go does.
public struct GoObject: Sendable {
    struct Field: Sendable {
        var name: GoString
        var value: Value
        /// The declared type; an interface's content has its own.
        var type: GoType
    }

    /// Everything in one box, so that a value stays small however many fields there are.
    private final class Storage: Sendable {
        let type: GoType
        let name: String
        let fields: [Field]
        let methods: [(name: GoString, function: Value.Function)]
        let string: (@Sendable () -> String)?

        init(
            type: GoType, name: String, fields: [Field], methods: [(name: GoString, function: Value.Function)],
            string: (@Sendable () -> String)?
        ) {
            self.type = type
            self.name = name
            self.fields = fields
            self.methods = methods
            self.string = string
        }
    }

    private let storage: Storage

    /// - Parameters:
    ///   - type: The struct's name with its package, e.g. `complainer.Failure`.
    ///   - isPointer: Whether the value is a pointer to the struct.
    ///   - fields: Exported fields in the order of their declaration.
    ///   - methods: Further methods, by name.
    ///   - string: The method `String`, if the type has one.
    public init(
        type: String, isPointer: Bool = false, fields: [(String, Value)], methods: [String: Value.Function] = [:],
        string: (@Sendable () -> String)? = nil
    ) {
        self.init(
            type: isPointer ? .pointer(.object(type)) : .object(type), name: type,
            fields: fields.map { Field(name: GoString($0.0), value: $0.1, type: $0.1.type ?? .any) },
            methods: methods, string: string)
    }

    init(
        type: GoType, name: String, fields: [Field], methods: [String: Value.Function] = [:],
        string: (@Sendable () -> String)? = nil
    ) {
        var all = methods.map { (name: GoString($0.key), function: $0.value) }
        if let string {
            all.append(("String", Value.Function(type: "func() string", parameters: []) { _ in .string(string()) }))
        }
        storage = Storage(type: type, name: name, fields: fields, methods: all, string: string)
    }

    var type: GoType { storage.type }
    /// The struct's name, without the star of a pointer.
    var name: String { storage.name }
    var isPointer: Bool { storage.type.kind == .pointer }
    var fields: [Field] { storage.fields }
    /// What the type's `String` method gives; nil when it has none.
    var string: String? { storage.string?() }

    func isIdentical(to other: GoObject) -> Bool { storage === other.storage }

    func field(_ name: GoString) -> Value? {
        for field in storage.fields where field.name == name { return field.value }
        return nil
    }

    func method(_ name: GoString) -> Value.Function? {
        for method in storage.methods where method.name == name { return method.function }
        return nil
    }
}
