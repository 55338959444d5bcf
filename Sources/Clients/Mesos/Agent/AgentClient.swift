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

    /// Executors that the agent knows, now or before, of one framework; those that ended last, the newest at the end.
    /// Out of `/state`, megabytes on a busy agent; more than 32 are refused.
    public func executors(ofFramework framework: String, timeout: Duration) async throws(AgentError) -> [Executor] {
        struct Document: Decodable {
            struct Framework: Decodable {
                var id: String
                var executors: [Executor]?
                var completedExecutors: [Executor]?
            }
            var frameworks: [Framework]?
            var completedFrameworks: [Framework]?
        }
        let document: Document = try await get("/state", timeout: timeout, limit: 32 << 20)
        let frameworks = (document.frameworks ?? []) + (document.completedFrameworks ?? [])
        return frameworks.filter { $0.id == framework }.flatMap { framework in
            let current = (framework.executors ?? []).map { executor in
                var executor = executor
                executor.isCurrent = true
                return executor
            }
            return current + (framework.completedExecutors ?? [])
        }
    }

    /// An executor as the agent's `/state` tells it.
    public struct Executor: Decodable, Sendable, Equatable {
        public struct Task: Decodable, Sendable, Equatable {
            public struct Status: Decodable, Sendable, Equatable {
                /// Seconds since 1970.
                public var timestamp: Double?
            }
            public var id: String
            public var statuses: [Status]?
        }
        public var id: String
        /// Its container's id.
        public var container: String?
        /// Its sandbox.
        public var directory: String?
        public var tasks: [Task]?
        public var queuedTasks: [Task]?
        public var completedTasks: [Task]?
        /// It has not ended.
        public var isCurrent = false

        private enum CodingKeys: String, CodingKey {
            case id, container, directory, tasks, queuedTasks, completedTasks
        }

        /// What it knows of the task of that id: more than one run of it, perhaps.
        public func runs(of task: String) -> [Task] {
            [tasks, queuedTasks, completedTasks].flatMap { list in list?.filter { $0.id == task } ?? [] }
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
