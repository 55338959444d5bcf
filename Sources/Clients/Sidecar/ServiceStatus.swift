/// `Status` of a service in Sidecar's state.
public enum ServiceStatus: Int, Sendable, Equatable, CustomStringConvertible {
    case alive, tombstone, unhealthy, unknown, draining

    public var description: String {
        switch self {
        case .alive: "alive"
        case .tombstone: "tombstone"
        case .unhealthy: "unhealthy"
        case .unknown: "unknown"
        case .draining: "draining"
        }
    }
}
