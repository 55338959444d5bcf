/// What a container is made from: the body of `POST /containers/create`. nil and empty mean Docker's default.
public struct ContainerSpecification: Sendable, Equatable {
    public var image: String
    /// Instead of the image's own.
    public var command: [String]?
    public var entrypoint: [String]?
    /// `NAME=value`, in this order; of two with one name the later one counts.
    public var environment: [String] = []
    public var labels: [String: String] = [:]
    public var hostname: String?
    public var user: String?
    public var workingDirectory: String?
    public var stopSignal: String?
    /// `80/tcp`.
    public var exposedPorts: Set<String> = []
    /// Container paths of anonymous volumes.
    public var anonymousVolumes: Set<String> = []
    public var host = HostSpecification()

    public init(image: String) {
        self.image = image
    }
}

extension ContainerSpecification: Encodable {
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: DockerKey.self)
        func set(_ names: Set<String>) -> [String: [String: String]]? {
            names.isEmpty ? nil : Dictionary(names.map { ($0, [:]) }) { first, _ in first }
        }
        try fields.encode(image, forKey: "Image")
        try fields.encodeIfPresent(command, forKey: "Cmd")
        try fields.encodeIfPresent(entrypoint, forKey: "Entrypoint")
        try fields.encode(environment, forKey: "Env")
        try fields.encode(labels, forKey: "Labels")
        try fields.encodeIfPresent(hostname, forKey: "Hostname")
        try fields.encodeIfPresent(user, forKey: "User")
        try fields.encodeIfPresent(workingDirectory, forKey: "WorkingDir")
        try fields.encodeIfPresent(stopSignal, forKey: "StopSignal")
        try fields.encodeIfPresent(set(exposedPorts), forKey: "ExposedPorts")
        try fields.encodeIfPresent(set(anonymousVolumes), forKey: "Volumes")
        try fields.encode(host, forKey: "HostConfig")
    }
}
