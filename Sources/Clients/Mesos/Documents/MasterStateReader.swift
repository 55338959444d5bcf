/// Reads the answer to `GET /master/state` as it arrives.
public struct MasterStateReader {
    /// What the document says, in its order; views are valid during the call only.
    public enum Fact {
        /// The address of the master that answers.
        case master(String)
        /// The address of the master that leads, as the one that answers knows it.
        case leader(String)
        case agent(AgentRecord)
        /// The tasks that follow are of one framework, whose id and name may come after them.
        case frameworkBegin
        case frameworkID(String)
        case frameworkName(String)
        case frameworkEnd
        /// A task in one of the states that are looked for.
        case task(TaskView)
    }

    enum Label {
        case pid, leader, agent, framework, frameworkID, frameworkName, task
    }

    static let plan: ScanPlan<Label> = {
        let tasks = ScanPlan<Label>.Shape.array(of: .value(.task))
        let others = ScanPlan<Label>.Shape.array(of: .skip)
        let frameworks = ScanPlan<Label>.Shape.array(
            of: .object(
                [
                    ("id", .value(.frameworkID)), ("name", .value(.frameworkName)), ("tasks", tasks),
                    ("unreachable_tasks", tasks), ("completed_tasks", tasks), ("executors", others), ("offers", others),
                ], .framework))
        return ScanPlan(
            .object([
                ("pid", .value(.pid)), ("leader", .value(.leader)), ("slaves", .array(of: .value(.agent))),
                ("recovered_slaves", .array(of: .value(.agent))), ("frameworks", frameworks),
                ("completed_frameworks", frameworks), ("orphan_tasks", others),
            ]))
    }()

    private var scanner: DocumentScanner<Label>
    private let states: StateSet

    /// - Parameter states: the states of the tasks that matter.
    /// - Throws: ``ScanError/noMemory(_:)``.
    public init(states: StateSet) throws(ScanError) {
        try self.init(states: states, limits: ScanLimits())
    }

    init(states: StateSet, limits: ScanLimits) throws(ScanError) {
        scanner = try DocumentScanner(Self.plan, limits: limits)
        self.states = states
    }

    /// Bytes taken so far.
    public var length: Int { scanner.length }
    /// Tasks that were too long to be looked at.
    public var oversized: Int { scanner.oversized }
    /// Tasks in the document so far, in whatever state.
    public private(set) var tasks = 0
    /// Whether the document is complete; what follows it is of no interest.
    public var isComplete: Bool { scanner.isComplete }

    /// Gets ready for another document.
    public mutating func reset() {
        scanner.reset()
        tasks = 0
    }

    /// Takes the next bytes of the document.
    public mutating func feed(_ chunk: UnsafeRawBufferPointer, _ body: (Fact) -> Void) throws(ScanError) {
        let states = states
        var tasks = tasks
        defer { self.tasks = tasks }
        try scanner.feed(chunk) { Self.translate($0, states, &tasks, body) }
    }

    /// The document has ended.
    public mutating func finish(_ body: (Fact) -> Void) throws(ScanError) {
        let states = states
        var tasks = tasks
        defer { self.tasks = tasks }
        try scanner.finish { Self.translate($0, states, &tasks, body) }
    }

    private static func translate(
        _ finding: DocumentScanner<Label>.Finding, _ states: StateSet, _ tasks: inout Int, _ body: (Fact) -> Void
    ) {
        switch finding {
        case .value(.task, let element):
            tasks += 1
            // Most tasks run; their state is all that is looked at.
            guard let state = element.member("state")?.text, states.contains(state) else { return }
            body(.task(TaskView(element)))
        case .value(.agent, let element): if let agent = AgentRecord(element) { body(.agent(agent)) }
        case .value(.pid, let element): if let text = element.text { body(.master(text.string)) }
        case .value(.leader, let element): if let text = element.text { body(.leader(text.string)) }
        case .value(.frameworkID, let element): if let text = element.text { body(.frameworkID(text.string)) }
        case .value(.frameworkName, let element): if let text = element.text { body(.frameworkName(text.string)) }
        case .begin(.framework): body(.frameworkBegin)
        case .end(.framework): body(.frameworkEnd)
        default: break
        }
    }
}

/// A few task states, compared without making strings.
public struct StateSet: Equatable, Sendable {
    private let states: [[UInt8]]

    public init(_ states: [String]) {
        self.states = states.map { Array($0.utf8) }
    }

    public func contains(_ state: String) -> Bool { states.contains { $0.elementsEqual(state.utf8) } }

    func contains(_ text: JSONText) -> Bool {
        for state in states where text.equals(state) { return true }
        return false
    }
}
