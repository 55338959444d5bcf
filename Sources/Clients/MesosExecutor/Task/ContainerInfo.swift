/// The container that the task wants.
public struct ContainerInfo: Sendable, Equatable {
    /// `DOCKER` or `MESOS`.
    public var type: String
    public var hostname: String?
    public var docker: DockerInfo?
    public var volumes: [VolumeInfo]
    public var networks: [NetworkInfo]

    public init(
        type: String = "DOCKER", hostname: String? = nil, docker: DockerInfo? = nil, volumes: [VolumeInfo] = [],
        networks: [NetworkInfo] = []
    ) {
        self.type = type
        self.hostname = hostname
        self.docker = docker
        self.volumes = volumes
        self.networks = networks
    }
}

extension ContainerInfo: Decodable {
    private enum Key: String, CodingKey {
        case type, hostname, docker, volumes
        case networks = "network_infos"
    }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        self.init(
            type: try fields.decodeIfPresent(String.self, forKey: .type) ?? "",
            hostname: try fields.decodeIfPresent(String.self, forKey: .hostname),
            docker: try fields.decodeIfPresent(DockerInfo.self, forKey: .docker),
            volumes: try fields.decodeIfPresent([VolumeInfo].self, forKey: .volumes) ?? [],
            networks: try fields.decodeIfPresent([NetworkInfo].self, forKey: .networks) ?? [])
    }
}

/// `ContainerInfo.DockerInfo` of the v1 API.
public struct DockerInfo: Sendable, Equatable {
    public var image: String
    /// `HOST`, `BRIDGE`, `NONE` or `USER`; nil when the framework named none.
    public var network: String?
    public var portMappings: [PortMapping]
    public var privileged: Bool
    /// What the framework would have given to `docker run`, without the dashes; a key may come often.
    public var parameters: [Parameter]
    public var forcePullImage: Bool
    public var volumeDriver: String?

    public struct PortMapping: Sendable, Equatable, Decodable {
        /// 0 or absent: not bound to a port of the host.
        public var hostPort: UInt32?
        public var containerPort: UInt32
        /// `tcp`, `udp` or a list of them: `tcp,udp`. nil: tcp.
        public var `protocol`: String?

        public init(hostPort: UInt32? = nil, containerPort: UInt32, protocol: String? = nil) {
            self.hostPort = hostPort
            self.containerPort = containerPort
            self.protocol = `protocol`
        }

        private enum CodingKeys: String, CodingKey {
            case hostPort = "host_port"
            case containerPort = "container_port"
            case `protocol`
        }
    }

    public struct Parameter: Sendable, Equatable, Decodable {
        public var key: String
        public var value: String

        public init(_ key: String, _ value: String) {
            self.key = key
            self.value = value
        }
    }

    public init(
        image: String, network: String? = nil, portMappings: [PortMapping] = [], privileged: Bool = false,
        parameters: [Parameter] = [], forcePullImage: Bool = false, volumeDriver: String? = nil
    ) {
        self.image = image
        self.network = network
        self.portMappings = portMappings
        self.privileged = privileged
        self.parameters = parameters
        self.forcePullImage = forcePullImage
        self.volumeDriver = volumeDriver
    }
}

extension DockerInfo: Decodable {
    private enum Key: String, CodingKey {
        case image, network, privileged, parameters
        case portMappings = "port_mappings"
        case forcePullImage = "force_pull_image"
        case volumeDriver = "volume_driver"
    }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        self.init(
            image: try fields.decode(String.self, forKey: .image),
            network: try fields.decodeIfPresent(String.self, forKey: .network),
            portMappings: try fields.decodeIfPresent([PortMapping].self, forKey: .portMappings) ?? [],
            privileged: try fields.decodeIfPresent(Bool.self, forKey: .privileged) ?? false,
            parameters: try fields.decodeIfPresent([Parameter].self, forKey: .parameters) ?? [],
            forcePullImage: try fields.decodeIfPresent(Bool.self, forKey: .forcePullImage) ?? false,
            volumeDriver: try fields.decodeIfPresent(String.self, forKey: .volumeDriver))
    }
}
