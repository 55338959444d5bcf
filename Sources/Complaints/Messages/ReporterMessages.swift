import Supervision

/// What a reporter tells the dispatcher.
public enum ReporterMessage: ChannelMessage, Equatable {
    /// How many deliveries it takes at a time, and how many of them may go the same way; nil: all. The first message on
    /// the channel. The note as in `noted`.
    case credit(Int, note: String? = nil, perDestination: Int? = nil)
    case delivered(id: Int64)
    /// Where the reporter stands now, in its own words. Each delivery that is given out from now on keeps the note; if
    /// it is given out again because somebody died, the note comes with it and tells where to look whether the report was
    /// made.
    case noted(String)
    /// `permanent`: another try would not help. Otherwise again, after `retryAfter` seconds if it says so. `turnedAway`:
    /// nothing was tried, because the service is known not to work now or wants a pause; it would be the same with
    /// everything else that goes the same way. `ambiguous`: the service may be well but for this report.
    case undelivered(
        id: Int64, reason: String, retryAfter: Double?, permanent: Bool, turnedAway: Bool = false,
        ambiguous: Bool = false)

    private enum Kind: String, Codable { case credit, delivered, noted, undelivered }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: MessageKey.self)
        switch try fields.get(.type) as Kind {
        case .credit:
            self = .credit(
                try fields.get(.count), note: try fields.find(.note),
                perDestination: try fields.find(.perDestination))
        case .delivered: self = .delivered(id: try fields.get(.id))
        case .noted: self = .noted(try fields.get(.note))
        case .undelivered:
            self = .undelivered(
                id: try fields.get(.id), reason: try fields.get(.reason), retryAfter: try fields.find(.retryAfter),
                permanent: try fields.get(.permanent), turnedAway: try fields.find(.turnedAway) ?? false,
                ambiguous: try fields.find(.ambiguous) ?? false)
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: MessageKey.self)
        switch self {
        case .credit(let count, let note, let perDestination):
            try fields.encode(Kind.credit, forKey: .type)
            try fields.encode(count, forKey: .count)
            try fields.encodeIfPresent(note, forKey: .note)
            try fields.encodeIfPresent(perDestination, forKey: .perDestination)
        case .delivered(let id):
            try fields.encode(Kind.delivered, forKey: .type)
            try fields.encode(id, forKey: .id)
        case .noted(let note):
            try fields.encode(Kind.noted, forKey: .type)
            try fields.encode(note, forKey: .note)
        case .undelivered(let id, let reason, let retryAfter, let permanent, let turnedAway, let ambiguous):
            try fields.encode(Kind.undelivered, forKey: .type)
            try fields.encode(id, forKey: .id)
            try fields.encode(reason, forKey: .reason)
            try fields.encodeIfPresent(retryAfter, forKey: .retryAfter)
            try fields.encode(permanent, forKey: .permanent)
            if turnedAway { try fields.encode(true, forKey: .turnedAway) }
            if ambiguous { try fields.encode(true, forKey: .ambiguous) }
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
