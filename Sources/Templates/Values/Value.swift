/// A value a template works with, after the model of Go's: what `%v` and `%T` print, what methods it has and what it
/// compares with all follow from the case and the Go type it carries.
///
/// A template's data is usually a map:
/// ```swift
/// let data: Value = .map([
///     "nl": .string("\n"),
///     "failure": .object(GoObject(type: "complainer.Failure", fields: [("ID", .string(id))]) { "the text of {{ . }}" }),
///     "config": .function(.init(type: "reporter.ConfigProvider") { (key: String) in labels[key] ?? "" }),
/// ])
/// ```
public enum Value: Sendable {
    /// Untyped nil, or a missing map key: prints as `<no value>`.
    case `nil`
    /// A nil pointer (or function) of a type.
    case nilPointer(GoType)
    case bool(Bool)
    /// A signed integer of one of the types `.int` … `.int64`, `.duration`, `.month`, `.weekday`.
    case signed(Int64, GoType)
    case unsigned(UInt64, GoType)
    case float(Double)
    /// Real and imaginary part.
    case complex(Double, Double)
    case string(GoString)
    /// Elements and their type.
    case slice([Value], GoType)
    case map(GoMap)
    case time(GoTime)
    /// What `time.Time.Location` gives.
    case location(GoTime.Zone)
    case object(GoObject)
    case function(Function)
    /// An error by its message.
    case error(GoString)
}

extension Value: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral {
    public init(stringLiteral value: String) { self = .string(GoString(value)) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(integerLiteral value: Int) { self = .int(value) }
}

extension Value {
    public static func string(_ text: String) -> Value { .string(GoString(text)) }
    public static func string(_ text: Substring) -> Value { .string(GoString(text)) }
    /// A Go `int`.
    public static func int(_ number: some BinaryInteger) -> Value { .signed(Int64(clamping: number), .int) }
    /// A `time.Duration`.
    public static func duration(nanoseconds: Int64) -> Value { .signed(nanoseconds, .duration) }
    /// A `time.Time` in the local zone, as Go's `time.Unix` gives it.
    public static func time(unixSeconds: Int64, nanoseconds: Int32 = 0) -> Value {
        .time(GoTime(unixSeconds: unixSeconds, nanoseconds: nanoseconds, zone: .local))
    }
    /// A `[]byte`.
    public static func bytes(_ bytes: [UInt8]) -> Value {
        .slice(bytes.map { .unsigned(UInt64($0), .uint8) }, .uint8)
    }
    /// A `[]string`.
    public static func strings(_ strings: [String]) -> Value { .slice(strings.map { .string($0) }, .string) }
    /// A `map[string]interface {}`.
    public static func map(_ entries: [String: Value]) -> Value {
        .map(GoMap(entries.map { (GoString($0.key), $0.value) }))
    }
    /// A `map[string]string`.
    public static func map(_ entries: [String: String]) -> Value {
        .map(GoMap(entries.map { (GoString($0.key), .string($0.value)) }, element: .string))
    }

    /// The Go type; nil for the untyped nil.
    public var type: GoType? {
        switch self {
        case .nil: nil
        case .nilPointer(let type): type
        case .bool: .bool
        case .signed(_, let type), .unsigned(_, let type): type
        case .float: .float64
        case .complex: .complex128
        case .string: .string
        case .slice(_, let element): .slice(element)
        case .map(let map): .map(map.element)
        case .time: .time
        case .location: .pointer(.location)
        case .object(let object): object.type
        case .function(let function): function.type
        case .error: .pointer(.errorString)
        }
    }

    /// What `if`, `with`, `and`, `or` and `not` go by: false is what is empty or zero; structs are always true.
    var isTrue: Bool {
        switch self {
        case .nil, .nilPointer: false
        case .bool(let flag): flag
        case .signed(let number, _): number != 0
        case .unsigned(let number, _): number != 0
        case .float(let number): number != 0
        case .complex(let real, let imaginary): real != 0 || imaginary != 0
        case .string(let text): !text.bytes.isEmpty
        case .slice(let elements, _): !elements.isEmpty
        case .map(let map): map.count > 0
        case .time, .location, .object, .function, .error: true
        }
    }

    /// Whether the type is one of the language's own scalar types.
    var isBasic: Bool {
        switch self {
        case .bool, .float, .complex, .string: true
        case .signed(_, let type): type != .duration && type != .month && type != .weekday
        case .unsigned: true
        default: false
        }
    }

    var isNil: Bool {
        switch self {
        case .nil, .nilPointer: true
        default: false
        }
    }
}
