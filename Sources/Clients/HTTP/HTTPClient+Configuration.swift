extension HTTPClient {
    /// What all requests of a client share.
    public struct Configuration: Sendable {
        public enum Proxy: Sendable, Equatable {
            /// `http_proxy`, `https_proxy`, `all_proxy` and `no_proxy`, as curl reads them.
            case environment
            case none
            /// `http://host:port`, `socks5h://host:port` or another form curl knows.
            case url(String)
        }

        /// Name and version of the program: "complainer/2.0".
        public var userAgent: String
        /// Idle connections kept for later requests.
        public var maxCachedConnections: Int
        /// Requests to one host beyond that wait for a connection; 0: no limit. Endless streams count.
        public var maxConnectionsPerHost: Int
        public var tls: TLSOptions
        public var proxy: Proxy

        public init(
            userAgent: String = "complainer", maxCachedConnections: Int = 32, maxConnectionsPerHost: Int = 32,
            tls: TLSOptions = TLSOptions(), proxy: Proxy = .environment
        ) {
            self.userAgent = userAgent
            self.maxCachedConnections = maxCachedConnections
            self.maxConnectionsPerHost = maxConnectionsPerHost
            self.tls = tls
            self.proxy = proxy
        }
    }
}
