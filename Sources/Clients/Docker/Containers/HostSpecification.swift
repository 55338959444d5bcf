/// What the host gives to a container: `HostConfig`. nil and empty mean Docker's default.
public struct HostSpecification: Sendable, Equatable {
    public typealias PortBinding = ContainerInspection.PortBinding

    /// `source:target` or `source:target:ro`; the source is a path or a volume's name.
    public var binds: [String] = []
    /// What a bind cannot say: a path with a colon, a driver's options.
    public var mounts: [Mount] = []
    /// By container port and protocol: `80/tcp`.
    public var portBindings: [String: [PortBinding]] = [:]
    /// `default`, `bridge`, `host`, `none`, or a network's name.
    public var networkMode: String?
    public var isPrivileged = false
    public var addedCapabilities: [String] = []
    public var droppedCapabilities: [String] = []
    public var dns: [String] = []
    public var dnsSearch: [String] = []
    /// `name:address`.
    public var extraHosts: [String] = []
    public var ulimits: [Ulimit] = []
    /// Bytes.
    public var sharedMemory: Int64?
    /// Mount options by path.
    public var tmpfs: [String: String] = [:]
    public var devices: [Device] = []
    public var logDriver: String?
    public var logOptions: [String: String] = [:]
    public var hasReadOnlyRoot = false
    /// A small init as first process.
    public var hasInit: Bool?
    public var securityOptions: [String] = []
    public var sysctls: [String: String] = [:]
    /// Bytes; 0: no limit.
    public var memory: Int64?
    /// Memory and swap together, in bytes; -1: no limit of swap.
    public var memoryAndSwap: Int64?
    public var pidsLimit: Int64?
    /// Microseconds.
    public var cpuPeriod: Int64?
    public var cpuQuota: Int64?
    public var cpuShares: Int64?
    public var ipcMode: String?
    public var pidMode: String?
    public var runtime: String?
    public var groups: [String] = []
    public var storageOptions: [String: String] = [:]
    public var oomScoreAdjustment: Int?
    public var volumeDriver: String?

    public init() {}

    public struct Ulimit: Sendable, Equatable, Encodable {
        public var name: String
        /// -1: no limit.
        public var soft: Int64
        public var hard: Int64

        public init(name: String, soft: Int64, hard: Int64) {
            self.name = name
            self.soft = soft
            self.hard = hard
        }

        private enum CodingKeys: String, CodingKey {
            case name = "Name"
            case soft = "Soft"
            case hard = "Hard"
        }
    }

    public struct Device: Sendable, Equatable, Encodable {
        public var hostPath: String
        public var containerPath: String
        /// Of `r`, `w` and `m`.
        public var permissions: String

        public init(hostPath: String, containerPath: String, permissions: String) {
            self.hostPath = hostPath
            self.containerPath = containerPath
            self.permissions = permissions
        }

        private enum CodingKeys: String, CodingKey {
            case hostPath = "PathOnHost"
            case containerPath = "PathInContainer"
            case permissions = "CgroupPermissions"
        }
    }
}

/// One entry of `HostConfig.Mounts`.
public struct Mount: Sendable, Equatable {
    public enum Kind: Sendable, Equatable {
        /// A folder or file of the host, which must be there.
        case bind
        /// A named volume, made by that driver if it is not there.
        case volume(driver: String?, options: [String: String])
    }
    public var kind: Kind
    public var source: String
    public var target: String
    public var isReadOnly: Bool

    public init(_ kind: Kind, source: String, target: String, isReadOnly: Bool) {
        self.kind = kind
        self.source = source
        self.target = target
        self.isReadOnly = isReadOnly
    }
}
