import Complaints

/// Saves the logs of a failed task somewhere that outlives the sandbox.
public protocol Uploader: Sendable {
    /// Collections at a time.
    var credit: Int { get }
    /// Saves the logs and says where they are.
    ///
    /// - Parameter preliminary: has the case reported with this evidence at once, while saving goes on.
    /// - Throws: ``UploadError`` when it has to be tried again. Logs that will never be there are no error: the
    ///   evidence then says so in `logsError`.
    func collect(
        _ failure: Failure, _ standing: CollectionStanding, preliminary: @escaping @Sendable (Evidence) async -> Void
    ) async throws(UploadError) -> Evidence
}

/// Why logs could not be saved now.
public struct UploadError: Error, Sendable, CustomStringConvertible {
    public var reason: String
    /// Seconds after which another try makes sense; nil leaves it to the dispatcher.
    public var retryAfter: Double?

    public init(_ reason: String, retryAfter: Double? = nil) {
        self.reason = reason
        self.retryAfter = retryAfter
    }

    public var description: String { reason }
}
