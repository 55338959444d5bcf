/// A task as it stands in a document; valid only while its receiver is being called.
///
/// Takes both shapes that Mesos has for a task: that of `/master/state` and `/tasks` (`id`, `slave_id`, a list of
/// labels) and that of the v1 operator API (`task_id.value`, `agent_id.value`, `labels.labels`).
public struct TaskView {
    private(set) var id: JSONText?
    private(set) var name: JSONText?
    private(set) var frameworkID: JSONText?
    private(set) var agentID: JSONText?
    private(set) var executorID: JSONText?
    private(set) var state: JSONText?
    private(set) var image: JSONText?
    private(set) var labels: JSONElement?
    private(set) var statuses: JSONElement?

    init(_ element: JSONElement) {
        element.members { key, value in
            switch key.count {
            case 2 where key.equals("id"): id = id ?? value.textOrValue
            case 4 where key.equals("name"): name = name ?? value.text
            case 5 where key.equals("state"): state = state ?? value.text
            case 6 where key.equals("labels"): labels = labels ?? (value.isArray ? value : value.member("labels"))
            case 7 where key.equals("task_id"): id = id ?? value.textOrValue
            case 8 where key.equals("agent_id") || key.equals("slave_id"): agentID = agentID ?? value.textOrValue
            case 8 where key.equals("statuses"): statuses = statuses ?? value
            case 9 where key.equals("container"): image = image ?? value.member("docker")?.member("image")?.text
            case 11 where key.equals("executor_id"): executorID = executorID ?? value.textOrValue
            case 12 where key.equals("framework_id"): frameworkID = frameworkID ?? value.textOrValue
            default: break
            }
            return true
        }
    }

    /// Calls `body` with each label that has a key, in the document's order.
    func forEachLabel(_ body: (_ key: JSONText, _ value: JSONText?) -> Void) {
        labels?.items { label in
            guard let key = label.member("key")?.text else { return }
            body(key, label.member("value")?.text)
        }
    }
}

extension JSONElement {
    /// An id: a string, or an object with a string as its `value`.
    var textOrValue: JSONText? { text ?? member("value")?.text }
}

extension TaskView {
    /// What the task is known by; nil for what has no id or no framework.
    public var key: (framework: String, task: String)? {
        guard let id, let frameworkID else { return nil }
        return (frameworkID.string, id.string)
    }

    /// Whether the task is in one of these states; not when the master did not tell its state.
    public func isIn(_ states: StateSet) -> Bool { state.map(states.contains) ?? false }
}
