/// What Docker says about its machine.
public struct HostInformation: Sendable, Equatable, Decodable {
    /// CPUs that it may use.
    public var cpus: Int
    /// Bytes.
    public var memory: Int64
    public var serverVersion: String
    /// `1` or `2`.
    public var cgroupVersion: String

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.dockerFields()
        cpus = try fields.optional("NCPU") ?? 0
        memory = try fields.optional("MemTotal") ?? 0
        serverVersion = try fields.optional("ServerVersion") ?? ""
        cgroupVersion = try fields.optional("CgroupVersion") ?? ""
    }
}
