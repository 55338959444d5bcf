/// One rendering.
///
/// Control structures and template calls are frames of a stack of our own, so that recursion in a template costs no
/// call stack; only parentheses, whose nesting the parser limits, are evaluated by recursion.
struct Execution {
    /// As many nested template calls as Go allows.
    private static let maximumDepth = 100_000
    /// How many nodes, commands, arguments and turns of loops may be evaluated; what is looked past or printed counts,
    /// too.
    private static let maximumSteps = 1_000_000
    /// The processor's clock is read after so many steps, which take about 20 µs.
    private static let stepsBetweenReadings = 512
    /// So many variables looked past, or bytes read or made, cost as much as one step.
    private static let variablesPerStep = 8
    private static let bytesPerStep = 64
    /// How many bytes of text and lists functions may make besides the output.
    private static let maximumBytes = 16 << 20

    /// Where an error happened.
    enum Site {
        case operand(Operand)
        case command(Command)
        case pipeline(Pipeline)
        case template(TemplateCall)
        case node(position: Int, String)

        var position: Int {
            switch self {
            case .operand(let operand): operand.position
            case .command(let command): command.position
            case .pipeline(let pipeline): pipeline.position
            case .template(let call): call.position
            case .node(let position, _): position
            }
        }

        var description: String {
            switch self {
            case .operand(let operand): operand.description
            case .command(let command): command.description
            case .pipeline(let pipeline): pipeline.description
            case .template(let call): call.description
            case .node(_, let text): text
            }
        }
    }

    private struct Frame {
        enum Kind {
            case body
            case loop(Loop)
            /// A template's body; what to go back to.
            case call(base: Int, template: GoString)
        }

        var kind: Kind
        var nodes: [Node]
        var next = 0
        var dot: Value
        /// How many variables there were before.
        var variables: Int
    }

    private struct Loop {
        enum Items {
            case slice([Value])
            case map([GoMap.Entry])
        }

        var items: Items
        var next = 0
        var pipeline: Pipeline
        /// How many variables there are at the start of each turn.
        var variables: Int
    }

    let template: Template
    let functions: [String: Value.Function]
    private(set) var output: [UInt8] = []
    private var frames: [Frame] = []
    /// Variables of all templates being executed; those before `base` belong to callers.
    private var variables: [(name: GoString, value: Value)]
    private var base = 0
    private var depth = 0
    private var steps = 0
    private var nextReading = 0
    private let budget: RenderingBudget
    private var bytes = 0
    /// Name of the template being executed.
    private var current: GoString

    init(template: Template, data: Value, functions: [String: Value.Function], budget: RenderingBudget) {
        self.template = template
        self.budget = budget
        self.functions = functions
        current = GoString(template.name)
        variables = [("$", data)]
        let nodes = template.trees[current] ?? []
        frames = [Frame(kind: .body, nodes: nodes, dot: data, variables: 1)]
    }

    mutating func run() throws(TemplateExecutionError) {
        while let top = frames.indices.last {
            let index = frames[top].next
            guard index < frames[top].nodes.count else {
                try leaveFrame()
                continue
            }
            frames[top].next = index + 1
            try step(at: .node(position: 0, "node"))
            try execute(frames[top].nodes[index], dot: frames[top].dot)
        }
    }

    private mutating func execute(_ node: Node, dot: Value) throws(TemplateExecutionError) {
        switch node {
        case .text(let bytes): try write(bytes, at: .node(position: 0, "text"))
        case .action(let pipeline, _):
            let value = try evaluate(pipeline, dot: dot)
            if pipeline.variables.isEmpty { try print(value, pipeline) }
        case .branch(let branch): try enter(branch, dot: dot)
        case .template(let call): try enter(call, dot: dot)
        case .break: unwind(toNextTurn: false)
        case .continue: unwind(toNextTurn: true)
        }
    }

    // MARK: Frames

    private mutating func enter(_ branch: Branch, dot: Value) throws(TemplateExecutionError) {
        let mark = variables.count
        let value = try evaluate(branch.pipeline, dot: dot)
        if branch.kind == .range {
            if let items = try items(of: value, branch) {
                let loop = Loop(items: items, pipeline: branch.pipeline, variables: variables.count)
                frames.append(
                    Frame(
                        kind: .loop(loop), nodes: branch.body, next: branch.body.count, dot: dot, variables: mark))
                return
            }
        } else if value.isTrue {
            frames.append(
                Frame(kind: .body, nodes: branch.body, dot: branch.kind == .with ? value : dot, variables: mark))
            return
        }
        guard let otherwise = branch.otherwise else { return variables.removeSubrange(mark...) }
        frames.append(Frame(kind: .body, nodes: otherwise, dot: dot, variables: mark))
    }

    /// What a range goes through; nil when there is nothing.
    private func items(of value: Value, _ branch: Branch) throws(TemplateExecutionError) -> Loop.Items? {
        switch value {
        case .nil: return nil
        case .slice(let elements, _): return elements.isEmpty ? nil : .slice(elements)
        case .map(let map): return map.count == 0 ? nil : .map(map.entries)
        default:
            var formatter = Formatter(limit: 200)
            formatter.print(value, "v")
            let text = String(goBytes: formatter.output[...])
            let site = branch.pipeline.last.map { Site.operand($0) } ?? .pipeline(branch.pipeline)
            throw failure("range can't iterate over \(text)", at: site)
        }
    }

    private mutating func enter(_ call: TemplateCall, dot: Value) throws(TemplateExecutionError) {
        guard let nodes = template.trees[call.name] else {
            throw failure("template \(Quoting.quote(call.name.bytes[...])) not defined", at: .template(call))
        }
        guard depth < Execution.maximumDepth else {
            throw failure("exceeded maximum template depth (\(Execution.maximumDepth))", at: .template(call))
        }
        var argument = Value.nil
        if let pipeline = call.pipeline {
            argument = try evaluate(pipeline, dot: dot)
        } else {
            try step(at: .template(call))
        }
        depth += 1
        frames.append(
            Frame(
                kind: .call(base: base, template: current), nodes: nodes, dot: argument, variables: variables.count))
        base = variables.count
        current = call.name
        variables.append(("$", argument))
    }

    /// At the end of a frame's nodes: the loop's next turn, or back to what is below.
    private mutating func leaveFrame() throws(TemplateExecutionError) {
        guard var frame = frames.popLast() else { return }
        switch frame.kind {
        case .body: break
        case .call(let base, let template):
            self.base = base
            current = template
            depth -= 1
        case .loop(var loop):
            try step(at: .pipeline(loop.pipeline))
            let index: Value
            switch loop.items {
            case .slice(let elements) where loop.next < elements.count:
                (index, frame.dot) = (.int(loop.next), elements[loop.next])
            case .map(let entries) where loop.next < entries.count:
                (index, frame.dot) = (.string(entries[loop.next].key), entries[loop.next].value)
            default: return variables.removeSubrange(frame.variables...)
            }
            loop.next += 1
            variables.removeSubrange(loop.variables...)
            setLoopVariables(loop.pipeline, index: index, element: frame.dot)
            frame.kind = .loop(loop)
            frame.next = 0
            frames.append(frame)
            return
        }
        variables.removeSubrange(frame.variables...)
    }

    private mutating func setLoopVariables(_ pipeline: Pipeline, index: Value, element: Value) {
        let names = pipeline.variables
        guard let first = names.first else { return }
        if pipeline.isAssignment {
            // They exist: the pipeline has been assigned to them already.
            _ = assign(names.count > 1 ? index : element, to: first)
            if names.count > 1 { _ = assign(element, to: names[1]) }
        } else {
            variables[variables.count - 1].value = element
            if names.count > 1 { variables[variables.count - 2].value = index }
        }
    }

    /// `break` and `continue`: to the innermost loop.
    private mutating func unwind(toNextTurn: Bool) {
        while let top = frames.indices.last {
            if case .loop = frames[top].kind {
                if toNextTurn {
                    frames[top].next = frames[top].nodes.count
                } else {
                    variables.removeSubrange(frames[top].variables...)
                    frames.removeLast()
                }
                return
            }
            frames.removeLast()
        }
    }

    // MARK: Variables

    mutating func declare(_ name: GoString, _ value: Value) {
        variables.append((name, value))
    }

    /// Whether there is such a variable.
    mutating func assign(_ value: Value, to name: GoString) -> Bool {
        guard let index = position(of: name) else { return false }
        variables[index].value = value
        return true
    }

    mutating func variable(_ name: GoString) -> Value? { position(of: name).map { variables[$0].value } }

    /// The newest variable of that name.
    private mutating func position(of name: GoString) -> Int? {
        var index = variables.count - 1
        while index >= base, variables[index].name != name { index -= 1 }
        // What is over the limit is found out with the next step.
        steps += (variables.count - index) / Self.variablesPerStep
        return index >= base ? index : nil
    }

    // MARK: Output and limits

    private mutating func print(_ value: Value, _ pipeline: Pipeline) throws(TemplateExecutionError) {
        switch value {
        case .string(let text): try write(text.bytes, at: .pipeline(pipeline))
        case .nil, .nilPointer: try write(Array("<no value>".utf8), at: .pipeline(pipeline))
        case .function(let function):
            let action = "{{\(pipeline.description)}}"
            throw failure(
                "can't print \(action) of type \(function.type)",
                at: .node(position: pipeline.position, action))
        default:
            var formatter = Formatter(limit: Template.maximumOutput)
            formatter.print(value, "v")
            try write(formatter.output, at: .pipeline(pipeline))
        }
    }

    private mutating func write(_ bytes: [UInt8], at site: @autoclosure () -> Site) throws(TemplateExecutionError) {
        guard output.count + bytes.count <= Template.maximumOutput else {
            throw failure("output exceeds \(Template.maximumOutput) bytes", at: site(), isOverBudget: true)
        }
        output.append(contentsOf: bytes)
        steps += bytes.count / Self.bytesPerStep
    }

    mutating func step(at site: @autoclosure () -> Site) throws(TemplateExecutionError) {
        steps += 1
        guard steps <= Execution.maximumSteps else {
            throw failure("more than \(Execution.maximumSteps) steps", at: site(), isOverBudget: true)
        }
        guard steps >= nextReading else { return }
        nextReading = steps + Self.stepsBetweenReadings
        guard !budget.isSpent else { throw failure(budget.message, at: site(), isOverBudget: true) }
    }

    /// Counts what a function has made or read.
    mutating func spend(bytes count: Int, at site: @autoclosure () -> Site) throws(TemplateExecutionError) {
        bytes += count
        steps += count / Self.bytesPerStep
        guard bytes <= Execution.maximumBytes else {
            throw failure("functions made more than \(Execution.maximumBytes) bytes", at: site(), isOverBudget: true)
        }
    }

    /// Never inlined, and its arguments made only here: the functions that call it recurse, and their frames should
    /// stay small.
    @inline(never)
    func failure(
        _ message: @autoclosure () -> String, at site: @autoclosure () -> Site, isOverBudget: Bool = false
    ) -> TemplateExecutionError {
        let site = site()
        let before = template.text[..<min(site.position, template.text.count)]
        let newline = UInt8(ascii: "\n")
        let column = before.lastIndex(of: newline).map { site.position - $0 - 1 } ?? site.position
        return TemplateExecutionError(
            name: template.name, line: 1 + before.count { $0 == newline }, column: column,
            template: current.description, action: site.description, message: message(), output: output,
            isOverBudget: isOverBudget)
    }
}
