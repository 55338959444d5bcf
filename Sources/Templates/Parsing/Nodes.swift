/// The tree of a parsed template. Positions are byte offsets into its text.
indirect enum Node: Sendable {
    case text([UInt8])
    case action(Pipeline, position: Int)
    case branch(Branch)
    case template(TemplateCall)
    case `break`(position: Int)
    case `continue`(position: Int)
}

/// `if`, `with` or `range`.
struct Branch: Sendable {
    enum Kind: String, Sendable {
        case `if`, with, range
    }

    var kind: Kind
    var position: Int
    var pipeline: Pipeline
    var body: [Node]
    var otherwise: [Node]?
}

/// `{{template "name" pipeline}}`
struct TemplateCall: Sendable {
    var name: GoString
    var position: Int
    var pipeline: Pipeline?

    var description: String {
        "{{template \(Quoting.quote(name.bytes[...]))\(pipeline.map { " \($0.description)" } ?? "")}}"
    }
}

/// Commands joined by `|`, and the variables that take the result.
struct Pipeline: Sendable {
    var position: Int
    /// `=` instead of `:=`.
    var isAssignment = false
    var variables: [GoString] = []
    var commands: [Command] = []

    /// The operand evaluated last.
    var last: Operand? { commands.last?.operands.last?.last }

    var description: String {
        let left =
            variables.isEmpty
            ? "" : variables.map(\.description).joined(separator: ", ") + (isAssignment ? " = " : " := ")
        return left + commands.map(\.description).joined(separator: " | ")
    }
}

/// A function, method or field and its arguments, or one operand alone.
struct Command: Sendable {
    var position: Int
    var operands: [Operand] = []

    var description: String { operands.map(\.description).joined(separator: " ") }
}

/// One word of a command.
struct Operand: Sendable {
    indirect enum Kind: Sendable {
        case dot, `nil`
        case bool(Bool)
        case number(NumberLiteral)
        /// The text, and how it is written.
        case string(GoString, literal: GoString)
        /// `.a.b`
        case field([GoString])
        /// `$x.a.b`: the name with its dollar sign, and the fields.
        case variable(GoString, [GoString])
        /// `(pipeline).a.b`
        case chain(Operand, [GoString])
        /// A function; nil for one that is not built in.
        case identifier(GoString, Builtin?)
        case parenthesized(Pipeline)
    }

    var kind: Kind
    var position: Int

    var description: String {
        switch kind {
        case .dot: "."
        case .nil: "nil"
        case .bool(let flag): flag ? "true" : "false"
        case .number(let number): number.text.description
        case .string(_, let literal): literal.description
        case .field(let names): Operand.fields(names)
        case .variable(let name, let names): name.description + Operand.fields(names)
        case .chain(let start, let names): start.description + Operand.fields(names)
        case .identifier(let name, _): name.description
        case .parenthesized(let pipeline): "(\(pipeline.description))"
        }
    }

    /// The operand evaluated last within it: Go blames that one when something is wrong with the result.
    var last: Operand {
        switch kind {
        case .parenthesized(let pipeline): pipeline.last ?? self
        case .chain(let start, _): start.last
        default: self
        }
    }

    private static func fields(_ names: [GoString]) -> String {
        names.map { ".\($0)" }.joined()
    }
}
