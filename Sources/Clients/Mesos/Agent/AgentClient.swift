import FoundationEssentials
import HTTPClient

/// What the code asks a Mesos agent, over its HTTP endpoints.
public struct AgentClient: Sendable {
    private let http: HTTPClient
    /// `http://10.0.0.7:5051`, without a slash at the end.
    public let base: String

    /// - Parameters:
    ///   - host: host name or address, IPv6 without brackets.
    ///   - port: e.g. 5051.
    public init(http: HTTPClient, host: String, port: Int) {
        self.http = http
        base = Self.base(host: host, port: port)
    }

    /// The URL of an agent, without a slash at the end.
    public static func base(host: String, port: Int) -> String {
        "http://\(host.contains(":") ? "[\(host)]" : host):\(port)"
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

    /// Executors that the agent knows, now or before, of one framework. Out of `/state`, megabytes on a busy agent.
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
        let document: Document = try await get("/state", timeout: timeout, limit: 256 << 20)
        let frameworks = (document.frameworks ?? []) + (document.completedFrameworks ?? [])
        return frameworks.filter { $0.id == framework }.flatMap {
            ($0.executors ?? []) + ($0.completedExecutors ?? [])
        }
    }

    /// An executor as the agent's `/state` tells it.
    public struct Executor: Decodable, Sendable, Equatable {
        public struct Task: Decodable, Sendable, Equatable { public var id: String }
        public var id: String
        /// Its container's id.
        public var container: String?
        /// Its sandbox.
        public var directory: String?
        public var tasks: [Task]?
        public var queuedTasks: [Task]?
        public var completedTasks: [Task]?

        /// Whether the task runs, or ran, under it.
        public func ran(_ task: String) -> Bool {
            [tasks, queuedTasks, completedTasks].contains { list in list?.contains { $0.id == task } ?? false }
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

    private func get<Document: Decodable>(
        _ path: String, timeout: Duration, limit: Int
    ) async throws(AgentError) -> Document {
        let url = base + path
        let response: HTTPResponse
        do throws(HTTPError) {
            var request = HTTPRequest(.get, url)
            request.connectTimeout = min(timeout, .seconds(10))
            request.timeout = timeout
            request.maxBodyBytes = limit
            response = try await http.send(request).requireSuccess()
        } catch {
            throw .unreachable(error.description)
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

/// What went wrong when an agent was asked something.
public enum AgentError: Error, Equatable, Sendable, CustomStringConvertible {
    /// No answer, or a refusal.
    case unreachable(String)
    /// An answer that is not an agent's.
    case unexpected(String)

    public var description: String {
        switch self {
        case .unreachable(let what), .unexpected(let what): what
        }
    }
}
