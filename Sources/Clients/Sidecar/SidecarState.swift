/// The one number that matters out of Sidecar's state: `Servers.<host>.Services.<id>.Status`. All the rest of the
/// document, megabytes on a large cluster, may be as it likes, and is not kept.
struct SidecarState {
    private let url: String
    private let host: String
    private let id: String
    private var walk = JSONWalk()
    private var hasServers = false
    private var hasHost = false
    private var hasService = false
    private var number: Int?

    init(of id: String, on host: String, from url: String) {
        self.id = id
        self.host = host
        self.url = url
    }

    mutating func feed(_ bytes: [UInt8]) throws(SidecarError) {
        // Copied out and back: the walk cannot be fed while this is changed by what it meets.
        var walk = walk
        do throws(JSONWalk.Failure) {
            try walk.feed(bytes) { path, event throws(JSONWalk.Failure) in try meet(path, event) }
        } catch {
            throw notAState
        }
        self.walk = walk
    }

    private mutating func meet(_ path: JSONWalk.Path, _ event: JSONWalk.Event) throws(JSONWalk.Failure) {
        func isThere() throws(JSONWalk.Failure) -> Bool {
            switch event {
            case .object: true
            case .null: false
            default: throw JSONWalk.Failure()
            }
        }
        guard path.count <= 5, path.first == "Servers" else { return }
        switch path.count {
        case 1:
            _ = try isThere()
            // A host without services has null, and a cluster without hosts.
            hasServers = true
        case 2 where path[1] == host: hasHost = try isThere()
        case 3 where path[1] == host && path[2] == "Services": _ = try isThere()
        case 4 where isService(path): hasService = try isThere()
        case 5 where isService(path) && path[4] == "Status":
            guard case .number(let text) = event, let value = Int(text) else { throw JSONWalk.Failure() }
            number = value
        default: break
        }
    }

    private func isService(_ path: JSONWalk.Path) -> Bool {
        path[1] == host && path[2] == "Services" && path[3] == id
    }

    /// What the whole document says.
    func status() throws(SidecarError) -> ServiceStatus {
        guard walk.isComplete, hasServers else { throw notAState }
        guard hasHost else {
            throw SidecarError(url, .missing, "GET \(url): there is no host \(host) in Sidecar's state")
        }
        guard hasService else {
            throw SidecarError(url, .missing, "GET \(url): there is no service \(id) on \(host) in Sidecar's state")
        }
        guard let number, let status = ServiceStatus(rawValue: number) else {
            throw SidecarError(
                url, .unparsable,
                "GET \(url): service \(id) has \(number.map { "the unknown status \($0)" } ?? "no status")")
        }
        return status
    }

    private var notAState: SidecarError {
        SidecarError(url, .unparsable, "GET \(url): the answer is not Sidecar's state")
    }
}
