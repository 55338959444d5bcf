import Supervision

/// What the poller tells the dispatcher.
public enum PollerMessage: ChannelMessage, Equatable {
    public enum Phase: String, Codable, Sendable { case begin, end }

    /// What lies between `begin` and `end` is everything the master knows; news or not is the dispatcher's to judge.
    case snapshot(Phase)
    /// At most ``maximumFailures`` of them, recorded in one transaction.
    case detected([Failure])
    /// Whether a master can be talked to: nil is well, otherwise the reason, in a sentence. With the way of detection
    /// (`stream`, `poll`) and the master that leads, for status lines.
    case health(reason: String?, mode: String, master: String?)

    /// Failures in one message.
    public static let maximumFailures = 256
    /// Failures sent and not yet recorded, at most.
    public static let credit = 1024

    private enum Kind: String, Codable { case snapshot, detected, health }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: MessageKey.self)
        switch try fields.get(.type) as Kind {
        case .snapshot: self = .snapshot(try fields.get(.phase))
        case .detected:
            let failures: [Failure] = try fields.get(.failures)
            guard failures.count <= Self.maximumFailures else {
                throw DecodingError.dataCorruptedError(
                    forKey: .failures, in: fields, debugDescription: "\(failures.count) failures in one message")
            }
            self = .detected(failures)
        case .health:
            self = .health(
                reason: try fields.find(.reason), mode: try fields.get(.mode), master: try fields.find(.master))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: MessageKey.self)
        switch self {
        case .snapshot(let phase):
            try fields.encode(Kind.snapshot, forKey: .type)
            try fields.encode(phase, forKey: .phase)
        case .detected(let failures):
            try fields.encode(Kind.detected, forKey: .type)
            try fields.encode(failures, forKey: .failures)
        case .health(let reason, let mode, let master):
            try fields.encode(Kind.health, forKey: .type)
            try fields.encodeIfPresent(reason, forKey: .reason)
            try fields.encode(mode, forKey: .mode)
            try fields.encodeIfPresent(master, forKey: .master)
        }
    }
}

/// What the dispatcher tells the poller.
public enum PollerOrder: ChannelMessage, Equatable {
    /// These failures are safe in the ledger (or were there before); each gives back one credit.
    case recorded([FailureKey])
    /// The ledger has no complete snapshot yet: send one, from `begin` to `end`.
    ///
    /// `seen`: how many have begun on this channel so far, so that one on its way is not asked for again.
    case resync(seen: Int)

    private enum Kind: String, Codable { case recorded, resync }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: MessageKey.self)
        switch try fields.get(.type) as Kind {
        case .recorded: self = .recorded(try fields.get(.keys))
        case .resync: self = .resync(seen: try fields.get(.count))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: MessageKey.self)
        switch self {
        case .recorded(let keys):
            try fields.encode(Kind.recorded, forKey: .type)
            try fields.encode(keys, forKey: .keys)
        case .resync(let seen):
            try fields.encode(Kind.resync, forKey: .type)
            try fields.encode(seen, forKey: .count)
        }
    }
}
