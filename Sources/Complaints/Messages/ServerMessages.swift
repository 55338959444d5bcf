import Supervision

/// What the server asks the dispatcher.
public enum ServerMessage: ChannelMessage, Equatable {
    /// `health`, `workers`, `failures`, …; the answer carries the same id.
    case ask(id: Int64, what: String)

    private enum Kind: String, Codable { case ask }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: MessageKey.self)
        switch try fields.get(.type) as Kind {
        case .ask: self = .ask(id: try fields.get(.id), what: try fields.get(.what))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: MessageKey.self)
        switch self {
        case .ask(let id, let what):
            try fields.encode(Kind.ask, forKey: .type)
            try fields.encode(id, forKey: .id)
            try fields.encode(what, forKey: .what)
        }
    }
}

/// What the dispatcher tells the server.
public enum ServerOrder: ChannelMessage, Equatable {
    /// The answer as a JSON document.
    case answer(id: Int64, json: String)

    private enum Kind: String, Codable { case answer }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: MessageKey.self)
        switch try fields.get(.type) as Kind {
        case .answer: self = .answer(id: try fields.get(.id), json: try fields.get(.answer))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: MessageKey.self)
        switch self {
        case .answer(let id, let json):
            try fields.encode(Kind.answer, forKey: .type)
            try fields.encode(id, forKey: .id)
            try fields.encode(json, forKey: .answer)
        }
    }
}
