/// Actions and control structures.
extension Parser {
    /// What stands between two delimiters, or before them.
    enum Piece {
        case node(Node)
        case end
        case `else`
    }

    mutating func textOrAction() throws(TemplateParseError) -> Piece {
        let token = nextNonSpace()
        switch token.kind {
        case .text: return .node(.text(token.text))
        case .leftDelimiter:
            actionLine = token.line
            defer { actionLine = 0 }
            return try action()
        default: throw unexpected(token, in: "input")
        }
    }

    private mutating func action() throws(TemplateParseError) -> Piece {
        let token = nextNonSpace()
        switch token.kind {
        case .block: return .node(try block())
        case .break:
            try checkLoopControl("{{break}}")
            return .node(.break(position: token.position))
        case .continue:
            try checkLoopControl("{{continue}}")
            return .node(.continue(position: token.position))
        case .else:
            // `{{else if x}}` is treated as `{{else}}{{if x}}`: the if stays for the caller.
            if peekNonSpace().kind == .if { return .else }
            try expect(.rightDelimiter, in: "else")
            return .else
        case .end:
            try expect(.rightDelimiter, in: "end")
            return .end
        case .if: return .node(.branch(try branch(.if)))
        case .range: return .node(.branch(try branch(.range)))
        case .with: return .node(.branch(try branch(.with)))
        case .template: return .node(.template(try templateCall()))
        default:
            backup()
            let position = peek().position
            // Variables live on until the enclosing structure's end.
            return .node(.action(try pipeline("command", until: .rightDelimiter), position: position))
        }
    }

    @inline(never)
    private mutating func checkLoopControl(_ name: String) throws(TemplateParseError) {
        let token = nextNonSpace()
        guard token.kind == .rightDelimiter else { throw unexpected(token, in: name) }
        guard rangeDepth > 0 else { throw error("\(name) outside {{range}}") }
    }

    /// Everything up to an end or an else, which are told apart.
    private mutating func nodes() throws(TemplateParseError) -> (nodes: [Node], endsWithElse: Bool) {
        var nodes: [Node] = []
        while peekNonSpace().kind != .endOfText {
            switch try textOrAction() {
            case .node(let node): nodes.append(node)
            case .end: return (nodes, false)
            case .else: return (nodes, true)
            }
        }
        throw error("unexpected EOF")
    }

    @inline(never)
    private mutating func branch(_ kind: Branch.Kind) throws(TemplateParseError) -> Branch {
        let scope = variables.count
        defer { variables.removeSubrange(scope...) }
        try enter()
        defer { nesting -= 1 }
        // `{{else if}}` stands for an if within the else, and both have the same end.
        var chain: [Branch] = []
        while true {
            let pipeline = try pipeline(kind.rawValue, until: .rightDelimiter)
            if kind == .range { rangeDepth += 1 }
            let (body, hasElse) = try nodes()
            if kind == .range { rangeDepth -= 1 }
            chain.append(Branch(kind: kind, position: pipeline.position, pipeline: pipeline, body: body))
            guard hasElse else { break }
            guard kind == .if, peek().kind == .if else {
                chain[chain.count - 1].otherwise = try lastNodes()
                break
            }
            guard chain.count < Parser.maximumChain else {
                throw error("more than \(Parser.maximumChain) times else if")
            }
            _ = next()
        }
        var branch = chain.removeLast()
        while var outer = chain.popLast() {
            outer.otherwise = [.branch(branch)]
            branch = outer
        }
        return branch
    }

    private mutating func lastNodes() throws(TemplateParseError) -> [Node] {
        let (nodes, endsWithElse) = try nodes()
        guard !endsWithElse else { throw error("expected end; found {{else}}") }
        return nodes
    }

    // MARK: Templates within

    mutating func parseDefinition() throws(TemplateParseError) {
        let context = "define clause"
        let token = nextNonSpace()
        let name = try templateName(token, in: context)
        try expect(.rightDelimiter, in: context)
        try parseBody(of: name, in: context)
    }

    /// A block defines a template and calls it at once.
    @inline(never)
    private mutating func block() throws(TemplateParseError) -> Node {
        let context = "block clause"
        let token = nextNonSpace()
        let name = try templateName(token, in: context)
        let pipeline = try pipeline(context, until: .rightDelimiter)
        try parseBody(of: name, in: context)
        return .template(TemplateCall(name: name, position: token.position, pipeline: pipeline))
    }

    private mutating func parseBody(of name: GoString, in context: String) throws(TemplateParseError) {
        try enter()
        defer { nesting -= 1 }
        // A template sees none of the variables around its definition, and no loop either.
        let outside = (variables, rangeDepth)
        (variables, rangeDepth) = (["$"], 0)
        defer { (variables, rangeDepth) = outside }
        let (body, endsWithElse) = try nodes()
        guard !endsWithElse else { throw error("unexpected {{else}} in \(context)") }
        try add(body, as: name)
    }

    @inline(never)
    private mutating func templateCall() throws(TemplateParseError) -> TemplateCall {
        let context = "template clause"
        let token = nextNonSpace()
        let name = try templateName(token, in: context)
        guard nextNonSpace().kind != .rightDelimiter else {
            return TemplateCall(name: name, position: token.position, pipeline: nil)
        }
        backup()
        return TemplateCall(
            name: name, position: token.position, pipeline: try pipeline(context, until: .rightDelimiter))
    }

    private func templateName(_ token: Token, in context: String) throws(TemplateParseError) -> GoString {
        guard token.kind == .string || token.kind == .rawString else { throw unexpected(token, in: context) }
        guard let name = Unquoting.string(token.text) else { throw error("invalid syntax") }
        return GoString(bytes: name)
    }
}
