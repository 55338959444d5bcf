/// One page.
struct Route: Sendable {
    /// What a page is told of a request.
    struct Query: Sendable {
        /// Percent-encoded, as it came.
        var path: String
        /// What stands behind the `?`, as it came.
        var text: String
        var parameters: [String: String]
        /// What was sent with it; only pages that take a POST are told.
        var body: String
    }

    /// `/health`; one that ends with `/` stands for everything below it too.
    let path: String
    /// It may be asked by POST too. Other bodies are never read.
    let takesPost: Bool
    /// Its answer may take minutes, and is given up when the client goes away.
    let isLong: Bool
    let answer: @Sendable (Query, Site) async -> Reply

    init(
        _ path: String, takesPost: Bool = false, isLong: Bool = false,
        _ answer: @escaping @Sendable (Query, Site) async -> Reply
    ) {
        self.path = path
        self.takesPost = takesPost
        self.isLong = isLong
        self.answer = answer
    }

    func matches(_ path: String) -> Bool {
        self.path == path || self.path.count > 1 && self.path.hasSuffix("/") && path.hasPrefix(self.path)
    }
}

/// What pages have to tell about.
struct Site: Sendable {
    /// The instance's name.
    let instance: String
    let dispatcher: DispatcherLink
    let profiles: ProfileDesk
}
