/// Credentials for the request's own origin; a redirect to another host, port or scheme does not get them.
public enum HTTPCredentials: Sendable, Equatable {
    case none
    /// RFC 7617, sent with the first request, without waiting for a challenge.
    case basic(user: String, password: String)
    /// RFC 6750.
    case bearer(String)
}

extension HTTPCredentials: CustomStringConvertible, CustomReflectable {
    /// Never the secret itself: requests end up in logs.
    public var description: String {
        switch self {
        case .none: "none"
        case .basic(let user, _): "basic(\(user), …)"
        case .bearer: "bearer(…)"
        }
    }

    public var customMirror: Mirror { Mirror(self, children: [(label: String?, value: Any)]()) }
}
