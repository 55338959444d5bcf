import Profiling
import Supervision

/// What the server asks a worker that it visits.
public enum ProfileOrder: ChannelMessage, Equatable {
    case take(ProfileRequest)

    private enum Key: String, CodingKey { case type, request }
    private enum Kind: String, Codable { case take }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        switch try fields.decode(Kind.self, forKey: .type) {
        case .take: self = .take(try fields.decode(ProfileRequest.self, forKey: .request))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        switch self {
        case .take(let request):
            try fields.encode(Kind.take, forKey: .type)
            try fields.encode(request, forKey: .request)
        }
    }
}

/// What that worker answers.
public enum ProfileMessage: ChannelMessage, Equatable {
    case taken(ProfileAnswer)

    private enum Key: String, CodingKey { case type, answer }
    private enum Kind: String, Codable { case taken }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        switch try fields.decode(Kind.self, forKey: .type) {
        case .taken: self = .taken(try fields.decode(ProfileAnswer.self, forKey: .answer))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        switch self {
        case .taken(let answer):
            try fields.encode(Kind.taken, forKey: .type)
            try fields.encode(answer, forKey: .answer)
        }
    }
}
