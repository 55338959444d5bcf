import HTTPClient

/// Finds the hosts that a Sidecar in a container can join: those of all agents, which the master knows, which the agent
/// knows.
public struct SeedFinder: Sendable {
    private let http: HTTPClient
    private let timeout: Duration

    /// - Parameter timeout: of each of the two requests.
    public init(http: HTTPClient, timeout: Duration = .seconds(2)) {
        self.http = http
        self.timeout = timeout
    }

    /// The hosts' names in the master's order, each once.
    ///
    /// - Parameters:
    ///   - agent: `http://10.0.0.1:5051`.
    ///   - masterPort: 5050 most often; the agent tells only the master's name.
    /// - Throws: ``SeedError``: then there are no seeds, which is for the log.
    public func seeds(agent: String, masterPort: Int) async throws(SeedError) -> [String] {
        var master: String?
        try await walk("\(agent)/state") { path, event in
            if path == ["master_hostname"], case .string(let name) = event { master = name }
        }
        guard let master, !master.isEmpty else {
            throw SeedError("GET \(agent)/state: the agent knows no master")
        }
        let host = master.contains(":") ? "[\(master)]" : master
        let url = "http://\(host):\(masterPort)/slaves"
        var seen: Set<String> = []
        var hosts: [String] = []
        try await walk(url) { path, event in
            guard path == ["slaves", nil, "hostname"], case .string(let name) = event, !name.isEmpty else { return }
            if seen.insert(name).inserted { hosts.append(name) }
        }
        guard !hosts.isEmpty else { throw SeedError("GET \(url): the master knows no agents") }
        return hosts
    }

    /// The documents have megabytes on a busy cluster: they are looked through while they come.
    private func walk(_ url: String, _ visit: (JSONWalk.Path, JSONWalk.Event) -> Void) async throws(SeedError) {
        var walk = JSONWalk()
        do {
            var request = HTTPRequest(.get, url)
            request.connectTimeout = timeout
            request.timeout = timeout
            let stream = try await http.open(request).requireSuccess()
            while let chunk = try await stream.next() {
                try walk.feed(chunk) { path, event throws(JSONWalk.Failure) in visit(path, event) }
            }
        } catch let error as HTTPError {
            throw SeedError(error.description)
        } catch {
            throw SeedError("GET \(url): the answer is not what Mesos answers")
        }
        guard walk.isComplete else { throw SeedError("GET \(url): the answer is not what Mesos answers") }
    }
}

/// Why there are no seeds.
public struct SeedError: Error, Sendable, Equatable, CustomStringConvertible {
    public let description: String

    init(_ description: String) {
        self.description = description
    }
}
