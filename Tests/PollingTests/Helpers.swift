import Complaints
import MesosClient

@testable import Polling

/// A task of the operator API, shortened.
func taskJSON(
    _ id: String, state: String = "TASK_RUNNING", framework: String = "F-1", statuses: [String] = []
) -> String {
    """
    {"name":"web","task_id":{"value":"\(id)"},"framework_id":{"value":"\(framework)"},"agent_id":{"value":"A-S0"},\
    "state":"\(state)","statuses":[\(statuses.joined(separator: ","))],"labels":{"labels":[{"key":"app","value":"x"}]},\
    "container":{"docker":{"image":"busybox"}}}
    """
}

func statusJSON(_ state: String, at timestamp: Double, task: String = "t", container: String = "c-1") -> String {
    """
    {"task_id":{"value":"\(task)"},"state":"\(state)","message":"it exited with status 3","reason":"R","source":"S",\
    "agent_id":{"value":"A-S0"},"executor_id":{"value":"e"},"timestamp":\(timestamp),\
    "container_status":{"container_id":{"value":"\(container)","parent":{"value":"p"}}}}
    """
}

func updateJSON(_ state: String, status: String, framework: String = "F-1") -> String {
    """
    {"type":"TASK_UPDATED","task_updated":{"framework_id":{"value":"\(framework)"},"status":\(status),\
    "state":"\(state)"}}
    """
}

func subscribedJSON(tasks: [String] = [], completed: [String] = [], framework: String = "marathon") -> String {
    """
    {"type":"SUBSCRIBED","subscribed":{"get_state":{"get_tasks":{"tasks":[\(tasks.joined(separator: ","))],\
    "completed_tasks":[\(completed.joined(separator: ","))]},"get_frameworks":{"frameworks":[{"framework_info":\
    {"name":"\(framework)","id":{"value":"F-1"}}}]},"get_agents":{"agents":[{"agent_info":{"hostname":"host",\
    "port":5051,"id":{"value":"A-S0"}},"pid":"slave(1)@10.0.0.7:5051"}]}},"heartbeat_interval_seconds":15.0}}
    """
}

/// A stream detector that is fed JSON, with a clock that moves only by hand.
struct StreamHarness {
    var detector: StreamDetector
    var now = ContinuousClock().now

    init(
        states: [String] = PollingSettings.defaultStates, watches: @escaping @Sendable (String) -> Bool = { _ in true }
    ) {
        detector = StreamDetector(states: states, watches: watches)
    }

    mutating func feed(_ events: String...) throws {
        var reader = try EventStreamReader()
        for event in events {
            let bytes = Array("\(event.utf8.count)\n\(event)".utf8)
            try bytes.withUnsafeBytes { bytes in
                try reader.feed(bytes) { detector.take($0, now: now, wall: Timestamp(nanoseconds: 42)) }
            }
        }
    }

    mutating func pass(_ time: Duration) {
        now += time
        detector.tick(now: now, wall: Timestamp(nanoseconds: 43))
    }

    mutating func snapshot() -> [Failure] {
        detector.nextOfSnapshot(1000, wall: Timestamp(nanoseconds: 44))
    }

    mutating func failures() -> [Failure] { detector.takeFailures() }
}

/// A failure that is known by its number.
func failure(_ number: Int, label: String = "") -> Failure {
    Failure(
        id: "task-\(number)", name: "web", slave: "host", framework: "marathon", state: "TASK_FAILED",
        started: Timestamp(seconds: 1), finished: Timestamp(seconds: 2), labels: ["l": label], frameworkID: "F",
        agentID: "A", terminal: Timestamp(seconds: Double(number)))
}
