import RecordIO

/// Reads the answer to `SUBSCRIBE` of the v1 operator API as it arrives.
public struct EventStreamReader {
    /// What the stream says, in its order; views are valid during the call only.
    public enum Fact {
        /// The first record begins: everything that the master knows follows.
        case snapshotBegin
        /// The first record is complete.
        case snapshotEnd(heartbeat: Double?)
        /// A task of the snapshot, or a new one.
        case task(TaskView)
        case update(TaskUpdate)
        case agent(AgentRecord)
        case agentRemoved(id: String)
        case framework(FrameworkRecord)
        case frameworkRemoved(FrameworkRecord)
    }

    enum Label {
        case subscribed, heartbeat, task, update, agent, agentRemoved, framework, frameworkRemoved
    }

    static let plan: ScanPlan<Label> = {
        let tasks = ScanPlan<Label>.Shape.array(of: .value(.task))
        let others = ScanPlan<Label>.Shape.array(of: .skip)
        let frameworks = ScanPlan<Label>.Shape.array(of: .value(.framework))
        let state = ScanPlan<Label>.Shape.object([
            (
                "get_tasks",
                .object([
                    ("tasks", tasks), ("unreachable_tasks", tasks), ("completed_tasks", tasks),
                    ("orphan_tasks", tasks), ("pending_tasks", others),
                ])
            ),
            (
                "get_frameworks",
                .object([
                    ("frameworks", frameworks), ("completed_frameworks", frameworks),
                    ("recovered_frameworks", frameworks),
                ])
            ),
            ("get_agents", .object([("agents", .array(of: .value(.agent))), ("recovered_agents", others)])),
            ("get_executors", .object([("executors", others), ("orphan_executors", others)])),
        ])
        return ScanPlan(
            .object([
                (
                    "subscribed",
                    .object([("get_state", state), ("heartbeat_interval_seconds", .value(.heartbeat))], .subscribed)
                ),
                ("task_added", .object([("task", .value(.task))])),
                ("task_updated", .value(.update)),
                ("agent_added", .object([("agent", .value(.agent))])),
                ("agent_removed", .object([("agent_id", .value(.agentRemoved))])),
                ("framework_added", .object([("framework", .value(.framework))])),
                ("framework_updated", .object([("framework", .value(.framework))])),
                ("framework_removed", .value(.frameworkRemoved)),
            ]))
    }()

    private var decoder = RecordIODecoder()
    private var scanner: DocumentScanner<Label>
    private var heartbeat: Double?

    /// - Throws: ``ScanError/noMemory(_:)``.
    public init() throws(ScanError) {
        try self.init(limits: ScanLimits())
    }

    init(limits: ScanLimits) throws(ScanError) {
        scanner = try DocumentScanner(Self.plan, limits: limits)
    }

    /// Tasks that were too long to be looked at, in the record that is under way.
    public var oversized: Int { scanner.oversized }

    /// Gets ready for another stream.
    public mutating func reset() {
        decoder = RecordIODecoder()
        scanner.reset()
        heartbeat = nil
    }

    /// Takes the next bytes of the stream; an event is told with its last byte.
    public mutating func feed(
        _ chunk: UnsafeRawBufferPointer, _ body: (Fact) -> Void
    ) throws(RecordStreamError<ScanError>) {
        // Local, because the closures change them while the decoder is being changed.
        var (scanner, heartbeat) = (scanner, heartbeat)
        defer { (self.scanner, self.heartbeat) = (scanner, heartbeat) }
        try decoder.feed(chunk) { part throws(ScanError) in
            switch part {
            case .bytes(let bytes):
                try scanner.feed(bytes) { Self.translate($0, &heartbeat, body) }
            case .end:
                // An empty record says nothing.
                if scanner.length > 0 { try scanner.finish { Self.translate($0, &heartbeat, body) } }
                scanner.reset()
            }
        }
    }

    private static func translate(
        _ finding: DocumentScanner<Label>.Finding, _ heartbeat: inout Double?, _ body: (Fact) -> Void
    ) {
        switch finding {
        case .begin(.subscribed): body(.snapshotBegin)
        case .end(.subscribed): body(.snapshotEnd(heartbeat: heartbeat))
        case .value(.heartbeat, let element): heartbeat = element.number
        case .value(.task, let element): body(.task(TaskView(element)))
        case .value(.update, let element): if let update = TaskUpdate(element) { body(.update(update)) }
        case .value(.agent, let element): if let agent = AgentRecord(element) { body(.agent(agent)) }
        case .value(.agentRemoved, let element):
            if let id = element.textOrValue { body(.agentRemoved(id: id.string)) }
        case .value(.framework, let element):
            if let framework = FrameworkRecord(element) { body(.framework(framework)) }
        case .value(.frameworkRemoved, let element):
            if let framework = FrameworkRecord(element) { body(.frameworkRemoved(framework)) }
        default: break
        }
    }
}
