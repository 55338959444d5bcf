/// `eq`, `lt` and the others: only what has the same basic kind can be compared, and signed with unsigned integers.
enum Comparison {
    private enum Basic {
        case bool(Bool)
        case signed(Int64)
        case unsigned(UInt64)
        case float(Double)
        case complex(Double, Double)
        case string([UInt8])

        init?(_ value: Value) {
            switch value {
            case .bool(let flag): self = .bool(flag)
            case .signed(let number, _): self = .signed(number)
            case .unsigned(let number, _): self = .unsigned(number)
            case .float(let number): self = .float(number)
            case .complex(let real, let imaginary): self = .complex(real, imaginary)
            case .string(let text): self = .string(text.bytes)
            default: return nil
            }
        }
    }

    private static let incompatible = FunctionError("incompatible types for comparison")
    private static let invalid = FunctionError("invalid type for comparison")

    static func isEqual(_ first: Value, toAnyOf others: ArraySlice<Value>) throws(FunctionError) -> Bool {
        guard !others.isEmpty else { throw FunctionError("missing argument for comparison") }
        for other in others where try isEqual(first, other) { return true }
        return false
    }

    private static func isEqual(_ left: Value, _ right: Value) throws(FunctionError) -> Bool {
        switch (Basic(left), Basic(right)) {
        case (.bool(let left)?, .bool(let right)?): return left == right
        case (.signed(let left)?, .signed(let right)?): return left == right
        case (.unsigned(let left)?, .unsigned(let right)?): return left == right
        case (.signed(let left)?, .unsigned(let right)?): return left >= 0 && UInt64(left) == right
        case (.unsigned(let left)?, .signed(let right)?): return right >= 0 && UInt64(right) == left
        case (.float(let left)?, .float(let right)?): return left == right
        case (.complex(let real, let imaginary)?, .complex(let otherReal, let otherImaginary)?):
            return real == otherReal && imaginary == otherImaginary
        case (.string(let left)?, .string(let right)?): return left == right
        case (nil, nil): return try isEqualOther(left, right)
        default:
            // Nil is equal to nothing basic; two different kinds are a mistake.
            if case .nil = left { return false }
            if case .nil = right { return false }
            throw incompatible
        }
    }

    /// Structs, pointers, and what can only be compared with nil.
    private static func isEqualOther(_ left: Value, _ right: Value) throws(FunctionError) -> Bool {
        guard let leftType = left.type, let rightType = right.type else { return left.isNil && right.isNil }
        func mismatch() -> String {
            "\(text(left, "s")): \(leftType), \(rightType): \(text(right, "v"))"
        }
        guard leftType.kind == rightType.kind else { throw FunctionError("non-comparable types \(mismatch())") }
        if left.isNil || right.isNil { return left.isNil && right.isNil }
        if !isComparable(right) {
            guard leftType == rightType else { throw FunctionError("non-comparable types \(mismatch())") }
            throw FunctionError("non-comparable type \(text(left, "s")): \(leftType)")
        }
        switch (left, right) {
        case (.time(let left), .time(let right)): return left == right
        case (.location(let left), .location(let right)): return left == right
        case (.object(let left), .object(let right)): return isEqual(left, right)
        default: return false
        }
    }

    private static func text(_ value: Value, _ verb: Unicode.Scalar) -> String {
        var formatter = Formatter(limit: 1000)
        formatter.print(value, verb)
        return String(goBytes: formatter.output[...])
    }

    private static func isComparable(_ value: Value) -> Bool {
        switch value {
        case .slice, .map, .function: false
        case .object(let object): object.isPointer || object.fields.allSatisfy { isComparable($0.value) }
        default: true
        }
    }

    private static func isEqual(_ left: GoObject, _ right: GoObject) -> Bool {
        if left.isPointer || right.isPointer { return left.isIdentical(to: right) }
        guard left.type == right.type, left.fields.count == right.fields.count else { return false }
        return zip(left.fields, right.fields).allSatisfy { pair in
            (try? isEqual(pair.0.value, pair.1.value)) ?? false
        }
    }

    static func isLess(_ left: Value, _ right: Value) throws(FunctionError) -> Bool {
        guard let first = Basic(left), let second = Basic(right) else { throw invalid }
        switch (first, second) {
        case (.signed(let left), .signed(let right)): return left < right
        case (.unsigned(let left), .unsigned(let right)): return left < right
        case (.signed(let left), .unsigned(let right)): return left < 0 || UInt64(left) < right
        case (.unsigned(let left), .signed(let right)): return right >= 0 && left < UInt64(right)
        case (.float(let left), .float(let right)): return left < right
        case (.string(let left), .string(let right)): return left.lexicographicallyPrecedes(right)
        case (.bool, .bool), (.complex, .complex): throw invalid
        default: throw incompatible
        }
    }

    static func isLessOrEqual(_ left: Value, _ right: Value) throws(FunctionError) -> Bool {
        if try isLess(left, right) { return true }
        return try isEqual(left, right)
    }
}
