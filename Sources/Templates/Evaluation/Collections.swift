/// `len`, `index` and `slice`.
enum Collections {
    static func length(of value: Value) throws(FunctionError) -> Int {
        switch value {
        case .string(let text): return text.bytes.count
        case .slice(let elements, _): return elements.count
        case .map(let map): return map.count
        case .nil: throw FunctionError("reflect: call of reflect.Value.Type on zero Value")
        case .nilPointer(let type) where type.kind == .pointer: throw FunctionError("len of nil pointer")
        default: throw FunctionError("len of type \(target(of: value))")
        }
    }

    /// `index x 1 2 3` is `x[1][2][3]`.
    static func element(of value: Value, at indexes: ArraySlice<Value>) throws(FunctionError) -> Value {
        if case .nil = value { throw FunctionError("index of untyped nil") }
        var item = value
        for index in indexes {
            switch item {
            case .nil, .nilPointer: throw FunctionError("index of nil pointer")
            case .slice(let elements, _):
                item = elements[try position(index, upTo: elements.count, of: "slice")]
            case .string(let text):
                item = .unsigned(UInt64(text.bytes[try position(index, upTo: text.bytes.count, of: "string")]), .uint8)
            case .map(let map):
                guard case .string(let key) = try prepare(index, as: .string) else { return .nil }
                item = map[key] ?? map.element.zero
            default: throw FunctionError("can't index item of type \(target(of: item))")
            }
        }
        return item
    }

    private static func position(_ index: Value, upTo count: Int, of kind: String) throws(FunctionError) -> Int {
        let position = try number(index)
        if position == count { throw FunctionError("reflect: \(kind) index out of range") }
        guard position >= 0, position < count else { throw FunctionError("index out of range: \(position)") }
        return position
    }

    private static func number(_ index: Value) throws(FunctionError) -> Int {
        switch index {
        case .signed(let number, _): return Int(number)
        case .unsigned(let number, _): return Int(truncatingIfNeeded: number)
        case .nil: throw FunctionError("cannot index slice/array with nil")
        default: throw FunctionError("cannot index slice/array with type \(index.type?.description ?? "nil")")
        }
    }

    /// `slice x 1 2` is `x[1:2]`, of strings in bytes.
    static func slice(_ value: Value, _ indexes: ArraySlice<Value>) throws(FunctionError) -> Value {
        if case .nil = value { throw FunctionError("slice of untyped nil") }
        guard indexes.count <= 3 else { throw FunctionError("too many slice indexes: \(indexes.count)") }
        let count: Int
        switch value {
        case .string(let text):
            if indexes.count == 3 { throw FunctionError("cannot 3-index slice a string") }
            count = text.bytes.count
        case .slice(let elements, _): count = elements.count
        case .nilPointer(let type) where type.kind == .pointer: throw FunctionError("slice of nil pointer")
        default: throw FunctionError("can't slice item of type \(target(of: value))")
        }
        var bounds = [0, count, count]
        for (index, bound) in indexes.enumerated() {
            bounds[index] = try number(bound)
            guard bounds[index] >= 0, bounds[index] <= count else {
                throw FunctionError("index out of range: \(bounds[index])")
            }
        }
        guard bounds[0] <= bounds[1] else { throw FunctionError("invalid slice index: \(bounds[0]) > \(bounds[1])") }
        guard bounds[1] <= bounds[2] else { throw FunctionError("invalid slice index: \(bounds[1]) > \(bounds[2])") }
        switch value {
        case .string(let text): return .string(GoString(bytes: Array(text.bytes[bounds[0]..<bounds[1]])))
        case .slice(let elements, let type): return .slice(Array(elements[bounds[0]..<bounds[1]]), type)
        default: return .nil
        }
    }

    /// The type a message names: for a pointer the one behind it.
    private static func target(of value: Value) -> GoType {
        if case .pointer(let target)? = value.type { return target }
        return value.type ?? .any
    }

    /// A value for a key or a parameter: of its type, or another integer.
    static func prepare(_ value: Value, as type: GoType) throws(FunctionError) -> Value {
        guard let actual = value.type else {
            if type.canBeNil { return type.zero }
            throw FunctionError("value is nil; should be of type \(type)")
        }
        if actual == type || type == .any { return value }
        let bits: UInt64
        switch value {
        case .signed(let number, _): bits = UInt64(bitPattern: number)
        case .unsigned(let number, _): bits = number
        default: throw FunctionError("value has type \(actual); should be \(type)")
        }
        switch type.kind {
        case .signed: return .signed(Int64(bitPattern: bits).truncated(toBits: type.bits), type)
        case .unsigned: return .unsigned(bits.truncated(toBits: type.bits), type)
        default: throw FunctionError("value has type \(actual); should be \(type)")
        }
    }
}
