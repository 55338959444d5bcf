import Testing

@testable import MesosClient

@Suite struct AgentStateReaderTests {
    private func executors(
        _ document: [UInt8], container: String? = nil, window: Int = 64, chunk: Int = 1000
    ) throws -> [AgentClient.Executor] {
        var reader = try AgentStateReader(
            AgentStateReader.Wanted(framework: "F", task: "web.1", executor: "web.1", container: container),
            limits: ScanLimits(window: window))
        var rest = document[...]
        while !rest.isEmpty {
            let piece = Array(rest.prefix(chunk))
            rest = rest.dropFirst(chunk)
            try piece.withUnsafeBytes { try reader.feed($0) }
        }
        return try reader.finish()
    }

    /// As a real agent 1.11 writes it, shortened; the second framework tells its id last.
    private let state = #"""
        {"version":"1.11.0","id":"S0","flags":{"work_dir":"/mesos"},"frameworks":[
        {"id":"other","executors":[{"id":"web.1","container":"o1","directory":"/mesos/o1","tasks":[{"id":"web.1"}]}]},
        {"executors":[
        {"id":"web.1","name":"","container":"c3","directory":"/mesos/c3","resources":{"cpus":0.1},
        "tasks":[{"id":"web.1","statuses":[{"state":"TASK_RUNNING","timestamp":3.5},{"timestamp":4.25}]}],
        "queued_tasks":[],"completed_tasks":[]},
        {"id":"shared","container":"c4","directory":"/mesos/c4","tasks":[{"id":"web.2"}],
        "completed_tasks":[{"id":"web.3"},{"id":"web.1","statuses":[{"timestamp":2.125}]}]},
        {"id":"web.2","container":"c5","directory":"/mesos/c5","tasks":[{"id":"web.2"}]}],
        "completed_executors":[{"id":"web.1","container":"c1","directory":"/mesos/\u0063 1","completed_tasks":[]},
        {"completed_tasks":[{"id":"web.9"}],"directory":"/mesos/c6","container":"c6","id":"web.9"}],
        "id":"F"}],
        "completed_frameworks":[{"id":"F","executors":[],"completed_executors":[
        {"id":"web.1","container":"c0","directory":"/mesos/c0","tasks":null}]},{"id":"G","executors":[
        {"id":"web.1","container":"g","directory":"/mesos/g"}]}]}
        """#

    private func executor(_ id: String, _ container: String, _ directory: String, _ runs: [Double]...)
        -> AgentClient.Executor
    {
        var executor = AgentClient.Executor(id: id)
        executor.container = container
        executor.directory = directory
        executor.runs = runs.map { timestamps in
            var run = AgentClient.Executor.Run()
            run.timestamps = timestamps
            return run
        }
        return executor
    }

    @Test(arguments: [8, 100, 4096], [1, 13, 4096])
    func executorsOfTheFrameworkThatMayHaveRunTheTask(window: Int, chunk: Int) throws {
        var current = [
            executor("web.1", "c3", "/mesos/c3", [3.5, 4.25]), executor("shared", "c4", "/mesos/c4", [2.125]),
        ]
        for index in current.indices { current[index].isCurrent = true }
        let ended = [executor("web.1", "c1", "/mesos/c 1")]
        let older = [executor("web.1", "c0", "/mesos/c0")]
        #expect(
            try executors(Array(state.utf8), window: window, chunk: chunk) == current + ended + older)
        // One that is known by its container alone.
        let named = [executor("web.9", "c6", "/mesos/c6")]
        #expect(
            try executors(Array(state.utf8), container: "c6", window: window, chunk: chunk)
                == current + ended + named + older)
    }

    @Test func halfADocumentIsNoAnswer() throws {
        let bytes = Array(state.utf8)
        for length in [0, 1, bytes.count / 2, bytes.count - 1] {
            #expect(throws: ScanError.self, "\(length) bytes") { try executors(Array(bytes[..<length])) }
        }
        #expect(throws: ScanError.self) { try executors(Array("<html>busy</html>".utf8)) }
        #expect(try executors(Array("{}".utf8)) == [])
    }

    @Test func aDocumentWithAnyByteChangedDoesNoHarm() throws {
        let bytes = Array(state.utf8)
        var random = Seeded(11)
        for offset in bytes.indices {
            var broken = bytes
            broken[offset] =
                [UInt8(ascii: "\""), UInt8(ascii: "{"), UInt8(ascii: "]"), UInt8(ascii: "\\"), 0, 0xFF]
                .randomElement(using: &random) ?? 0
            _ = try? executors(broken, window: [8, 64, 1000].randomElement(using: &random) ?? 8, chunk: 50)
        }
    }
}
