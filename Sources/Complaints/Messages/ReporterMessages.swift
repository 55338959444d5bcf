import Supervision

/// What a reporter tells the dispatcher.
public enum ReporterMessage: ChannelMessage, Equatable {
    /// How many deliveries it takes at a time; the first message on the channel.
    case credit(Int)
    case delivered(id: Int64)
    /// Said before the step that cannot be taken back: if the reporter dies in the middle, the note comes back with the
    /// delivery, and tells the next one where to look whether the step was taken.
    case noted(id: Int64, note: String)
    /// `permanent`: another try would not help. Otherwise again, after `retryAfter` seconds if it says so.
    case undelivered(id: Int64, reason: String, retryAfter: Double?, permanent: Bool)

    private enum Kind: String, Codable { case credit, delivered, noted, undelivered }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: MessageKey.self)
        switch try fields.get(.type) as Kind {
        case .credit: self = .credit(try fields.get(.count))
        case .delivered: self = .delivered(id: try fields.get(.id))
        case .noted: self = .noted(id: try fields.get(.id), note: try fields.get(.note))
        case .undelivered:
            self = .undelivered(
                id: try fields.get(.id), reason: try fields.get(.reason), retryAfter: try fields.find(.retryAfter),
                permanent: try fields.get(.permanent))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: MessageKey.self)
        switch self {
        case .credit(let count):
            try fields.encode(Kind.credit, forKey: .type)
            try fields.encode(count, forKey: .count)
        case .delivered(let id):
            try fields.encode(Kind.delivered, forKey: .type)
            try fields.encode(id, forKey: .id)
        case .noted(let id, let note):
            try fields.encode(Kind.noted, forKey: .type)
            try fields.encode(id, forKey: .id)
            try fields.encode(note, forKey: .note)
        case .undelivered(let id, let reason, let retryAfter, let permanent):
            try fields.encode(Kind.undelivered, forKey: .type)
            try fields.encode(id, forKey: .id)
            try fields.encode(reason, forKey: .reason)
            try fields.encodeIfPresent(retryAfter, forKey: .retryAfter)
            try fields.encode(permanent, forKey: .permanent)
        }
    }
}

/// What the dispatcher tells a reporter.
public enum ReporterOrder: ChannelMessage, Equatable {
    case deliver(Delivery)

    private enum Kind: String, Codable { case deliver }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: MessageKey.self)
        switch try fields.get(.type) as Kind {
        case .deliver: self = .deliver(try fields.get(.delivery))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: MessageKey.self)
        switch self {
        case .deliver(let delivery):
            try fields.encode(Kind.deliver, forKey: .type)
            try fields.encode(delivery, forKey: .delivery)
        }
    }
}
