import HTTPClient

/// What went wrong when an agent was asked something.
public enum AgentError: Error, Equatable, Sendable, CustomStringConvertible {
    /// No connection, one that broke, a certificate that is not accepted, or a server error: another try may help.
    case unreachable(String)
    /// Connected, or trying to, and then nothing for as long as it is waited for.
    case silent(String)
    /// It has no such file.
    case missing(String)
    /// It wants credentials, or others.
    case refused(String)
    /// An answer that is not an agent's.
    case unexpected(String)

    /// Why an exchange failed.
    public init(_ error: HTTPError) {
        switch error.kind {
        case .idle, .timeout, .connectTimeout: self = .silent(error.description)
        case .unsuccessful(let status, _):
            switch status {
            case 404, 410: self = .missing(error.description)
            case 401, 403:
                self = .refused("\(error); see -agents.user and -agents.password, and the agent's access control lists")
            case 408, 429, 500...: self = .unreachable(error.description)
            default: self = .unexpected(error.description)
            }
        case .invalidURL, .invalidRequest, .bodyTooLarge, .tooManyRedirects, .upload:
            self = .unexpected(error.description)
        // An agent that is being restarted breaks off in the middle of a handshake, too.
        case .couldNotResolve, .connectionRefused, .couldNotConnect, .connectionClosed, .cancelled, .proxy, .other,
            .invalidResponse, .tls:
            self = .unreachable(error.description)
        }
    }

    /// Whether another try, later, may have another outcome. A refusal may: passwords are changed on one side first.
    public var isPassing: Bool {
        switch self {
        case .unreachable, .silent, .refused: true
        case .missing, .unexpected: false
        }
    }

    public var description: String {
        switch self {
        case .unreachable(let what), .silent(let what), .missing(let what), .refused(let what), .unexpected(let what):
            what
        }
    }
}
