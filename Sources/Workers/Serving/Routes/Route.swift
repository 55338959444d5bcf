/// One page.
struct Route: Sendable {
    /// What a page is told of a request: bodies are never read.
    struct Query: Sendable {
        /// Percent-encoded, as it came.
        var path: String
        var parameters: [String: String]
    }

    /// `/health`; one that ends with `/` stands for everything below it too.
    let path: String
    let answer: @Sendable (Query, Site) async -> Reply

    init(_ path: String, _ answer: @escaping @Sendable (Query, Site) async -> Reply) {
        self.path = path
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
}
