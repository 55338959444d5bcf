import Testing

@testable import MesosClient

@Suite struct ReaderTests {
    /// What a reader of the state says, as text.
    private func facts(_ document: [UInt8], window: Int = 64, chunk: Int = 1000) throws -> [String] {
        var reader = try MasterStateReader(states: StateSet(["TASK_FAILED"]), limits: ScanLimits(window: window))
        var facts: [String] = []
        func note(_ fact: MasterStateReader.Fact) {
            switch fact {
            case .master(let text): facts.append("pid \(text)")
            case .leader(let text): facts.append("leader \(text)")
            case .agent(let agent):
                facts.append("agent \(agent.id) \(agent.hostname):\(agent.port ?? 0) \(agent.process?.ip ?? "-")")
            case .frameworkBegin: facts.append("<")
            case .frameworkID(let text): facts.append("id \(text)")
            case .frameworkName(let text): facts.append("name \(text)")
            case .frameworkEnd: facts.append(">")
            case .task(let view): facts.append("task \(TaskRecord(view)?.id ?? "-")")
            }
        }
        var rest = document[...]
        while !rest.isEmpty {
            let piece = Array(rest.prefix(chunk))
            rest = rest.dropFirst(chunk)
            try piece.withUnsafeBytes { try reader.feed($0, note) }
        }
        try reader.finish(note)
        return facts
    }

    private let state = #"""
        {"version":"1.11.0","pid":"master@10.0.0.1:5050","leader":"master@10.0.0.1:5050","flags":{"pid":"not this"},
        "slaves":[{"id":"A","hostname":"host","port":5051,"pid":"slave(1)@10.0.0.7:5051"},{"hostname":"no id"},
        {"id":"B","hostname":"h6","port":70000,"pid":"slave(1)@[fe80::1]:5052"}],
        "frameworks":[{"id":"F","name":"marathon","tasks":[{"id":"1","framework_id":"F","state":"TASK_RUNNING"},
        {"state":"TASK_FAILED","id":"2","framework_id":"F"}],"completed_tasks":[{"id":"3","framework_id":"F",
        "state":"TASK_FAILED"},{"id":"4","framework_id":"F","state":"TASK_FINISHED"}],"unreachable_tasks":null}],
        "completed_frameworks":[{"completed_tasks":[{"id":"5","framework_id":"G","state":"TASK_FAILED"}],
        "name":"late","id":"G"}],"orphan_tasks":[{"id":"6","state":"TASK_FAILED"}]}
        """#

    @Test(arguments: [8, 100, 4096], [1, 13, 4096])
    func theStateOfAMaster(window: Int, chunk: Int) throws {
        #expect(
            try facts(Array(state.utf8), window: window, chunk: chunk) == [
                "pid master@10.0.0.1:5050", "leader master@10.0.0.1:5050", "agent A host:5051 10.0.0.7",
                "agent B h6:0 fe80::1", "<", "id F", "name marathon", "task 2", "task 3", ">", "<", "task 5",
                "name late", "id G", ">",
            ])
    }

    @Test func aDocumentWithAnyByteChangedDoesNoHarm() throws {
        let bytes = Array(state.utf8)
        var random = Seeded(7)
        for offset in bytes.indices {
            var broken = bytes
            broken[offset] =
                [UInt8(ascii: "\""), UInt8(ascii: "{"), UInt8(ascii: "]"), UInt8(ascii: "\\"), 0, 0xFF]
                .randomElement(using: &random) ?? 0
            _ = try? facts(broken, window: [8, 64, 1000].randomElement(using: &random) ?? 8, chunk: 50)
            _ = try? facts(Array(bytes[..<offset] + bytes[offset...].dropFirst(3)), window: 64)
        }
    }

    @Test(arguments: [16, 4096], [1, 64, 4096])
    func theEventStream(window: Int, chunk: Int) throws {
        let subscribed = """
            {"type":"SUBSCRIBED","subscribed":{"get_state":{"get_tasks":{"tasks":[\(Samples.task("1"))],\
            "completed_tasks":[\(Samples.task("2", state: "TASK_FAILED"))]},"get_executors":{"executors":[{"tasks":[{}]}]},\
            "get_frameworks":{"frameworks":[{"framework_info":{"name":"marathon","id":{"value":"F"}}}]},"get_agents":\
            {"agents":[{"agent_info":{"hostname":"h","port":5051,"id":{"value":"A"}},"pid":"slave(1)@10.0.0.7:5051"}],\
            "recovered_agents":[]}},"heartbeat_interval_seconds":15.0}}
            """
        let events = [
            subscribed, #"{"type":"HEARTBEAT"}"#,
            #"{"type":"TASK_ADDED","task_added":{"task":\#(Samples.task("3"))}}"#,
            """
            {"type":"TASK_UPDATED","task_updated":{"framework_id":{"value":"F"},"status":\
            \(Samples.status("TASK_RUNNING", at: "7")),"state":"TASK_FAILED"}}
            """,
            #"{"type":"AGENT_ADDED","agent_added":{"agent":{"agent_info":{"id":{"value":"B"}}}}}"#,
            #"{"agent_removed":{"agent_id":{"value":"B"}},"type":"AGENT_REMOVED"}"#,
            #"{"type":"FRAMEWORK_UPDATED","framework_updated":{"framework":{"framework_info":{"id":{"value":"G"}}}}}"#,
            #"{"type":"FRAMEWORK_REMOVED","framework_removed":{"framework_info":{"name":"n","id":{"value":"G"}}}}"#,
            #"{"type":"SOMETHING_NEW","something_new":{"task":{}}}"#, "[]",
        ]
        var facts: [String] = []
        try Samples.read(events.flatMap(Samples.record), window: window, chunk: chunk) { fact in
            switch fact {
            case .snapshotBegin: facts.append("begin")
            case .snapshotEnd(let heartbeat): facts.append("end \(heartbeat ?? 0)")
            case .task(let view): facts.append("task \(TaskRecord(view)?.id ?? "-")")
            case .update(let update):
                facts.append("update \(update.frameworkID) \(update.taskID) \(update.state) \(update.status.state)")
            case .agent(let agent): facts.append("agent \(agent.id) \(agent.process?.name ?? "-")")
            case .agentRemoved(let id): facts.append("no agent \(id)")
            case .framework(let framework): facts.append("framework \(framework.id) \(framework.name)")
            case .frameworkRemoved(let framework): facts.append("no framework \(framework.id)")
            }
        }
        #expect(
            facts == [
                "begin", "task 1", "task 2", "framework F marathon", "agent A slave(1)", "end 15.0", "task 3",
                "update F t TASK_FAILED TASK_RUNNING", "agent B -", "no agent B", "framework G ", "no framework G",
            ])
    }

    @Test(arguments: ["<html>", "5\n<htm>", "3\n{\"a", "7\n{\"a\":1,", "20\n{\"subscribed\":{\"get_"])
    func aStreamThatIsNoneIsAnError(text: String) {
        #expect(throws: (any Error).self) {
            try Samples.read(Array(text.utf8) + Array("2\n{}".utf8), chunk: 3) { _ in }
        }
    }

    @Test func aListOfTasks() throws {
        #expect(try TaskListReader.tasks(in: Array(#"{"tasks":[]}"#.utf8)).isEmpty)
        let tasks = try TaskListReader.tasks(
            in: Array("{\"tasks\":[\(Samples.task("1")),{},\(Samples.task("2"))]}".utf8))
        #expect(tasks.map(\.id) == ["1", "2"])
        #expect(throws: ScanError.self) { try TaskListReader.tasks(in: Array("{\"tasks\":[".utf8)) }
        #expect(throws: ScanError.self) { try TaskListReader.tasks(in: []) }
    }
}
