/// A folder, a file or a named volume that the container gets.
public struct VolumeInfo: Sendable, Equatable {
    public var isReadOnly: Bool
    public var containerPath: String
    /// A path of the host, one relative to the sandbox, or the name of a volume.
    public var hostPath: String?
    public var source: Source?

    /// `Volume.Source` of the v1 API.
    public enum Source: Sendable, Equatable {
        /// A named volume, and who provides it.
        case dockerVolume(name: String, driver: String?, options: [DockerInfo.Parameter])
        case hostPath(String)
        /// In the sandbox of this executor (`SELF`) or its parent's.
        case sandboxPath(String, type: String?)
        /// `SECRET` and whatever later versions add.
        case other(String)
    }

    public init(containerPath: String, hostPath: String? = nil, isReadOnly: Bool = false, source: Source? = nil) {
        self.containerPath = containerPath
        self.hostPath = hostPath
        self.isReadOnly = isReadOnly
        self.source = source
    }
}

extension VolumeInfo: Decodable {
    private enum Key: String, CodingKey {
        case mode, source
        case containerPath = "container_path"
        case hostPath = "host_path"
    }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        isReadOnly = try fields.decodeIfPresent(String.self, forKey: .mode) == "RO"
        containerPath = try fields.decode(String.self, forKey: .containerPath)
        hostPath = try fields.decodeIfPresent(String.self, forKey: .hostPath)
        source = try fields.decodeIfPresent(SourceFields.self, forKey: .source)?.source
    }
}

private struct SourceFields: Decodable {
    struct DockerVolume: Decodable {
        struct Options: Decodable { var parameter: [DockerInfo.Parameter]? }
        var name: String
        var driver: String?
        var options: Options?

        enum CodingKeys: String, CodingKey {
            case name, driver
            case options = "driver_options"
        }
    }
    struct HostPath: Decodable { var path: String }
    struct SandboxPath: Decodable {
        var path: String
        var type: String?
    }
    var type: String?
    var dockerVolume: DockerVolume?
    var hostPath: HostPath?
    var sandboxPath: SandboxPath?

    enum CodingKeys: String, CodingKey {
        case type
        case dockerVolume = "docker_volume"
        case hostPath = "host_path"
        case sandboxPath = "sandbox_path"
    }

    var source: VolumeInfo.Source {
        if let volume = dockerVolume {
            .dockerVolume(name: volume.name, driver: volume.driver, options: volume.options?.parameter ?? [])
        } else if let path = hostPath?.path {
            .hostPath(path)
        } else if let sandboxPath {
            .sandboxPath(sandboxPath.path, type: sandboxPath.type)
        } else {
            .other(type ?? "UNKNOWN")
        }
    }
}
