@testable import MesosClient

/// Documents as a real master 1.11 writes them, shortened.
enum Samples {
    /// A task of the v1 operator API.
    static func task(
        _ id: String, framework: String = "F-1", state: String = "TASK_RUNNING", name: String = "web",
        labels: String = #"{"key":"app","value":"web"},{"key":"b","value":"c"}"#, executor: String? = nil,
        statuses: String = ""
    ) -> String {
        let executor = executor.map { #""executor_id":{"value":"\#($0)"},"# } ?? ""
        return """
            {"name":"\(name)","task_id":{"value":"\(id)"},"framework_id":{"value":"\(framework)"},\(executor)\
            "agent_id":{"value":"A-S0"},"state":"\(state)","resources":[{"name":"cpus","scalar":{"value":0.1}}],\
            "statuses":[\(statuses)],"labels":{"labels":[\(labels)]},"container":{"type":"DOCKER","docker":\
            {"image":"busybox:local","network":"BRIDGE"}},"user":"root"}
            """
    }

    /// A status of the v1 operator API.
    static func status(
        _ state: String, at timestamp: String, container: String = "c-1", message: String = "", parent: String? = nil
    ) -> String {
        let parent = parent.map { #","parent":{"value":"\#($0)"}"# } ?? ""
        return """
            {"task_id":{"value":"t"},"state":"\(state)","message":"\(message)","source":"SOURCE_EXECUTOR",\
            "reason":"REASON_X","agent_id":{"value":"A-S0"},"executor_id":{"value":"e"},"timestamp":\(timestamp),\
            "uuid":"3j1Ve9iZSFKDVAvMs2I2UA==","container_status":{"container_id":{"value":"\(container)"\(parent)}}}
            """
    }

    static func record(_ json: String) -> [UInt8] { Array("\(json.utf8.count)\n\(json)".utf8) }

    /// Feeds bytes to a reader of streams; views are copied out by `body`.
    static func read(
        _ bytes: [UInt8], window: Int = 64, chunk: Int = 1000, _ body: (EventStreamReader.Fact) -> Void
    ) throws {
        var reader = try EventStreamReader(limits: ScanLimits(window: window))
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = Array(rest.prefix(chunk))
            rest = rest.dropFirst(chunk)
            try piece.withUnsafeBytes { try reader.feed($0, body) }
        }
    }

    /// The tasks as they come by `TASK_ADDED`.
    static func views(_ tasks: [String], _ body: (TaskView) -> Void) throws {
        for task in tasks {
            try read(record(#"{"type":"TASK_ADDED","task_added":{"task":\#(task)}}"#)) { fact in
                if case .task(let view) = fact { body(view) }
            }
        }
    }
}
