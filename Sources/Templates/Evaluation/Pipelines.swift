/// Pipelines, commands and operands, with Go's rules for what may be given to what.
extension Execution {
    mutating func evaluate(_ pipeline: Pipeline, dot: Value) throws(TemplateExecutionError) -> Value {
        var value: Value?
        for command in pipeline.commands {
            try step(at: .command(command))
            value = try evaluate(command, of: pipeline, dot: dot, final: value)
        }
        let result = value ?? .nil
        for name in pipeline.variables {
            if !pipeline.isAssignment {
                declare(name, result)
            } else if !assign(result, to: name) {
                let site = pipeline.last.map { Site.operand($0) } ?? .pipeline(pipeline)
                throw failure("undefined variable: \(name)", at: site)
            }
        }
        return result
    }

    /// - Parameter final: What the command before gave; nil in the first one.
    @inline(never)
    private mutating func evaluate(_ command: Command, of whole: Pipeline, dot: Value, final: Value?)
        throws(TemplateExecutionError) -> Value
    {
        guard let first = command.operands.first else { return .nil }
        let arguments = command.operands.dropFirst()
        switch first.kind {
        case .field(let names):
            return try fields(names, of: dot, first, arguments, final: final, dot: dot)
        case .variable(let name, let names):
            guard let value = variable(name) else { throw failure("undefined variable: \(name)", at: .operand(first)) }
            if names.isEmpty {
                try refuseArguments(first, arguments, final)
                return value
            }
            return try fields(names, of: value, first, arguments, final: final, dot: dot)
        case .chain(let start, let names):
            let value = try self.start(start, of: first, dot: dot)
            return try fields(names, of: value, first, arguments, final: final, dot: dot)
        case .identifier(let name, let builtin):
            return try call(name, builtin, first, arguments, final: final, at: .command(command), dot: dot)
        case .parenthesized(let pipeline):
            guard arguments.isEmpty, final == nil else {
                throw failure(
                    "can't give argument to non-function \(pipeline.description)", at: .pipeline(whole))
            }
            return try evaluate(pipeline, dot: dot)
        case .dot, .nil, .bool, .number, .string:
            try refuseArguments(first, arguments, final)
            if case .nil = first.kind { throw failure("nil is not a command", at: .operand(first)) }
            return try constant(first, dot: dot)
        }
    }

    @inline(never)
    private func refuseArguments(_ operand: Operand, _ arguments: ArraySlice<Operand>, _ final: Value?)
        throws(TemplateExecutionError)
    {
        guard arguments.isEmpty, final == nil else {
            throw failure("can't give argument to non-function \(operand.description)", at: .operand(operand))
        }
    }

    /// An operand that needs no evaluation, by its own type.
    @inline(never)
    private func constant(_ operand: Operand, dot: Value) throws(TemplateExecutionError) -> Value {
        switch operand.kind {
        case .dot: return dot
        case .bool(let flag): return .bool(flag)
        case .string(let text, _): return .string(text)
        case .number(let number):
            guard let value = number.ideal else {
                throw failure("\(number.text) overflows int", at: .operand(operand))
            }
            return value
        default: return .nil
        }
    }

    // MARK: Arguments

    /// An argument for a parameter of a type; nil when anything will do.
    ///
    /// Parentheses within parentheses come back here, so everything else is done elsewhere, in frames that are gone by
    /// then.
    mutating func evaluate(argument: Operand, as type: GoType?, dot: Value) throws(TemplateExecutionError) -> Value {
        switch argument.kind {
        case .parenthesized(let pipeline):
            return try check(try evaluate(pipeline, dot: dot), against: type, argument)
        case .identifier(let name, let builtin):
            let value = try call(name, builtin, argument, [], final: nil, at: .operand(argument), dot: dot)
            return try check(value, against: type, argument)
        case .chain(let start, let names):
            let value = try self.start(start, of: argument, dot: dot)
            return try check(
                try fields(names, of: value, argument, [], final: nil, dot: dot), against: type, argument)
        default: return try evaluate(simple: argument, as: type, dot: dot)
        }
    }

    /// What the fields of a chain are looked up in.
    private mutating func start(_ start: Operand, of chain: Operand, dot: Value) throws(TemplateExecutionError) -> Value
    {
        if case .nil = start.kind {
            throw failure("indirection through explicit nil in \(chain.description)", at: .operand(chain))
        }
        return try evaluate(argument: start, as: nil, dot: dot)
    }

    @inline(never)
    private mutating func evaluate(simple argument: Operand, as type: GoType?, dot: Value)
        throws(TemplateExecutionError) -> Value
    {
        switch argument.kind {
        case .dot: return try check(dot, against: type, argument)
        case .nil:
            guard let type, !type.canBeNil else { return type?.zero ?? .nil }
            throw failure("cannot assign nil to \(type)", at: .operand(argument))
        case .field(let names):
            return try check(
                try fields(names, of: dot, argument, [], final: nil, dot: dot), against: type, argument)
        case .variable(let name, let names):
            guard let start = variable(name) else {
                throw failure("undefined variable: \(name)", at: .operand(argument))
            }
            let value = names.isEmpty ? start : try fields(names, of: start, argument, [], final: nil, dot: dot)
            return try check(value, against: type, argument)
        default: return try constant(argument, as: type)
        }
    }

    /// A constant takes the parameter's type, if it can.
    @inline(never)
    private func constant(_ operand: Operand, as type: GoType?) throws(TemplateExecutionError) -> Value {
        guard let type, type != .any else { return try constant(operand, dot: .nil) }
        let wanted: String
        switch (type.kind, operand.kind) {
        case (.bool, .bool(let flag)): return .bool(flag)
        case (.string, .string(let text, _)): return .string(text)
        case (.signed, .number(let number)):
            if let value = number.signed { return .signed(value.truncated(toBits: type.bits), type) }
            wanted = "integer"
        case (.unsigned, .number(let number)):
            if let value = number.unsigned { return .unsigned(value.truncated(toBits: type.bits), type) }
            wanted = "unsigned integer"
        case (.float, .number(let number)):
            if let value = number.float { return .float(value) }
            wanted = "float"
        case (.complex, .number(let number)):
            if let value = number.complex { return .complex(value.real, value.imaginary) }
            wanted = "complex"
        case (.bool, _): wanted = "bool"
        case (.string, _): wanted = "string"
        case (.signed, _): wanted = "integer"
        case (.unsigned, _): wanted = "unsigned integer"
        case (.float, _): wanted = "float"
        case (.complex, _): wanted = "complex"
        default:
            throw failure("can't handle \(operand.description) for arg of type \(type)", at: .operand(operand))
        }
        throw failure("expected \(wanted); found \(operand.description)", at: .operand(operand))
    }

    /// A value that is not a constant must already have the parameter's type.
    @inline(never)
    func check(_ value: Value, against type: GoType?, _ operand: Operand) throws(TemplateExecutionError) -> Value {
        guard let type, type != .any else { return value }
        let operand = operand.last
        guard let actual = value.type else {
            if type.canBeNil { return type.zero }
            throw failure("invalid value; expected \(type)", at: .operand(operand))
        }
        guard actual == type else {
            throw failure("wrong type for value; expected \(type); got \(actual)", at: .operand(operand))
        }
        return value
    }
}

extension FixedWidthInteger {
    /// As Go's conversion to a smaller type, which drops the high bits.
    func truncated(toBits bits: Int) -> Self {
        let shift = Self.bitWidth - bits
        return shift <= 0 ? self : (self << shift) >> shift
    }
}
