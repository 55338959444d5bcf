/// The functions every template has.
enum Builtin: String, Sendable {
    case and, or, not
    case eq, ne, lt, le, gt, ge
    case len, index, slice, call
    case print, printf, println
    case html, js, urlquery

    var signature: Signature {
        switch self {
        case .and, .or, .index, .slice, .call, .eq: Signature([.any, .any], isVariadic: true)
        case .not, .len: Signature([.any])
        case .ne, .lt, .le, .gt, .ge: Signature([.any, .any])
        case .printf: Signature([.string, .any], isVariadic: true)
        case .print, .println, .html, .js, .urlquery: Signature([.any], isVariadic: true)
        }
    }

    var isComparison: Bool {
        switch self {
        case .eq, .ne, .lt, .le, .gt, .ge: true
        default: false
        }
    }

    /// Calls it with as many arguments as its signature says.
    func body(_ arguments: [Value]) throws(FunctionError) -> Value {
        switch self {
        case .and, .or: return arguments.last ?? .nil
        case .not: return .bool(!(arguments.first?.isTrue ?? false))
        case .eq: return .bool(try Comparison.isEqual(arguments[0], toAnyOf: arguments.dropFirst()))
        case .ne: return .bool(!(try Comparison.isEqual(arguments[0], toAnyOf: arguments.dropFirst())))
        case .lt: return .bool(try Comparison.isLess(arguments[0], arguments[1]))
        case .le: return .bool(try Comparison.isLessOrEqual(arguments[0], arguments[1]))
        case .gt: return .bool(!(try Comparison.isLessOrEqual(arguments[0], arguments[1])))
        case .ge: return .bool(!(try Comparison.isLess(arguments[0], arguments[1])))
        case .len: return .int(try Collections.length(of: arguments[0]))
        case .index: return try Collections.element(of: arguments[0], at: arguments.dropFirst())
        case .slice: return try Collections.slice(arguments[0], arguments.dropFirst())
        case .call: return try Builtin.call(arguments[0], arguments.dropFirst())
        case .print: return try Builtin.format { $0.print(arguments) }
        case .println: return try Builtin.format { $0.printLine(arguments) }
        case .printf:
            guard case .string(let format) = arguments[0] else { return .nil }
            return try Builtin.format { $0.print(format: format.bytes, Array(arguments.dropFirst())) }
        case .html: return .string(GoString(bytes: Escaping.html(try Builtin.text(of: arguments))))
        case .js: return .string(GoString(bytes: Escaping.js(try Builtin.text(of: arguments))))
        case .urlquery: return .string(GoString(bytes: Escaping.urlQuery(try Builtin.text(of: arguments))))
        }
    }

    private static func format(_ body: (inout Formatter) -> Void) throws(FunctionError) -> Value {
        var formatter = Formatter(limit: Template.maximumOutput)
        body(&formatter)
        guard !formatter.isOverfull else {
            throw FunctionError("text exceeds \(Template.maximumOutput) bytes")
        }
        return .string(GoString(bytes: formatter.output))
    }

    /// What the escaping functions work on: their arguments as an action would print them.
    private static func text(of arguments: [Value]) throws(FunctionError) -> [UInt8] {
        if arguments.count == 1, case .string(let text) = arguments[0] { return text.bytes }
        let shown = arguments.map { $0.isNil ? .string("<no value>") : $0 }
        var formatter = Formatter(limit: Template.maximumOutput)
        formatter.print(shown)
        guard !formatter.isOverfull else {
            throw FunctionError("text exceeds \(Template.maximumOutput) bytes")
        }
        return formatter.output
    }

    private static func call(_ value: Value, _ arguments: ArraySlice<Value>) throws(FunctionError) -> Value {
        guard case .function(let function) = value else {
            guard let type = value.type, type.kind != .function else { throw FunctionError("call of nil") }
            throw FunctionError("non-function of type \(type)")
        }
        let parameters = function.parameters
        if function.isVariadic {
            guard arguments.count >= parameters.count - 1 else {
                throw FunctionError(
                    "wrong number of args: got \(arguments.count) want at least \(parameters.count - 1)")
            }
        } else if arguments.count != parameters.count {
            throw FunctionError("wrong number of args: got \(arguments.count) want \(parameters.count)")
        }
        var prepared: [Value] = []
        for (index, argument) in arguments.enumerated() {
            guard let type = index < parameters.count ? parameters[index] : parameters.last else { break }
            do throws(FunctionError) {
                prepared.append(try Collections.prepare(argument, as: type))
            } catch {
                throw FunctionError("arg \(index): \(error.message)")
            }
        }
        return try function.body(prepared)
    }
}
