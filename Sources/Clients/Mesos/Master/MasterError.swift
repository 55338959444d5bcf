import HTTPClient

/// Why a master did not give what it was asked for.
public enum MasterError: Error, Equatable, Sendable, CustomStringConvertible {
    /// No answer, or none that is HTTP; with the reason.
    case unreachable(HTTPError)
    /// It does not lead, but says who does.
    case redirected(to: MasterURL)
    /// It does not lead, and does not say who does; with the reason.
    case notLeading(String)
    /// It refuses: wrong or missing credentials, no permission, no such endpoint.
    case refused(status: Int, text: String)
    /// Any other status than 200.
    case failed(status: Int, text: String)
    /// Its answer is not what a Mesos master answers; with the reason.
    case unexpected(String)

    public var description: String {
        switch self {
        case .unreachable(let error): error.description
        case .redirected(let master): "is not leading, \(master) is"
        case .notLeading(let reason): "is not leading: \(reason)"
        case .refused(401, _): "refuses the credentials (status 401): set user and password in the master's URL"
        case .refused(let status, let text), .failed(let status, let text):
            "answered status \(status)" + (text.isEmpty ? "" : ": \(text)")
        case .unexpected(let reason): reason
        }
    }
}
