/// Pipelines, commands, operands.
extension Parser {
    mutating func pipeline(_ context: String, until end: Token.Kind) throws(TemplateParseError) -> Pipeline {
        var pipeline = Pipeline(position: peekNonSpace().position)
        try declarations(of: &pipeline, in: context)
        while true {
            let token = nextNonSpace()
            switch token.kind {
            case end:
                try check(pipeline, in: context)
                return pipeline
            case .bool, .characterConstant, .complex, .dot, .field, .identifier, .number, .nil, .rawString, .string,
                .variable, .leftParenthesis:
                backup()
                pipeline.commands.append(try command())
            default: throw unexpected(token, in: context)
            }
        }
    }

    /// `$x :=`, `$x =`, and for ranges `$i, $x :=`. A variable followed by anything else is an operand.
    @inline(never)
    private mutating func declarations(of pipeline: inout Pipeline, in context: String) throws(TemplateParseError) {
        while true {
            let variable = peekNonSpace()
            guard variable.kind == .variable else { return }
            _ = next()
            let adjacent = peek()
            let following = peekNonSpace()
            switch following.kind {
            case .assign, .declare:
                _ = nextNonSpace()
                pipeline.isAssignment = following.kind == .assign
                declare(variable, in: &pipeline)
                return
            case .character where following.text == [UInt8(ascii: ",")]:
                _ = nextNonSpace()
                declare(variable, in: &pipeline)
                guard context == "range", pipeline.variables.count < 2 else {
                    throw error("too many declarations in \(context)")
                }
                switch peekNonSpace().kind {
                case .variable, .rightDelimiter, .rightParenthesis: continue
                default: throw error("range can only initialize variables")
                }
            default:
                // Looking ahead has skipped the space that ends the operand.
                if adjacent.kind == .space { push(adjacent) }
                push(variable)
                return
            }
        }
    }

    private mutating func declare(_ variable: Token, in pipeline: inout Pipeline) {
        let name = GoString(bytes: variable.text)
        pipeline.variables.append(name)
        variables.append(name)
    }

    @inline(never)
    private func check(_ pipeline: Pipeline, in context: String) throws(TemplateParseError) {
        guard !pipeline.commands.isEmpty else { throw error("missing value for \(context)") }
        for (index, command) in pipeline.commands.enumerated().dropFirst() {
            switch command.operands.first?.kind {
            case .bool, .dot, .nil, .number, .string:
                throw error("non executable command in pipeline stage \(index + 1)")
            default: break
            }
        }
    }

    private mutating func command() throws(TemplateParseError) -> Command {
        var command = Command(position: peekNonSpace().position)
        loop: while true {
            _ = peekNonSpace()
            if let operand = try operand() { command.operands.append(operand) }
            let token = next()
            switch token.kind {
            case .space: continue
            case .rightDelimiter, .rightParenthesis:
                backup()
                break loop
            case .pipe: break loop
            default: throw unexpected(token, in: "operand")
            }
        }
        guard !command.operands.isEmpty else { throw error("empty command") }
        return command
    }

    /// A term with the fields that follow it.
    private mutating func operand() throws(TemplateParseError) -> Operand? {
        guard let term = try term() else { return nil }
        guard peek().kind == .field else { return term }
        let position = peek().position
        var names: [GoString] = []
        while peek().kind == .field { names.append(GoString(bytes: Array(next().text.dropFirst()))) }
        switch term.kind {
        case .field(let first): return Operand(kind: .field(first + names), position: position)
        case .variable(let name, let first):
            return Operand(kind: .variable(name, first + names), position: position)
        case .bool, .string, .number, .nil, .dot:
            throw error("unexpected . after term \(Quoting.quote(Array(term.description.utf8)[...]))")
        default: return Operand(kind: .chain(term, names), position: position)
        }
    }

    private mutating func term() throws(TemplateParseError) -> Operand? {
        let token = nextNonSpace()
        guard token.kind == .leftParenthesis else { return try simpleTerm(token) }
        try enter()
        defer { nesting -= 1 }
        let pipeline = try pipeline("parenthesized pipeline", until: .rightParenthesis)
        return Operand(kind: .parenthesized(pipeline), position: token.position)
    }

    @inline(never)
    private mutating func simpleTerm(_ token: Token) throws(TemplateParseError) -> Operand? {
        let kind: Operand.Kind
        switch token.kind {
        case .identifier:
            let name = GoString(bytes: token.text)
            let builtin = functions.contains(name) ? nil : Builtin(rawValue: name.description)
            guard builtin != nil || functions.contains(name) else {
                throw error("function \(Quoting.quote(token.text[...])) not defined")
            }
            kind = .identifier(name, builtin)
        case .dot: kind = .dot
        case .nil: kind = .nil
        case .variable:
            let name = GoString(bytes: token.text)
            guard variables.contains(name) else {
                throw error("undefined variable \(Quoting.quote(token.text[...]))")
            }
            kind = .variable(name, [])
        case .field: kind = .field([GoString(bytes: Array(token.text.dropFirst()))])
        case .bool: kind = .bool(token.text.first == UInt8(ascii: "t"))
        case .characterConstant, .number, .complex: kind = .number(try number(token))
        case .string, .rawString:
            guard let text = Unquoting.string(token.text) else { throw error("invalid syntax") }
            kind = .string(GoString(bytes: text), literal: GoString(bytes: token.text))
        default:
            backup()
            return nil
        }
        return Operand(kind: kind, position: token.position)
    }

    @inline(never)
    private func number(_ token: Token) throws(TemplateParseError) -> NumberLiteral {
        do throws(NumberLiteral.Malformed) {
            if token.kind == .characterConstant { return try NumberLiteral(character: token.text) }
            return try NumberLiteral(token.text, isComplex: token.kind == .complex)
        } catch {
            throw self.error(error.message)
        }
    }
}
