/// What `GET /containers/{id}/json` tells.
public struct ContainerInspection: Sendable, Equatable {
    /// 64 hex digits.
    public var id: String
    /// Without the slash that Docker puts before it.
    public var name: String
    /// RFC 3339.
    public var created: String
    public var state: ContainerState
    /// The name under which the image was asked for.
    public var image: String
    public var labels: [String: String]
    /// Whether its output is one stream, without frames.
    public var hasTerminal: Bool
    /// `json-file`, `journald`, `none`, …
    public var logDriver: String
    /// The limit in bytes; 0: none.
    public var memoryLimit: Int64
    public var networks: [Network]
    /// The host's ports, by container port and protocol (`80/tcp`).
    public var ports: [String: [PortBinding]]

    /// One network that the container is in, and its addresses there.
    public struct Network: Sendable, Equatable {
        public var name: String
        public var ipAddress: String?
        public var ipv6Address: String?
    }

    public struct PortBinding: Sendable, Equatable, Codable {
        /// Empty: every address of the host.
        public var hostAddress: String
        /// A decimal number.
        public var hostPort: String

        public init(hostAddress: String = "", hostPort: String) {
            self.hostAddress = hostAddress
            self.hostPort = hostPort
        }

        private enum CodingKeys: String, CodingKey {
            case hostAddress = "HostIp"
            case hostPort = "HostPort"
        }
    }

    /// The first 12 digits of the id: how Docker and Sidecar name it.
    public var shortID: String { String(id.prefix(12)) }
}

extension ContainerInspection: Decodable {
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.dockerFields()
        id = try fields.decode(String.self, forKey: "Id")
        let name = try fields.optional("Name", as: String.self) ?? ""
        self.name = name.hasPrefix("/") ? String(name.dropFirst()) : name
        created = try fields.optional("Created") ?? ContainerState.never
        state = try fields.decode(ContainerState.self, forKey: "State")
        let config = try fields.object("Config")
        image = try config?.optional("Image") ?? ""
        labels = try config?.optional("Labels") ?? [:]
        hasTerminal = try config?.optional("Tty") ?? false
        let host = try fields.object("HostConfig")
        logDriver = try host?.object("LogConfig")?.optional("Type") ?? ""
        memoryLimit = try host?.optional("Memory") ?? 0
        let settings = try fields.object("NetworkSettings")
        networks = try (settings?.optional("Networks", as: [String: Endpoint].self) ?? [:])
            .map { Network(name: $0.key, ipAddress: $0.value.ipAddress, ipv6Address: $0.value.ipv6Address) }
            .sorted { $0.name < $1.name }
        // A port that is exposed but not bound has null.
        ports = try (settings?.optional("Ports", as: [String: [PortBinding]?].self) ?? [:]).compactMapValues { $0 }
    }

    private struct Endpoint: Decodable {
        var ipAddress: String?
        var ipv6Address: String?

        init(from decoder: any Decoder) throws {
            let fields = try decoder.dockerFields()
            func address(_ key: DockerKey) throws -> String? {
                try fields.optional(key).flatMap { $0.isEmpty ? nil : $0 }
            }
            ipAddress = try address("IPAddress")
            ipv6Address = try address("GlobalIPv6Address")
        }
    }
}
