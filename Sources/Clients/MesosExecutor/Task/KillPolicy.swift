/// How the framework wants the task to be killed.
public struct KillPolicy: Sendable, Equatable {
    /// From SIGTERM to SIGKILL.
    public var gracePeriod: Duration?

    public init(gracePeriod: Duration? = nil) {
        self.gracePeriod = gracePeriod
    }
}

extension KillPolicy: Decodable {
    private enum Key: String, CodingKey { case gracePeriod = "grace_period" }
    private struct Period: Decodable { var nanoseconds: Int64 }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        gracePeriod = try fields.decodeIfPresent(Period.self, forKey: .gracePeriod).map {
            .nanoseconds(max(0, $0.nanoseconds))
        }
    }
}
