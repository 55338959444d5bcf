import Testing

@testable import MesosClient

@Suite struct TaskRecordTests {
    private func record(_ task: String) throws -> TaskRecord? {
        var result: TaskRecord?
        try Samples.views([task]) { result = TaskRecord($0) }
        return result
    }

    @Test func aTaskOfTheOperatorAPI() throws {
        let statuses = [
            Samples.status("TASK_STARTING", at: "100.25", container: "c-0"),
            Samples.status("TASK_RUNNING", at: "101"), Samples.status("TASK_FAILED", at: "102.5", message: "boom"),
        ]
        let task = try #require(
            try record(
                Samples.task("t", state: "TASK_FAILED", executor: "e", statuses: statuses.joined(separator: ","))))
        #expect(task.id == "t")
        #expect(task.name == "web")
        #expect(task.frameworkID == "F-1")
        #expect(task.agentID == "A-S0")
        #expect(task.executorID == "e")
        #expect(task.image == "busybox:local")
        #expect(task.labels == ["app": "web", "b": "c"])
        #expect(task.history.firstTimestamp == 100.25)
        #expect(task.history.last?.state == "TASK_FAILED")
        #expect(task.history.terminal?.timestamp == 102.5)
        #expect(task.history.terminal?.message == "boom")
        #expect(task.history.terminal?.reason == "REASON_X")
        #expect(task.history.containerIDs == ["c-1"])
    }

    @Test func aTaskOfTheState() throws {
        let task = try #require(
            try record(
                #"""
                {"id":"t","name":"n","framework_id":"F","executor_id":"","slave_id":"A","state":"TASK_LOST",
                "statuses":[{"state":"TASK_RUNNING","timestamp":1.5,"container_status":{"container_id":
                {"value":"inner","parent":{"value":"outer"}}}},{"state":"TASK_LOST","timestamp":2}],
                "labels":[{"key":"k","value":"v"},{"key":"only"}],"container":{"docker":{"image":"i"}}}
                """#))
        #expect(
            task
                == TaskRecord(
                    id: "t", name: "n", frameworkID: "F", agentID: "A", state: "TASK_LOST", image: "i",
                    labels: ["k": "v", "only": ""], history: task.history))
        #expect(task.history.terminal == StatusRecord(state: "TASK_LOST", timestamp: 2))
        #expect(task.history.containerIDs == ["outer", "inner"])
    }

    @Test func aStatusThatLagsIsNotTerminal() throws {
        let statuses = Samples.status("TASK_STARTING", at: "1") + "," + Samples.status("TASK_RUNNING", at: "2")
        let task = try #require(try record(Samples.task("t", state: "TASK_FAILED", statuses: statuses)))
        #expect(task.history.terminal == nil)
        #expect(task.history.last?.state == "TASK_RUNNING")
    }

    @Test(arguments: [
        "{}", "[]", "null", "3", #"{"id":7,"framework_id":"F"}"#, #"{"id":"t"}"#, #"{"id":{"value":null}}"#,
        #"{"task_id":{"value":"t"},"framework_id":[]}"#,
    ])
    func aTaskWithoutIdsIsNone(json: String) throws {
        #expect(try record(json) == nil)
    }

    @Test func wrongTypesEverywhereLeaveWhatIsRight() throws {
        let task = try #require(
            try record(
                #"""
                {"id":"t","name":[1],"framework_id":"F","executor_id":{"value":{}},"slave_id":null,"state":{},
                "statuses":[null,1,"x",{},{"state":7},{"state":"S","timestamp":"late","container_status":{"container_id":
                {"parent":{}}}}],"labels":[null,{"key":1,"value":"v"},{"key":"k","value":2},[]],
                "container":{"docker":{"image":{}}}}
                """#))
        #expect(task.labels == ["k": ""])
        #expect(task.name == "" && task.executorID == "" && task.agentID == "" && task.image == "")
        #expect(task.history.last == StatusRecord(state: "S"))
    }

    @Test func containersNestedWithoutEndAreCut() throws {
        var container = #"{"value":"c"}"#
        for level in 0..<1000 { container = #"{"value":"c\#(level)","parent":\#(container)}"# }
        let status = #"{"state":"S","container_status":{"container_id":\#(container)}}"#
        let task = try #require(try record(Samples.task("t", statuses: status)))
        #expect(task.history.containerIDs.count == 16)
        #expect(task.history.containerIDs.last == "c999")
    }
}
