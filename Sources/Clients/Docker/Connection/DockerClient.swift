import FoundationEssentials
import HTTPClient
import Synchronization

/// What the executor asks of Docker (Docker Engine API, version 1.24 and later).
///
/// The first request asks the server for its version, and so does one that is refused because of it: dockerd may have
/// been replaced in the meantime. Every request may fail with a ``DockerError``; cancelling the task stops it.
public final class DockerClient: Sendable {
    public let endpoint: DockerEndpoint
    private let http: HTTPClient
    private let version: Mutex<DockerAPIVersion?>

    /// - Parameter http: should use no proxy; a unix socket never does.
    public init(_ endpoint: DockerEndpoint, http: HTTPClient) {
        self.endpoint = endpoint
        self.http = http
        version = Mutex(endpoint.fixedVersion)
    }

    /// What `ping` finds out.
    public struct Server: Sendable, Equatable {
        /// The newest version that it speaks, and what we speak with it.
        public let apiVersion: DockerAPIVersion?
        public let negotiated: DockerAPIVersion
    }

    /// `GET /_ping`: whether dockerd answers, and which version of the API both sides know.
    @discardableResult
    public func ping() async throws(DockerError) -> Server {
        let attempt = "reach Docker"
        var request = HTTPRequest(.get, endpoint.base + "/_ping")
        prepare(&request, patience: .seconds(10))
        let response: HTTPResponse
        do { response = try await http.send(request) } catch { throw away(attempt, error) }
        guard response.status == 200 else { throw failure(attempt, response.status, response.body) }
        let server = response.headers["Api-Version"].flatMap { DockerAPIVersion($0) }
        guard let common = endpoint.fixedVersion ?? DockerAPIVersion.negotiated(server: server) else {
            throw DockerError(
                attempt, .version,
                "it speaks version \(server?.description ?? "?") of its API, \(DockerAPIVersion.oldest) or later is needed"
            )
        }
        version.withLock { $0 = common }
        return Server(apiVersion: server, negotiated: common)
    }

    // MARK: - Requests

    /// Most answers come at once; some that are asked of a busy dockerd do not.
    static let patience = Duration.seconds(120)
    /// Volumes that have to be attached, and images that are copied into them, take dockerd long.
    static let longPatience = Duration.seconds(1800)

    /// Asks, and hands on any answer whose status is in `expected`.
    func send(
        _ attempt: String, _ method: HTTPMethod, _ path: String, body: HTTPBody = .none, expecting expected: Set<Int>,
        patience: Duration = DockerClient.patience
    ) async throws(DockerError) -> HTTPResponse {
        var isSecond = false
        while true {
            var request = HTTPRequest(method, try await url(path), body: body)
            prepare(&request, patience: patience)
            if case .bytes = body { request.headers["Content-Type"] = "application/json" }
            let response: HTTPResponse
            do { response = try await http.send(request) } catch { throw away(attempt, error) }
            if expected.contains(response.status) { return response }
            let failure = failure(attempt, response.status, response.body)
            guard try await mayTryOtherVersion(after: failure, isSecond) else { throw failure }
            isSecond = true
        }
    }

    /// Opens a stream that may be silent for so long (nil: for ever).
    func open(
        _ attempt: String, _ method: HTTPMethod, _ path: String, headers: [(String, String)] = [],
        silence: Duration?, onDemand: Bool = false
    ) async throws(DockerError) -> HTTPStream {
        var isSecond = false
        while true {
            var request = HTTPRequest(method, try await url(path))
            prepare(&request, patience: nil)
            for (name, value) in headers { request.headers[name] = value }
            request.idleTimeout = silence
            request.readsOnDemand = onDemand
            let stream: HTTPStream
            do { stream = try await http.open(request) } catch { throw away(attempt, error) }
            if stream.status == 200 { return stream }
            let failure = failure(attempt, stream.status, await stream.prefix(maxBytes: 4096))
            guard try await mayTryOtherVersion(after: failure, isSecond) else { throw failure }
            isSecond = true
        }
    }

    /// "client version 1.47 is too new. Maximum supported API version is 1.41", and the like.
    private func mayTryOtherVersion(after failure: DockerError, _ isSecond: Bool) async throws(DockerError) -> Bool {
        guard !isSecond, endpoint.fixedVersion == nil, failure.kind == .version else { return false }
        try await ping()
        return true
    }

    private func url(_ path: String) async throws(DockerError) -> String {
        let known = version.withLock { $0 }
        let version = if let known { known } else { try await ping().negotiated }
        return "\(endpoint.base)/v\(version)\(path)"
    }

    private func prepare(_ request: inout HTTPRequest, patience: Duration?) {
        request.unixSocket = endpoint.unixSocket
        request.tls = endpoint.tls
        request.redirects = .none
        request.connectTimeout = .seconds(10)
        request.timeout = patience
        request.idleTimeout = nil
        // A container whose configuration is large is still small.
        request.maxBodyBytes = 16 << 20
    }

    // MARK: - Answers

    func away(_ attempt: String, _ error: HTTPError) -> DockerError {
        // Without the URL: behind a socket it says nothing.
        DockerError(attempt, .unreachable(endpoint.description), error.kind.description)
    }

    /// What a status means. The body is `{"message": "…"}`, from other servers on the way any text.
    func failure(_ attempt: String, _ status: Int, _ body: [UInt8]) -> DockerError {
        struct Answer: Decodable { var message: String? }
        let text = (try? JSONDecoder().decode(Answer.self, from: Data(body)))?.message
        let words = Self.oneLine(text ?? String(decoding: body.prefix(1000), as: UTF8.self))
        let message = words.isEmpty ? "status \(status)" : words
        let kind: DockerError.Kind =
            switch status {
            case 404: .notFound
            case 409: .conflict
            case 400 where message.contains("client version"): .version
            case 429, 500...: status == 501 ? .refused(status: status) : .failed(status: status)
            default: .refused(status: status)
            }
        return DockerError(attempt, kind, message)
    }

    func decode<Document: Decodable>(
        _ attempt: String, _ body: [UInt8]
    ) throws(DockerError) -> Document {
        do {
            return try JSONDecoder().decode(Document.self, from: Data(body))
        } catch {
            throw DockerError(attempt, .unexpected, "the answer is not one of Docker's: \(Self.reason(error))")
        }
    }

    /// Which field is wrong.
    private static func reason(_ error: any Error) -> String {
        guard let error = error as? DecodingError else { return "not JSON" }
        switch error {
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            return "\(context.codingPath.map(\.stringValue).joined(separator: ".")) has the wrong type"
        case .keyNotFound(let key, _): return "\(key.stringValue) is missing"
        default: return "not JSON"
        }
    }

    static func oneLine(_ text: String) -> String {
        let visible = text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : Character($0) }
        return String(visible).split(separator: " ").joined(separator: " ")
    }

    /// For a query: everything but unreserved characters becomes %XX.
    static func escape(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var escaped: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                escaped.append(byte)
            default: escaped += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: escaped, as: UTF8.self)
    }
}
