/// When a request is tried again: a little later each time, and never all clients at once.
struct VaultBackoff: Sendable {
    static let shortest: Duration = .seconds(1)
    static let longest: Duration = .milliseconds(1500)

    /// - Parameters:
    ///   - tries: how many have failed, from 1.
    ///   - wanted: what Vault asks for in `Retry-After`.
    ///   - jitter: from 0 to 1.
    static func pause(afterTries tries: Int, wanted: Duration?, jitter: Double) -> Duration {
        let own = (shortest + (longest - shortest) * jitter) * tries
        return max(own, wanted ?? .zero)
    }
}
