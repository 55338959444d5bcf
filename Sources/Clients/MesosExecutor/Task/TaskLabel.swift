/// One label of a task, a network or a port. The value may be absent, which is not the same as empty for a label but
/// means the same to everybody.
public struct TaskLabel: Sendable, Equatable, Codable {
    public var key: String
    public var value: String

    public init(_ key: String, _ value: String) {
        self.key = key
        self.value = value
    }

    private enum Key: String, CodingKey { case key, value }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        key = try fields.decode(String.self, forKey: .key)
        value = try fields.decodeIfPresent(String.self, forKey: .value) ?? ""
    }
}

/// `Labels` of the v1 API.
struct TaskLabels: Decodable {
    var labels: [TaskLabel]

    private enum Key: String, CodingKey { case labels }

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        labels = try fields.decodeIfPresent([TaskLabel].self, forKey: .labels) ?? []
    }
}
