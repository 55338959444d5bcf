/// Builds the trees of a template and of those it defines.
///
/// The grammar, the order of the checks and the words of the errors are those of Go's text/template/parse (1.18 to
/// 1.22: ranges over integers and `else with` came later and are refused).
struct Parser {
    /// Control structures and parentheses may be nested this deep; Go has no limit but its memory, we have a stack.
    static let maximumNesting = 100
    /// And one `if` may have so many `else if`.
    static let maximumChain = 1000

    let name: String
    let functions: Set<GoString>
    private var lexer: Lexer
    /// Tokens read from the lexer but not yet used, the next one last.
    private var lookahead: [Token] = []
    /// The token read last from the lexer: where errors are reported.
    private var latest = Token(kind: .endOfText, position: 0, line: 1, text: [])
    /// Line of the action being parsed, 0 outside.
    var actionLine = 0
    /// Names of the variables in scope.
    var variables: [GoString] = ["$"]
    var rangeDepth = 0
    var nesting = 0
    private(set) var trees: [GoString: [Node]] = [:]

    init(name: String, text: [UInt8], functions: Set<GoString>) {
        self.name = name
        self.functions = functions
        lexer = Lexer(text)
    }

    /// All templates of the text by their names.
    mutating func parse() throws(TemplateParseError) -> [GoString: [Node]] {
        var nodes: [Node] = []
        while peek().kind != .endOfText {
            if peek().kind == .leftDelimiter {
                let delimiter = next()
                if nextNonSpace().kind == .define {
                    try parseDefinition()
                    continue
                }
                backup()
                push(delimiter)
            }
            switch try textOrAction() {
            case .node(let node): nodes.append(node)
            case .end: throw error("unexpected {{end}}")
            case .else: throw error("unexpected {{else}}")
            }
        }
        try add(nodes, as: GoString(name))
        return trees
    }

    mutating func add(_ nodes: [Node], as name: GoString) throws(TemplateParseError) {
        if let present = trees[name], !Parser.isEmpty(present) {
            guard Parser.isEmpty(nodes) else {
                throw error("template: multiple definition of template \(Quoting.quote(name.bytes[...]))")
            }
            return
        }
        trees[name] = nodes
    }

    /// Only white space: such a template may be defined again.
    private static func isEmpty(_ nodes: [Node]) -> Bool {
        nodes.allSatisfy { node in
            guard case .text(let bytes) = node else { return false }
            return bytes.allSatisfy(Lexer.isSpace)
        }
    }

    // MARK: Tokens

    private var unread: Token?

    mutating func next() -> Token {
        if let token = lookahead.popLast() {
            unread = token
            return token
        }
        latest = lexer.next()
        unread = latest
        return latest
    }

    /// Puts the token just taken back.
    mutating func backup() {
        if let unread { lookahead.append(unread) }
        unread = nil
    }

    /// Puts a token back in front of all others.
    mutating func push(_ token: Token) {
        lookahead.append(token)
    }

    mutating func peek() -> Token {
        if let token = lookahead.last { return token }
        latest = lexer.next()
        lookahead.append(latest)
        return latest
    }

    mutating func nextNonSpace() -> Token {
        var token = next()
        while token.kind == .space { token = next() }
        return token
    }

    mutating func peekNonSpace() -> Token {
        let token = nextNonSpace()
        backup()
        return token
    }

    mutating func expect(_ kind: Token.Kind, in context: String) throws(TemplateParseError) {
        let token = nextNonSpace()
        guard token.kind == kind else { throw unexpected(token, in: context) }
    }

    // MARK: Errors

    /// Never inlined, as the functions that call it recurse.
    @inline(never)
    func error(_ message: @autoclosure () -> String) -> TemplateParseError {
        var column = latest.position
        for index in stride(from: latest.position - 1, through: 0, by: -1) where lexer.input[index] == 0x0A {
            column = latest.position - index - 1
            break
        }
        return TemplateParseError(name: name, line: latest.line, column: column + 1, message: message())
    }

    @inline(never)
    func unexpected(_ token: Token, in context: String) -> TemplateParseError {
        guard token.kind == .error else { return error("unexpected \(token.description) in \(context)") }
        let message = token.description
        guard actionLine != 0, actionLine != token.line else { return error(message) }
        // Avoids "unclosed action in action".
        let link = message.hasSuffix(" action") ? "" : " in action"
        return error("\(message)\(link) started at \(name):\(actionLine)")
    }

    /// Counts a level of nesting in; the caller counts it out.
    mutating func enter() throws(TemplateParseError) {
        nesting += 1
        guard nesting <= Parser.maximumNesting else {
            throw error("nested deeper than \(Parser.maximumNesting) levels")
        }
    }
}
