/// Judges a container by what Sidecar says of it, check by check. Does no I/O and reads no clock.
public struct HealthRule: Sendable, Equatable {
    /// What one check came to.
    public enum Check: Sendable, Equatable {
        case status(ServiceStatus)
        /// Sidecar is not there, or does not know the container. That is not the container's fault.
        case unknown(SidecarError)
    }

    public enum Verdict: Sendable, Equatable {
        case healthy
        /// Nobody can tell: assumed healthy, and worth a line in the log.
        case assumedHealthy(String)
        /// So many failures in a row, which is still forgiven.
        case failing(Int)
        /// So many failures in a row are too many.
        case failed(Int)
    }

    /// Failures in a row that are forgiven.
    public let maxFails: Int
    public private(set) var fails = 0

    public init(maxFails: Int) {
        self.maxFails = max(0, maxFails)
    }

    /// Alive, unknown and draining are as good as healthy; tombstone and unhealthy are failures. Only what is known to
    /// be healthy ends a row of failures.
    public mutating func judge(_ check: Check) -> Verdict {
        switch check {
        case .status(.alive), .status(.unknown), .status(.draining):
            fails = 0
            return .healthy
        case .status(.tombstone), .status(.unhealthy):
            fails += 1
            return fails > maxFails ? .failed(fails) : .failing(fails)
        case .unknown(let error):
            return .assumedHealthy(error.description)
        }
    }
}
