import HTTPClient

/// Where a master is: what an operator gives as `host:port`, `http://host:port/`, `https://user:password@host/prefix`.
public struct MasterURL: Hashable, Sendable, CustomStringConvertible {
    /// `http` or `https`.
    public let scheme: String
    /// Host and, if given, port; brackets around an IPv6 address.
    public let authority: String
    /// "" or a path that begins with a slash and does not end with one.
    public let prefix: String
    /// User and password, decoded.
    private let user: String?
    private let password: String?

    /// - Throws: ``Invalid``.
    public init(_ text: String) throws(Invalid) {
        let trimmed = text.trimmingPrefix { $0.isWhitespace }
        var rest = Substring(String(trimmed.reversed()).trimmingPrefix { $0.isWhitespace }.reversed())
        func invalid(_ reason: String) -> Invalid { Invalid(reason: reason) }
        if let mark = rest.firstRange(of: "://") {
            scheme = rest[..<mark.lowerBound].lowercased()
            guard scheme == "http" || scheme == "https" else { throw invalid("only http and https are supported") }
            rest = rest[mark.upperBound...]
        } else {
            scheme = "http"
        }
        guard !rest.contains(where: { $0 == "?" || $0 == "#" }) else { throw invalid("it has a query or fragment") }
        let end = rest.firstIndex(of: "/") ?? rest.endIndex
        var path = rest[end...]
        while path.hasSuffix("/") { path = path.dropLast() }
        prefix = String(path)
        var authority = rest[..<end]
        if let at = authority.lastIndex(of: "@") {
            let info = authority[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            user = PercentEncoding.decode(info[0])
            password = info.count > 1 ? PercentEncoding.decode(info[1]) : ""
            authority = authority[authority.index(after: at)...]
        } else {
            (user, password) = (nil, nil)
        }
        self.authority = String(authority)
        try Self.check(self.authority)
    }

    private init(scheme: String, authority: String, prefix: String, user: String?, password: String?) {
        self.scheme = scheme
        self.authority = authority
        self.prefix = prefix
        self.user = user
        self.password = password
    }

    private static func check(_ authority: String) throws(Invalid) {
        var host = Substring(authority)
        if let colon = authority.lastIndex(of: ":"), !authority.hasSuffix("]"),
            !authority[..<colon].contains(":") || authority[..<colon].hasSuffix("]")
        {
            guard let port = Int(authority[authority.index(after: colon)...]), 1...65535 ~= port else {
                throw Invalid(reason: "its port is not a number from 1 to 65535")
            }
            host = authority[..<colon]
        }
        guard !host.isEmpty, host != "[]" else { throw Invalid(reason: "it has no host") }
        guard !host.contains(":") || host.hasPrefix("[") && host.hasSuffix("]") else {
            throw Invalid(reason: "an IPv6 address needs brackets")
        }
        guard host.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else { throw Invalid(reason: "its host has blanks") }
    }

    /// Why a text is not the address of a master.
    public struct Invalid: Error, Equatable, CustomStringConvertible {
        public let reason: String

        public var description: String { "not the URL of a Mesos master: \(reason)" }
    }

    /// The URL without user and password, fit for logs.
    public var description: String { "\(scheme)://\(authority)\(prefix)" }

    /// The URL of an endpoint, given with its leading slash.
    public func url(_ path: String) -> String { description + path }

    public var credentials: HTTPCredentials {
        user.map { .basic(user: $0, password: password ?? "") } ?? .none
    }

    /// The master that a redirect of `path` leads to: `Location` may be absolute or, as Mesos has it, begin with `//`.
    /// User and password go along, because masters of one cluster share them, but never from https to http.
    ///
    /// Nil if that is no master's address, or this one itself.
    public func redirected(to location: String, from path: String) -> MasterURL? {
        guard location.hasPrefix("//") || location.contains("://") else { return nil }
        guard var target = try? MasterURL(location.hasPrefix("//") ? "\(scheme):\(location)" : location) else {
            return nil
        }
        var prefix = target.prefix
        // Mesos sends to the same endpoint of the leader, or to its root.
        if prefix.hasSuffix(path) { prefix = String(prefix.dropLast(path.count)) }
        target = with(scheme: target.scheme, authority: target.authority, prefix: prefix)
        return target == self ? nil : target
    }

    /// The master at the address of a Mesos process (`master@10.0.0.1:5050`), spoken to like this one.
    public func at(_ process: ProcessID) -> MasterURL {
        let host = process.ip.contains(":") ? "[\(process.ip)]" : process.ip
        return with(scheme: scheme, authority: "\(host):\(process.port)", prefix: prefix)
    }

    private func with(scheme: String, authority: String, prefix: String) -> MasterURL {
        let keeps = scheme == self.scheme || scheme == "https"
        return MasterURL(
            scheme: scheme, authority: authority, prefix: prefix, user: keeps ? user : nil,
            password: keeps ? password : nil)
    }
}
