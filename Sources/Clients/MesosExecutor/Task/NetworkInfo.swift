/// A network that the container joins, or the addresses it got there: `NetworkInfo` of the v1 API.
public struct NetworkInfo: Sendable, Equatable {
    public var name: String?
    public var ipAddresses: [String]
    public var groups: [String]
    public var labels: [TaskLabel]

    public init(name: String? = nil, ipAddresses: [String] = [], groups: [String] = [], labels: [TaskLabel] = []) {
        self.name = name
        self.ipAddresses = ipAddresses
        self.groups = groups
        self.labels = labels
    }
}

extension NetworkInfo: Codable {
    private enum Key: String, CodingKey {
        case name, groups, labels
        case ipAddresses = "ip_addresses"
    }
    private struct Address: Codable {
        var address: String?
        var version: String?

        enum CodingKeys: String, CodingKey {
            case address = "ip_address"
            case version = "protocol"
        }
    }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        self.init(
            name: try fields.decodeIfPresent(String.self, forKey: .name),
            ipAddresses: (try fields.decodeIfPresent([Address].self, forKey: .ipAddresses) ?? []).compactMap(\.address),
            groups: try fields.decodeIfPresent([String].self, forKey: .groups) ?? [],
            labels: try fields.decodeIfPresent(TaskLabels.self, forKey: .labels)?.labels ?? [])
    }

    /// As it stands in a status update: what the container has, not what was asked for.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encodeIfPresent(name, forKey: .name)
        let addresses = ipAddresses.map { Address(address: $0, version: $0.contains(":") ? "IPv6" : "IPv4") }
        try fields.encode(addresses, forKey: .ipAddresses)
    }
}
