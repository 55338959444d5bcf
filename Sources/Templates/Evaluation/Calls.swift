/// Fields, methods and functions.
extension Execution {
    /// `.a.b.c` of a value; only the last one can take arguments.
    @inline(never)
    mutating func fields(
        _ names: [GoString], of start: Value, _ operand: Operand, _ arguments: ArraySlice<Operand>, final: Value?,
        dot: Value
    ) throws(TemplateExecutionError) -> Value {
        var value = start
        // What comes out of a map of anything is, for messages, an interface.
        var isInterface = false
        for (index, name) in names.enumerated() {
            let isLast = index == names.count - 1
            let receiver = value
            value = try field(
                name, of: receiver, operand, isLast ? arguments : [], final: isLast ? final : nil, dot: dot,
                isInterface: isInterface)
            isInterface = if case .map(let map) = receiver { map.element == .any } else { false }
        }
        return value
    }

    private mutating func field(
        _ name: GoString, of receiver: Value, _ operand: Operand, _ arguments: ArraySlice<Operand>, final: Value?,
        dot: Value, isInterface: Bool
    ) throws(TemplateExecutionError) -> Value {
        guard let type = receiver.type else { return .nil }
        if let method = Methods.find(name, of: receiver) {
            let values = try self.arguments(
                for: method.signature, name, operand, arguments, final: final, dot: dot)
            return try finish(operand, name, at: .operand(operand)) { () throws(FunctionError) in
                try method.body(receiver, values)
            }
        }
        let hasArguments = !arguments.isEmpty || final != nil
        switch receiver {
        case .map(let map):
            if hasArguments { throw failure("\(name) is not a method but has arguments", at: .operand(operand.last)) }
            return map[name] ?? .nil
        case .object(let object):
            guard let value = object.field(name) else { break }
            if hasArguments {
                throw failure("\(name) has arguments but cannot be invoked as function", at: .operand(operand.last))
            }
            return value
        case .time where name == "wall" || name == "ext" || name == "loc":
            throw failure("\(name) is an unexported field of struct type time.Time", at: .operand(operand.last))
        case .nilPointer(let type) where type.kind == .pointer:
            throw failure("nil pointer evaluating \(type).\(name)", at: .operand(operand.last))
        default: break
        }
        throw failure(
            "can't evaluate field \(name) in type \(isInterface ? .any : type)", at: .operand(operand.last))
    }

    /// A function by its name.
    @inline(never)
    mutating func call(
        _ name: GoString, _ builtin: Builtin?, _ operand: Operand, _ arguments: ArraySlice<Operand>, final: Value?,
        at site: Site, dot: Value
    ) throws(TemplateExecutionError) -> Value {
        if let builtin {
            if builtin == .and || builtin == .or {
                return try shortCircuit(builtin, operand, arguments, final: final, dot: dot)
            }
            let values = try self.arguments(
                for: builtin.signature, name, operand, arguments, final: final, dot: dot)
            if builtin.isComparison {
                try spend(bytes: Execution.comparedBytes(values) / 16, at: site)
            }
            return try finish(operand, name, at: site) { () throws(FunctionError) in try builtin.body(values) }
        }
        guard let function = functions[name.description] else {
            throw failure("\(Quoting.quote(name.bytes[...])) is not a defined function", at: .operand(operand))
        }
        let values = try self.arguments(
            for: Signature(function), name, operand, arguments, final: final, dot: dot)
        return try finish(operand, name, at: site) { () throws(FunctionError) in try function.body(values) }
    }

    private static func comparedBytes(_ values: [Value]) -> Int {
        values.reduce(0) { sum, value in
            if case .string(let text) = value { return sum + text.bytes.count }
            return sum
        }
    }

    /// Evaluates arguments only until the result is known.
    private mutating func shortCircuit(
        _ builtin: Builtin, _ operand: Operand, _ arguments: ArraySlice<Operand>, final: Value?, dot: Value
    ) throws(TemplateExecutionError) -> Value {
        if arguments.isEmpty, final == nil {
            throw failure("wrong number of args for \(builtin.rawValue): want at least 1 got 0", at: .operand(operand))
        }
        var value = Value.nil
        for argument in arguments {
            try step(at: .operand(argument))
            value = try evaluate(argument: argument, as: .any, dot: dot)
            if value.isTrue == (builtin == .or) { return value }
        }
        return final ?? value
    }

    /// The arguments of a call, checked and in the types of the parameters.
    private mutating func arguments(
        for signature: Signature, _ name: GoString, _ operand: Operand, _ operands: ArraySlice<Operand>,
        final: Value?, dot: Value
    ) throws(TemplateExecutionError) -> [Value] {
        let parameters = signature.parameters
        let given = operands.count + (final == nil ? 0 : 1)
        if signature.isVariadic {
            guard given >= parameters.count - 1 else {
                throw failure(
                    "wrong number of args for \(name): want at least \(parameters.count - 1) got \(operands.count)",
                    at: .operand(operand.last))
            }
        } else if given != parameters.count {
            throw failure(
                "wrong number of args for \(name): want \(parameters.count) got \(given)", at: .operand(operand.last))
        }
        guard signature.results == 1 else {
            let quoted = Quoting.quote(name.bytes[...])
            throw failure(
                "can't call method/function \(quoted) with \(signature.results) results", at: .operand(operand.last))
        }
        var values: [Value] = []
        values.reserveCapacity(given)
        for (index, argument) in operands.enumerated() {
            try step(at: .operand(argument))
            let type = index < parameters.count ? parameters[index] : parameters.last
            values.append(try evaluate(argument: argument, as: type, dot: dot))
        }
        if let final {
            let type = values.count < parameters.count ? parameters[values.count] : parameters.last
            values.append(try check(final, against: type, (operands.last ?? operand).last))
        }
        return values
    }

    /// Calls; counts what came of it.
    @inline(never)
    private mutating func finish(
        _ operand: Operand, _ name: GoString, at site: Site, _ body: () throws(FunctionError) -> Value
    ) throws(TemplateExecutionError) -> Value {
        let value: Value
        do throws(FunctionError) {
            value = try body()
        } catch {
            throw failure("error calling \(name): \(error.message)", at: site)
        }
        switch value {
        case .string(let text): try spend(bytes: text.bytes.count, at: site)
        case .slice(let elements, _): try spend(bytes: elements.count * MemoryLayout<Value>.stride, at: site)
        default: break
        }
        return value
    }
}
