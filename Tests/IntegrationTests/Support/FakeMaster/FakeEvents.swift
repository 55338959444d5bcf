import Foundation

/// Records of a master's event stream, about one framework and one agent on 127.0.0.1.
enum FakeEvents {
    /// The first record: nothing has run yet.
    ///
    /// - Parameters:
    ///   - agent: the agent's port.
    ///   - heartbeats: seconds between them; after five times that without a word a stream is dead.
    static func subscribed(agent: Int = 1, heartbeats: Double = 15) -> String {
        """
        {"type":"SUBSCRIBED","subscribed":{"heartbeat_interval_seconds":\(heartbeats),"get_state":{"get_tasks":{},
        "get_executors":{},"get_frameworks":{"frameworks":[{"framework_info":{"id":{"value":"F"},"name":"fake",
        "user":"root"},"active":true}]},"get_agents":{"agents":[{"agent_info":{"id":{"value":"S"},
        "hostname":"127.0.0.1","port":\(agent)},"active":true,"pid":"slave(1)@127.0.0.1:\(agent)"}]}}}}
        """
    }

    static func added(_ id: String) -> String {
        """
        {"type":"TASK_ADDED","task_added":{"task":{"name":"\(id)","task_id":{"value":"\(id)"},
        "framework_id":{"value":"F"},"agent_id":{"value":"S"},"state":"TASK_STAGING"}}}
        """
    }

    /// The task failed just now.
    static func failed(_ id: String) -> String {
        """
        {"type":"TASK_UPDATED","task_updated":{"framework_id":{"value":"F"},"state":"TASK_FAILED","status":{
        "task_id":{"value":"\(id)"},"state":"TASK_FAILED","agent_id":{"value":"S"},
        "timestamp":\(Date().timeIntervalSince1970),"container_status":{"container_id":{"value":"C-\(id)"}}}}}
        """
    }
}
