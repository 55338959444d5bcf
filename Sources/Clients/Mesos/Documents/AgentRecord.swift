/// An agent as a master told it.
public struct AgentRecord: Equatable, Sendable {
    public var id: String
    /// As the agent registered it.
    public var hostname: String
    public var port: Int?
    /// Where the agent's process is, e.g. `slave(1)@10.0.0.7:5051`.
    public var process: ProcessID?

    public init(id: String, hostname: String, port: Int? = nil, process: ProcessID? = nil) {
        self.id = id
        self.hostname = hostname
        self.port = port
        self.process = process
    }

    /// From an element of `slaves` in `/master/state`, or from an agent of the operator API; nil without an id.
    init?(_ element: JSONElement) {
        let info = element.member("agent_info") ?? element.member("slave_info") ?? element
        guard let id = info.member("id")?.textOrValue else { return nil }
        self.init(
            id: id.string, hostname: info.member("hostname")?.text?.string ?? "",
            port: info.member("port")?.number.flatMap(Int.init(exactly:)).flatMap { 1...65535 ~= $0 ? $0 : nil },
            process: element.member("pid")?.text.flatMap { ProcessID($0.string) })
    }
}

/// The address of a process of Mesos: `name@ip:port`, for IPv6 `name@[ip]:port`.
public struct ProcessID: Equatable, Sendable {
    /// e.g. `master` or `slave(1)`.
    public var name: String
    /// Without brackets.
    public var ip: String
    public var port: Int

    /// Nil for what is not an address.
    public init?(_ text: String) {
        guard let at = text.lastIndex(of: "@") else { return nil }
        let address = text[text.index(after: at)...]
        guard let colon = address.lastIndex(of: ":"), let port = Int(address[address.index(after: colon)...]),
            1...65535 ~= port
        else { return nil }
        var ip = address[..<colon]
        if ip.hasPrefix("["), ip.hasSuffix("]") { ip = ip.dropFirst().dropLast() }
        guard !ip.isEmpty else { return nil }
        (name, self.ip, self.port) = (String(text[..<at]), String(ip), port)
    }
}

/// A framework as a master told it.
public struct FrameworkRecord: Equatable, Sendable {
    public var id: String
    public var name: String

    public init(id: String, name: String) {
        self.id = id
        self.name = name
    }

    /// From an object with a `framework_info`, or from such an info itself; nil without an id.
    init?(_ element: JSONElement) {
        let info = element.member("framework_info") ?? element
        guard let id = info.member("id")?.textOrValue else { return nil }
        self.init(id: id.string, name: info.member("name")?.text?.string ?? "")
    }
}
