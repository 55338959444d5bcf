import FoundationEssentials
import HTTPClient

/// What the code asks a Mesos agent, over its HTTP endpoints.
public struct AgentClient: Sendable {
    let http: HTTPClient
    /// `http://10.0.0.7:5051`, without a slash at the end.
    public let base: String
    private let credentials: HTTPCredentials

    /// - Parameters:
    ///   - host: host name or address, IPv6 without brackets.
    ///   - port: e.g. 5051.
    ///   - scheme: `http` or `https`.
    ///   - credentials: for every request.
    public init(
        http: HTTPClient, host: String, port: Int, scheme: String = "http", credentials: HTTPCredentials = .none
    ) {
        self.http = http
        self.credentials = credentials
        base = Self.base(host: host, port: port, scheme: scheme)
    }

    /// The URL of an agent, without a slash at the end.
    public static func base(host: String, port: Int, scheme: String = "http") -> String {
        "\(scheme)://\(host.contains(":") ? "[\(host)]" : host):\(port)"
    }

    /// The path that every agent maps to the sandbox of an executor's newest run, wherever its work directory is.
    public static func newestSandbox(framework: String, executor: String) -> String {
        "/frameworks/\(framework)/executors/\(executor)/runs/latest"
    }

    /// The agent's `--work_dir`: every sandbox lies below it. Out of `/flags`, a few kilobytes.
    ///
    /// - Parameter timeout: for the whole exchange.
    public func workDirectory(timeout: Duration) async throws(AgentError) -> String {
        struct Document: Decodable {
            struct Flags: Decodable { var workDir: String? }
            var flags: Flags?
        }
        let document: Document = try await get("/flags", timeout: timeout, limit: 1 << 20)
        guard let directory = document.flags?.workDir, directory.hasPrefix("/") else {
            throw .unexpected("GET \(base)/flags: no work_dir in the answer")
        }
        return directory
    }

    /// The agent's `/state`, as soon as it begins to answer; ``executors(ofFramework:task:executor:container:in:within:)``
    /// reads it. Until then next to nothing is in memory.
    ///
    /// - Parameter patience: for the connection, and for each byte.
    public func state(patience: Duration) async throws(AgentError) -> HTTPStream {
        var request = request(.get, "\(base)/state")
        request.connectTimeout = min(patience, request.connectTimeout)
        request.idleTimeout = patience
        request.readsOnDemand = true
        do throws(HTTPError) {
            return try await http.open(request).requireSuccess()
        } catch {
            throw AgentError(error)
        }
    }

    /// Executors that may have run a task, now or before: those of that id, in that container, or with runs of the task;
    /// those that run first, then those that ended, the newest at the end. Out of `/state`, which is read while it
    /// arrives: megabytes on a busy agent, of which a few hundred kilobytes are in memory at a time.
    ///
    /// - Parameter limit: for the whole document.
    public func executors(
        ofFramework framework: String, task: String, executor: String, container: String?, in state: HTTPStream,
        within limit: Duration
    ) async throws(AgentError) -> [Executor] {
        let end = ContinuousClock.now + limit
        do {
            var reader = try AgentStateReader(
                AgentStateReader.Wanted(framework: framework, task: task, executor: executor, container: container))
            while let chunk = try await state.next() {
                try chunk.withUnsafeBytes { try reader.feed($0) }
                guard .now < end else { throw AgentError.silent("GET \(base)/state: not finished within \(limit)") }
            }
            return try reader.finish()
        } catch let error as HTTPError {
            throw AgentError(error)
        } catch let error as AgentError {
            throw error
        } catch {
            throw .unexpected("GET \(base)/state: not the JSON of a Mesos agent: \(error)")
        }
    }

    /// An executor as the agent's `/state` tells it.
    public struct Executor: Sendable, Equatable {
        /// A run of the task that was asked for.
        public struct Run: Sendable, Equatable {
            /// Of its statuses, in seconds since 1970.
            public var timestamps: [Double] = []

            public init() {}
        }
        public var id: String
        /// Its container's id.
        public var container: String?
        /// Its sandbox.
        public var directory: String?
        /// More than one, perhaps: a task may be tried again under its id.
        public var runs: [Run] = []
        /// It has not ended.
        public var isCurrent = false

        public init(id: String) {
            self.id = id
        }
    }

    /// The URL under which the agent serves a file of a sandbox, percent-encoded.
    public func downloadURL(path: String) -> String {
        Self.downloadURL(base: base, path: path)
    }

    /// The same of an agent with that URL.
    public static func downloadURL(base: String, path: String) -> String {
        "\(base)/files/download?path=\(encode(path))"
    }

    /// Everything but unreserved characters and `/` becomes %XX: executor ids may hold blanks, `:`, `%`, `&` and `#`.
    static func encode(_ path: String) -> String {
        var encoded: [UInt8] = []
        for byte in path.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"), UInt8(ascii: "/"):
                encoded.append(byte)
            default:
                let digits = Array("0123456789ABCDEF".utf8)
                encoded += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: encoded, as: UTF8.self)
    }

    /// 10 s for the connection, 30 s without a byte.
    func request(_ method: HTTPMethod, _ url: String) -> HTTPRequest {
        var request = HTTPRequest(method, url)
        request.credentials = credentials
        request.connectTimeout = .seconds(10)
        request.idleTimeout = .seconds(30)
        return request
    }

    private func get<Document: Decodable>(
        _ path: String, timeout: Duration, limit: Int
    ) async throws(AgentError) -> Document {
        let url = base + path
        let response: HTTPResponse
        do throws(HTTPError) {
            var request = request(.get, url)
            request.connectTimeout = min(timeout, request.connectTimeout)
            request.timeout = timeout
            request.maxBodyBytes = limit
            response = try await http.send(request).requireSuccess()
        } catch {
            throw AgentError(error)
        }
        do {
            let decoder = JSONDecoder()
            decoder.keyDecodingStrategy = .convertFromSnakeCase
            return try decoder.decode(Document.self, from: Data(response.body))
        } catch {
            throw .unexpected("GET \(url): not the JSON of a Mesos agent")
        }
    }
}
