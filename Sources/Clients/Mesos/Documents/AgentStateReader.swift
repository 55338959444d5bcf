/// Reads the answer to `GET /state` of an agent as it arrives, and keeps the executors that may have run one task.
///
/// The document has no bound (every task of every executor is in it, those that ended too), so it is never in memory as a
/// whole: what is kept are a few executors of one framework, without the tasks that nobody asked for.
struct AgentStateReader {
    /// Whose executor is looked for.
    struct Wanted: Sendable, Equatable {
        var framework: String
        var task: String
        var executor: String
        var container: String?
    }

    private enum Label {
        case framework, frameworkID, current, completed, id, container, directory, task
    }

    private static let plan: ScanPlan<Label> = {
        let tasks = ScanPlan<Label>.Shape.array(of: .value(.task))
        func executors(_ label: Label) -> ScanPlan<Label>.Shape {
            .array(
                of: .object(
                    [
                        ("id", .value(.id)), ("container", .value(.container)), ("directory", .value(.directory)),
                        ("tasks", tasks), ("queued_tasks", tasks), ("completed_tasks", tasks),
                    ], label))
        }
        let frameworks = ScanPlan<Label>.Shape.array(
            of: .object(
                [
                    ("id", .value(.frameworkID)), ("executors", executors(.current)),
                    ("completed_executors", executors(.completed)),
                ], .framework))
        return ScanPlan(.object([("frameworks", frameworks), ("completed_frameworks", frameworks)]))
    }()

    /// No task is longer, whatever is in its labels; one that is has no business in our memory.
    private static let limits = ScanLimits(value: 4 << 20)

    private var scanner: DocumentScanner<Label>
    private let wanted: Wanted
    private var found = Found()

    /// What was found so far. The id of a framework may come after its executors.
    private struct Found {
        var isWanted: Bool?
        var executor = AgentClient.Executor(id: "")
        var current: [AgentClient.Executor] = []
        var completed: [AgentClient.Executor] = []
        var executors: [AgentClient.Executor] = []
    }

    /// - Throws: ``ScanError/noMemory(_:)``.
    init(_ wanted: Wanted, limits: ScanLimits? = nil) throws(ScanError) {
        self.wanted = wanted
        scanner = try DocumentScanner(Self.plan, limits: limits ?? Self.limits)
    }

    /// Bytes taken so far.
    var length: Int { scanner.length }

    /// Takes the next bytes of the document.
    mutating func feed(_ chunk: UnsafeRawBufferPointer) throws(ScanError) {
        var found = found
        defer { self.found = found }
        try scanner.feed(chunk) { [wanted] in Self.take($0, wanted, &found) }
    }

    /// The document has ended: the executors of that id, in that container, or with runs of that task; those that run
    /// first, then those that ended, the newest at the end.
    ///
    /// - Throws: ``ScanError/truncated(_:)`` if it is not complete.
    mutating func finish() throws(ScanError) -> [AgentClient.Executor] {
        var found = found
        defer { self.found = found }
        try scanner.finish { [wanted] in Self.take($0, wanted, &found) }
        return found.executors
    }

    private static func take(
        _ finding: DocumentScanner<Label>.Finding, _ wanted: Wanted, _ found: inout Found
    ) {
        switch finding {
        case .begin(.framework):
            found.isWanted = nil
            found.current = []
            found.completed = []
        case .value(.frameworkID, let element): found.isWanted = element.text?.string == wanted.framework
        case .begin(.current), .begin(.completed): found.executor = AgentClient.Executor(id: "")
        case .value(.id, let element): found.executor.id = element.text?.string ?? ""
        case .value(.container, let element): found.executor.container = element.text?.string
        case .value(.directory, let element): found.executor.directory = element.text?.string
        case .value(.task, let element):
            guard found.isWanted != false, element.member("id")?.text?.string == wanted.task else { return }
            found.executor.runs.append(AgentClient.Executor.Run(element))
        case .end(.current):
            found.executor.isCurrent = true
            if isWanted(found.executor, wanted, found) { found.current.append(found.executor) }
        case .end(.completed):
            if isWanted(found.executor, wanted, found) { found.completed.append(found.executor) }
        case .end(.framework): if found.isWanted == true { found.executors += found.current + found.completed }
        default: break
        }
    }

    private static func isWanted(_ executor: AgentClient.Executor, _ wanted: Wanted, _ found: Found) -> Bool {
        guard found.isWanted != false else { return false }
        return !executor.runs.isEmpty || executor.id == wanted.executor
            || wanted.container != nil && executor.container == wanted.container
    }
}

extension AgentClient.Executor.Run {
    fileprivate init(_ task: JSONElement) {
        task.member("statuses")?.items { status in
            if let timestamp = status.member("timestamp")?.number { timestamps.append(timestamp) }
        }
    }
}
