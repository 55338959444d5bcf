import Synchronization

/// The Jiras that reports go to: that of the settings, and those of labels.
final class JiraSites: Sendable {
    private static let remembered = 64

    private let client: ServiceClient
    private let sites = Mutex<[JiraAccount: JiraSite]>([:])

    init(client: ServiceClient) {
        self.client = client
    }

    func site(_ account: JiraAccount) -> JiraSite {
        sites.withLock { sites in
            if let known = sites[account] { return known }
            if sites.count >= Self.remembered { sites.removeAll() }
            let site = JiraSite(account, client: client)
            sites[account] = site
            return site
        }
    }
}
