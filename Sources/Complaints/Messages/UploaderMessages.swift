import Supervision

/// What the uploader tells the dispatcher.
public enum UploaderMessage: ChannelMessage, Equatable {
    /// How many collections it takes at a time; the first message on the channel.
    case credit(Int)
    case collected(FailureKey, Evidence)
    /// The logs take longer: report the case with this now. Collecting goes on, and is answered as usual.
    case preliminary(FailureKey, Evidence)
    /// Not now: try again, after `retryAfter` seconds if it says so.
    case uncollected(FailureKey, reason: String, retryAfter: Double?)

    private enum Kind: String, Codable { case credit, collected, preliminary, uncollected }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: MessageKey.self)
        switch try fields.get(.type) as Kind {
        case .credit: self = .credit(try fields.get(.count))
        case .collected: self = .collected(try fields.get(.key), try fields.get(.evidence))
        case .preliminary: self = .preliminary(try fields.get(.key), try fields.get(.evidence))
        case .uncollected:
            self = .uncollected(
                try fields.get(.key), reason: try fields.get(.reason), retryAfter: try fields.find(.retryAfter))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: MessageKey.self)
        switch self {
        case .credit(let count):
            try fields.encode(Kind.credit, forKey: .type)
            try fields.encode(count, forKey: .count)
        case .collected(let key, let evidence):
            try fields.encode(Kind.collected, forKey: .type)
            try fields.encode(key, forKey: .key)
            try fields.encode(evidence, forKey: .evidence)
        case .preliminary(let key, let evidence):
            try fields.encode(Kind.preliminary, forKey: .type)
            try fields.encode(key, forKey: .key)
            try fields.encode(evidence, forKey: .evidence)
        case .uncollected(let key, let reason, let retryAfter):
            try fields.encode(Kind.uncollected, forKey: .type)
            try fields.encode(key, forKey: .key)
            try fields.encode(reason, forKey: .reason)
            try fields.encodeIfPresent(retryAfter, forKey: .retryAfter)
        }
    }
}

/// What the dispatcher tells the uploader.
public enum UploaderOrder: ChannelMessage, Equatable {
    /// Save the logs of this failure and say where they are.
    case collect(FailureKey, Failure, CollectionStanding)

    private enum Kind: String, Codable { case collect }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: MessageKey.self)
        switch try fields.get(.type) as Kind {
        case .collect:
            self = .collect(
                try fields.get(.key), try fields.get(.failure), try fields.find(.standing) ?? CollectionStanding())
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: MessageKey.self)
        switch self {
        case .collect(let key, let failure, let standing):
            try fields.encode(Kind.collect, forKey: .type)
            try fields.encode(key, forKey: .key)
            try fields.encode(failure, forKey: .failure)
            try fields.encode(standing, forKey: .standing)
        }
    }
}

/// How far the collection of a case's logs has come.
public struct CollectionStanding: Codable, Hashable, Sendable {
    /// Seconds since the failure was recorded.
    public var age: Double
    /// Tries that failed.
    public var attempts: Int
    /// The case was reported with preliminary evidence: there is no hurry any more.
    public var isReported: Bool

    public init(age: Double = 0, attempts: Int = 0, isReported: Bool = false) {
        self.age = age
        self.attempts = attempts
        self.isReported = isReported
    }
}
