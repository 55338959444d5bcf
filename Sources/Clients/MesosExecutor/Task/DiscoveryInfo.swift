/// How the task wants to be found.
public struct DiscoveryInfo: Sendable, Equatable, Decodable {
    public var name: String?
    public var environment: String?
    public var version: String?

    public init(name: String? = nil, environment: String? = nil, version: String? = nil) {
        self.name = name
        self.environment = environment
        self.version = version
    }
}
