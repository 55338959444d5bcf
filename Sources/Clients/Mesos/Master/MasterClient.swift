import HTTPClient

/// The requests that are made to a master.
public struct MasterClient: Sendable {
    /// How long a master may take.
    public struct Patience: Sendable {
        /// For the connection.
        public var connect = Duration.seconds(3)
        /// For the whole state of a cluster, which begins to come when all of it is computed.
        public var state = Duration.seconds(420)
        /// For the tasks of one id.
        public var tasks = Duration.seconds(10)

        public init() {}
    }

    private let http: HTTPClient
    private let patience: Patience

    public init(_ http: HTTPClient, patience: Patience = Patience()) {
        self.http = http
        self.patience = patience
    }

    /// `GET /master/state`. How long the master may say nothing is the caller's to decide.
    public func state(_ master: MasterURL) async throws(MasterError) -> HTTPStream {
        var request = self.request(.get, master, Self.statePath)
        request.timeout = patience.state
        request.idleTimeout = nil
        return try await open(request, master, Self.statePath)
    }

    /// `POST /api/v1` `{"type":"SUBSCRIBE"}`: the operator event stream, in RecordIO. How long the master may say nothing
    /// is the caller's to decide.
    public func subscribe(_ master: MasterURL) async throws(MasterError) -> HTTPStream {
        var request = self.request(.post, master, Self.operatorPath)
        request.headers["Content-Type"] = "application/json"
        request.body = .bytes(Array(#"{"type":"SUBSCRIBE"}"#.utf8))
        request.idleTimeout = nil
        return try await open(request, master, Self.operatorPath)
    }

    /// `GET /master/tasks` for one task; nil if the master does not know it.
    public func task(
        _ master: MasterURL, framework: String, task: String
    ) async throws(MasterError) -> TaskRecord? {
        let query = "?framework_id=\(PercentEncoding.encode(framework))&task_id=\(PercentEncoding.encode(task))"
        var request = self.request(.get, master, Self.tasksPath + query)
        request.timeout = patience.tasks
        let response: HTTPResponse
        do { response = try await http.send(request) } catch { throw .unreachable(error) }
        try Self.check(response.status, response.headers, master, Self.tasksPath) { Self.text(response.body) }
        do {
            let tasks = try TaskListReader.tasks(in: response.body)
            // An old master that does not know the parameters lists every task.
            return tasks.first { $0.id == task && $0.frameworkID == framework }
        } catch {
            throw .unexpected(error.description)
        }
    }

    static let statePath = "/master/state"
    static let tasksPath = "/master/tasks"
    static let operatorPath = "/api/v1"

    private func request(_ method: HTTPMethod, _ master: MasterURL, _ path: String) -> HTTPRequest {
        var request = HTTPRequest(method, master.url(path))
        request.headers["Accept"] = "application/json"
        request.connectTimeout = patience.connect
        request.idleTimeout = patience.tasks
        // A redirect is followed by the caller, who has to know which master leads.
        request.redirects = .none
        request.credentials = master.credentials
        return request
    }

    private func open(
        _ request: HTTPRequest, _ master: MasterURL, _ path: String
    ) async throws(MasterError) -> HTTPStream {
        let stream: HTTPStream
        do { stream = try await http.open(request) } catch { throw .unreachable(error) }
        guard stream.status != 200 else { return stream }
        let text = Self.text(await stream.prefix(maxBytes: 1024))
        try Self.check(stream.status, stream.headers, master, path) { text }
        return stream
    }

    private static func check(
        _ status: Int, _ headers: HTTPHeaders, _ master: MasterURL, _ path: String, text: () -> String
    ) throws(MasterError) {
        switch status {
        case 200: return
        case 300...399:
            guard let location = headers["Location"] else { throw .failed(status: status, text: "without Location") }
            guard let target = master.redirected(to: location, from: path) else {
                throw .notLeading("it redirects to \(printable(location))")
            }
            throw .redirected(to: target)
        case 503: throw .notLeading("status 503, it knows no leader")
        case 408, 429: throw .failed(status: status, text: text())
        case 400...499, 501: throw .refused(status: status, text: text())
        default: throw .failed(status: status, text: text())
        }
    }

    /// The beginning of a refusal's body, on one line.
    private static func text(_ body: [UInt8]) -> String {
        printable(String(decoding: body.prefix(300), as: UTF8.self))
    }

    private static func printable(_ text: String) -> String {
        let visible = text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : Character($0) }
        return String(visible).split(separator: " ").joined(separator: " ")
    }
}
