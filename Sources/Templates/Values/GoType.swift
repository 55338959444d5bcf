/// The Go type of a value, as far as templates can tell: what `%T` prints, what a function's parameter accepts.
public indirect enum GoType: Hashable, Sendable, CustomStringConvertible {
    /// `interface {}`
    case any
    case bool
    case int, int8, int16, int32, int64
    case uint, uint8, uint16, uint32, uint64, uintptr
    case float64, complex128, string
    case slice(GoType)
    /// A map with string keys, by the type of its elements.
    case map(GoType)
    /// `time.Time`, `time.Duration`, `time.Month`, `time.Weekday`, and the struct behind `*time.Location`.
    case time, duration, month, weekday, location
    /// A named struct, e.g. `complainer.Failure`.
    case object(String)
    case pointer(GoType)
    /// A function type by its name, e.g. `func(string) string`.
    case function(String)
    /// What `errors.New` gives behind its pointer.
    case errorString

    public var description: String {
        switch self {
        case .any: "interface {}"
        case .bool: "bool"
        case .int: "int"
        case .int8: "int8"
        case .int16: "int16"
        case .int32: "int32"
        case .int64: "int64"
        case .uint: "uint"
        case .uint8: "uint8"
        case .uint16: "uint16"
        case .uint32: "uint32"
        case .uint64: "uint64"
        case .uintptr: "uintptr"
        case .float64: "float64"
        case .complex128: "complex128"
        case .string: "string"
        case .slice(let element): "[]\(element)"
        case .map(let element): "map[string]\(element)"
        case .time: "time.Time"
        case .duration: "time.Duration"
        case .month: "time.Month"
        case .weekday: "time.Weekday"
        case .location: "time.Location"
        case .object(let name): name
        case .pointer(let target): "*\(target)"
        case .function(let name): name
        case .errorString: "errors.errorString"
        }
    }

    /// What reflection calls the kind.
    enum Kind {
        case interface, bool, signed, unsigned, float, complex, string, slice, map, structure, pointer, function
    }

    var kind: Kind {
        switch self {
        case .any: .interface
        case .bool: .bool
        case .int, .int8, .int16, .int32, .int64, .duration, .month, .weekday: .signed
        case .uint, .uint8, .uint16, .uint32, .uint64, .uintptr: .unsigned
        case .float64: .float
        case .complex128: .complex
        case .string: .string
        case .slice: .slice
        case .map: .map
        case .time, .location, .object, .errorString: .structure
        case .pointer: .pointer
        case .function: .function
        }
    }

    /// Whether nil can be given where this type is wanted.
    var canBeNil: Bool {
        switch kind {
        case .interface, .slice, .map, .pointer, .function: true
        default: false
        }
    }

    /// How many bits an integer of this type has.
    var bits: Int {
        switch self {
        case .int8, .uint8: 8
        case .int16, .uint16: 16
        case .int32, .uint32: 32
        default: 64
        }
    }

    /// The value a variable of this type has before anything is assigned.
    var zero: Value {
        switch self {
        case .any: .nil
        case .bool: .bool(false)
        case .float64: .float(0)
        case .complex128: .complex(0, 0)
        case .string: .string(GoString(bytes: []))
        case .slice(let element): .slice([], element)
        case .map(let element): .map(GoMap([], element: element))
        case .time: .time(GoTime.zero)
        case .pointer, .function: .nilPointer(self)
        case .location, .object, .errorString: .nil
        default: kind == .signed ? .signed(0, self) : .unsigned(0, self)
        }
    }
}
