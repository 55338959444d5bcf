import Supervision

/// What the uploader tells the dispatcher.
public enum UploaderMessage: ChannelMessage, Equatable {
    /// How many collections it takes at a time; the first message on the channel.
    case credit(Int)
    case collected(FailureKey, Evidence)
    /// Not now: try again, after `retryAfter` seconds if it says so.
    case uncollected(FailureKey, reason: String, retryAfter: Double?)

    private enum Kind: String, Codable { case credit, collected, uncollected }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: MessageKey.self)
        switch try fields.get(.type) as Kind {
        case .credit: self = .credit(try fields.get(.count))
        case .collected: self = .collected(try fields.get(.key), try fields.get(.evidence))
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
    case collect(FailureKey, Failure)

    private enum Kind: String, Codable { case collect }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: MessageKey.self)
        switch try fields.get(.type) as Kind {
        case .collect: self = .collect(try fields.get(.key), try fields.get(.failure))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: MessageKey.self)
        switch self {
        case .collect(let key, let failure):
            try fields.encode(Kind.collect, forKey: .type)
            try fields.encode(key, forKey: .key)
            try fields.encode(failure, forKey: .failure)
        }
    }
}
