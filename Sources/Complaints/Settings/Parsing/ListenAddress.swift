/// Where to serve HTTP: the value of `-listen`.
public struct ListenAddress: Hashable, Sendable, CustomStringConvertible {
    /// Host name or address, without the brackets of an IPv6 address; "" means all addresses of the machine.
    public var host: String
    /// 0 means one that the system chooses.
    public var port: Int

    public init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Reads `host:port`, `[v6]:port` or `:port`; nil for `off`.
    ///
    /// - Throws: what is wrong with the text.
    public init?(_ text: String) throws(NetworkAddress.Problem) {
        if text == "off" { return nil }
        let parts = try NetworkAddress.hostAndPort(text[...])
        guard let port = parts.port else { throw .init(description: "there is no port") }
        self.init(host: parts.host, port: port)
    }

    /// `host:port`, as it is written in the setting.
    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
