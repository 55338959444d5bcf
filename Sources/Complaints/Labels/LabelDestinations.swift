/// Where the labels of tasks may send reports: the values of `-labels.destinations`.
public enum LabelDestinations: String, CaseIterable, Sendable {
    /// Anywhere, with the settings' secrets, as in the original.
    case any
    /// Anywhere, but a host that a label names gets only secrets that labels gave.
    case ownSecrets = "own-secrets"
    /// Nowhere but to the hosts and domains that the settings allow.
    case none

    /// What it means, in a sentence.
    public var summary: String {
        switch self {
        case .any: "labels may send reports to any host, with the settings' secrets"
        case .ownSecrets: "labels may send reports to any host, but it gets no secrets of the settings"
        case .none: "labels may send reports only to -labels.allowed-hosts and -email.allowed-domains"
        }
    }
}
