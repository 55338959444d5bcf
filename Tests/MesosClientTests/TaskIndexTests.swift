import Testing

@testable import MesosClient

@Suite struct TaskIndexTests {
    @Test func whatIsPutInComesOut() throws {
        var index = TaskIndex()
        let status = Samples.status("TASK_RUNNING", at: "5.5", container: "inner", parent: "outer")
        try Samples.views([
            Samples.task("t-1", executor: "t-1", statuses: status), Samples.task("t-2", executor: "other"),
            Samples.task("t-1", framework: "F-2", name: "n\\u00e4me \\\"q\\\""), "{}",
        ]) { index.insert($0) }
        #expect(index.count == 3)
        let first = try #require(index.task(framework: "F-1", task: "t-1"))
        #expect(first.name == "web" && first.image == "busybox:local" && first.agentID == "A-S0")
        #expect(first.labels == ["app": "web", "b": "c"])
        #expect(first.executorID == "t-1")
        #expect(first.history.firstTimestamp == 5.5)
        #expect(first.history.containerIDs == ["outer", "inner"])
        #expect(index.task(framework: "F-1", task: "t-2")?.executorID == "other")
        let other = try #require(index.task(framework: "F-2", task: "t-1"))
        #expect(other.name == "näme \"q\"")
        #expect(other.executorID == "")
        #expect(other.history.firstTimestamp == nil && other.history.containerIDs == [])
        #expect(index.task(framework: "F-3", task: "t-1") == nil)
        #expect(index.task(framework: "F-2", task: "t-2") == nil)
    }

    @Test func aTaskIsReplaced() throws {
        var index = TaskIndex()
        try Samples.views([Samples.task("t", name: "old"), Samples.task("t", name: "new")]) { index.insert($0) }
        #expect(index.count == 1)
        #expect(index.task(framework: "F-1", task: "t")?.name == "new")
    }

    @Test func statusesTellContainersAndTheFirstMoment() throws {
        var index = TaskIndex()
        try Samples.views([Samples.task("t")]) { index.insert($0) }
        index.note(framework: "F-1", task: "t", StatusRecord(state: "S", timestamp: 3))
        index.note(framework: "F-1", task: "t", StatusRecord(state: "R", timestamp: 4, containerIDs: ["a", "b"]))
        index.note(framework: "F-1", task: "nobody", StatusRecord(state: "R", timestamp: 4, containerIDs: ["x"]))
        let task = try #require(index.task(framework: "F-1", task: "t"))
        #expect(task.history.firstTimestamp == 3)
        #expect(task.history.containerIDs == ["a", "b"])
    }

    @Test func removedTasksLeaveNothingBehind() throws {
        var index = TaskIndex()
        try Samples.views((0..<50).map { Samples.task("t-\($0)", framework: "F-\($0 % 2)", name: "n-\($0)") }) {
            index.insert($0)
        }
        index.removeAll(framework: "F-0")
        #expect(index.count == 25)
        #expect(index.task(framework: "F-0", task: "t-0") == nil)
        #expect(index.task(framework: "F-1", task: "t-1")?.name == "n-1")
        for number in 0..<50 { index.remove(framework: "F-1", task: "t-\(number)") }
        #expect(index.count == 0)
        #expect(index.sharedStrings == 0)
        index.removeAll(framework: "F-1")
        index.remove(framework: "F-1", task: "t-1")
        #expect(index.count == 0)
    }

    @Test(arguments: [
        "6f1c2a3b-0d4e-4f5a-8b6c-9d7e0f1a2b3c", "6F1C2A3B-0D4E-4F5A-8B6C-9D7E0F1A2B3C",
        "6f1c2a3b-0d4e-4f5a-8b6c-9d7e0f1a2b3", "6f1c2a3b00d4e-4f5a-8b6c-9d7e0f1a2b3c", "sixteen letters!",
    ])
    func containersThatAreUUIDsAndOthers(container: String) throws {
        var index = TaskIndex()
        let status = Samples.status("TASK_RUNNING", at: "1", container: container)
        try Samples.views([Samples.task("t", statuses: status)]) { index.insert($0) }
        #expect(index.task(framework: "F-1", task: "t")?.history.containerIDs == [container])
        index.note(framework: "F-1", task: "t", StatusRecord(state: "R", containerIDs: ["other"]))
        #expect(index.task(framework: "F-1", task: "t")?.history.containerIDs == ["other"])
        index.note(framework: "F-1", task: "t", StatusRecord(state: "R", containerIDs: [container]))
        #expect(index.task(framework: "F-1", task: "t")?.history.containerIDs == [container])
    }

    /// Many changes at random, checked against a dictionary; enough garbage for the arenas to be compacted.
    @Test(arguments: 1...4)
    func itIsADictionary(seed: UInt64) throws {
        var random = Seeded(seed)
        var index = TaskIndex()
        var model: [String: (name: String, container: String?)] = [:]
        for _ in 0..<3000 {
            let number = Int.random(in: 0..<400, using: &random)
            let (framework, id) = ("F-\(number % 3)", "t-\(number)")
            switch Int.random(in: 0..<5, using: &random) {
            case 0, 1:
                let name = "name-\(Int.random(in: 0..<300, using: &random))" + String(repeating: "n", count: 500)
                try Samples.views([Samples.task(id, framework: framework, name: name)]) { index.insert($0) }
                model[id] = (name, nil)
            case 2:
                let container = String(repeating: "c", count: Int.random(in: 1..<2000, using: &random))
                index.note(framework: framework, task: id, StatusRecord(state: "R", containerIDs: [container]))
                model[id]?.container = container
            default:
                index.remove(framework: framework, task: id)
                model[id] = nil
            }
        }
        #expect(index.count == model.count)
        for number in 0..<400 {
            let task = index.task(framework: "F-\(number % 3)", task: "t-\(number)")
            #expect(task?.name == model["t-\(number)"]?.name)
            #expect(task?.history.containerIDs.first == model["t-\(number)"]?.container)
        }
    }

    @Test func invalidUTF8IsRepairedOnTheWayOut() throws {
        var index = TaskIndex()
        var json = Array(#"{"type":"TASK_ADDED","task_added":{"task":{"id":"t","framework_id":"F","name":"a"#.utf8)
        json += [0xFF]
        json += Array(#""}}}"#.utf8)
        try Samples.read(Array("\(json.count)\n".utf8) + json) { if case .task(let view) = $0 { index.insert(view) } }
        #expect(index.task(framework: "F", task: "t")?.name == "a\u{FFFD}")
    }
}

/// A random generator that is the same in every run (SplitMix64).
struct Seeded: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
