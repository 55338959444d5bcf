import HTTPClient
import Synchronization

/// A bucket in an S3 store: Amazon's, or one that speaks its protocol.
///
/// Nothing is retried here but what the store's answer itself corrects: a bucket in another region (followed once and
/// remembered) and a bucket without access control lists (remembered).
public final class ObjectStore: Sendable {
    public enum Signing: Sendable, Equatable {
        case version2
        case version4(region: String)
    }

    public struct Configuration: Sendable {
        public var endpoint: ObjectEndpoint
        public var credentials: ObjectStoreCredentials
        public var signing: Signing
        /// False leaves bodies out of version 4 signatures over https, which protects them, and saves their digests.
        public var signsBodies = true
        /// For how long a connection may be silent.
        public var idleTimeout: Duration = .seconds(60)

        public init(endpoint: ObjectEndpoint, credentials: ObjectStoreCredentials, signing: Signing) {
            self.endpoint = endpoint
            self.credentials = credentials
            self.signing = signing
        }
    }

    /// What the store's answers taught.
    private struct Learned {
        var endpoint: ObjectEndpoint
        var signing: Signing
        var takesAccessControl = true
    }

    /// One request, before it is signed.
    struct Operation {
        var method: HTTPMethod
        var key: String
        var query: [SignableRequest.Parameter] = []
        var headers: HTTPHeaders = [:]
        var body: [UInt8]?
        /// Makes an object, which gets the private access control list.
        var creates = false
        /// Some answers take long and are silent before.
        var patience: Duration?
    }

    private let configuration: Configuration
    private let http: HTTPClient
    private let clock: @Sendable () -> RequestTime
    private let learned: Mutex<Learned>

    public init(
        _ configuration: Configuration, http: HTTPClient, clock: @escaping @Sendable () -> RequestTime = { .now }
    ) {
        self.configuration = configuration
        self.http = http
        self.clock = clock
        learned = Mutex(Learned(endpoint: configuration.endpoint, signing: configuration.signing))
    }

    public var bucket: String { configuration.endpoint.bucket }

    /// A URL that gives the object to whoever has it, for that long from now: at least a second, and with version 4
    /// signatures at most seven days. The object need not be there yet.
    public func presignedGet(_ key: String, expires: Duration) -> String {
        let learned = learned.withLock { $0 }
        let request = learned.endpoint.request(.get, key: key)
        let seconds = expires.components.seconds
        let target =
            switch learned.signing {
            case .version2:
                SignatureV2(credentials: configuration.credentials)
                    .signedTarget(for: request, seconds: seconds, at: clock())
            case .version4(let region):
                SignatureV4(credentials: configuration.credentials, region: region)
                    .signedTarget(for: request, seconds: seconds, at: clock())
            }
        return learned.endpoint.origin + target
    }

    /// Sends the operation and gives its answer, which has a status of 2xx.
    func perform(_ operation: Operation) async throws(ObjectStoreError) -> HTTPResponse {
        var hasMoved = false
        while true {
            let state = learned.withLock { $0 }
            let time = clock()
            let answer = try await send(operation, by: state, at: time)
            guard !(200...299).contains(answer.status) else { return answer }
            if !hasMoved, let region = otherRegion(answer, than: state) {
                hasMoved = true
                learned.withLock {
                    $0.signing = .version4(region: region)
                    $0.endpoint = $0.endpoint.moved(to: region)
                }
            } else if operation.creates, state.takesAccessControl,
                AnswerDocument(answer.body)["Code"] == "AccessControlListNotSupported"
            {
                // Buckets that have no such lists are private anyhow.
                learned.withLock { $0.takesAccessControl = false }
            } else {
                throw ObjectStoreError(operation: name(of: operation), answer: answer, signedAt: time)
            }
        }
    }

    func name(of operation: Operation) -> String {
        ObjectStoreError.operation(operation.method, bucket: bucket, key: operation.key)
    }

    func error(_ operation: Operation, _ kind: ObjectStoreError.Kind) -> ObjectStoreError {
        ObjectStoreError(operation: name(of: operation), kind: kind)
    }

    /// When a request is signed now.
    var now: RequestTime { clock() }

    private func send(
        _ operation: Operation, by state: Learned, at time: RequestTime
    ) async throws(ObjectStoreError) -> HTTPResponse {
        var headers = operation.headers
        if operation.creates, state.takesAccessControl { headers["x-amz-acl"] = "private" }
        if let body = operation.body { headers["Content-MD5"] = Digest.base64(Digest.md5(body)) }
        let signable = state.endpoint.request(
            operation.method, key: operation.key, query: operation.query, headers: headers)
        var request = HTTPRequest(
            operation.method, state.endpoint.origin + signable.target,
            headers: signed(signable, operation, state, time),
            body: operation.body.map { .bytes($0) } ?? .none)
        // A signature is good for one host only.
        request.redirects = .none
        // Answers are small documents; that to a HEAD tells the length of what it does not bring.
        request.maxBodyBytes = operation.method == .head ? .max : 4 << 20
        request.idleTimeout = operation.patience ?? configuration.idleTimeout
        do {
            return try await http.send(request)
        } catch {
            throw self.error(operation, .transport(error.kind))
        }
    }

    private func signed(
        _ request: SignableRequest, _ operation: Operation, _ state: Learned, _ time: RequestTime
    ) -> HTTPHeaders {
        switch state.signing {
        case .version2:
            return SignatureV2(credentials: configuration.credentials).headers(for: request, at: time)
        case .version4(let region):
            let isOpen = !configuration.signsBodies && state.endpoint.url.isSecure
            return SignatureV4(credentials: configuration.credentials, region: region)
                .headers(for: request, payload: isOpen ? .unsigned : .signed(operation.body ?? []), at: time)
        }
    }

    /// The bucket's region, when the answer says that it is another than the request was for.
    private func otherRegion(_ answer: HTTPResponse, than state: Learned) -> String? {
        guard case .version4(let current) = state.signing, [301, 307, 400].contains(answer.status) else { return nil }
        let document = AnswerDocument(answer.body)
        if answer.status == 400, document["Code"] != "AuthorizationHeaderMalformed" { return nil }
        guard let region = answer.headers["x-amz-bucket-region"] ?? document["Region"], region != current else {
            return nil
        }
        // It becomes part of a host name.
        let isName =
            (1...40).contains(region.utf8.count)
            && region.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D }
        return isName ? region : nil
    }
}
