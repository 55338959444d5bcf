import HTTPClient

/// Signatures by "Authenticating Requests (AWS Signature Version 4)" of the Amazon S3 API Reference, in a header or in
/// the query of a URL.
public struct SignatureV4: Sendable {
    /// What the signature says about the body.
    public enum Payload: Sendable, Equatable {
        /// The server refuses any other body.
        case signed([UInt8])
        /// The body is not covered: for connections that protect it, and for URLs made before there is one.
        case unsigned

        /// The value of `x-amz-content-sha256`.
        var digest: String {
            switch self {
            case .signed(let bytes): Digest.sha256(bytes)
            case .unsigned: "UNSIGNED-PAYLOAD"
            }
        }
    }

    /// The longest that a signed URL may be good for, in seconds: 7 days.
    public static let longestExpiry: Int64 = 604_800

    private static let algorithm = "AWS4-HMAC-SHA256"

    public var credentials: ObjectStoreCredentials
    public var region: String

    public init(credentials: ObjectStoreCredentials, region: String) {
        self.credentials = credentials
        self.region = region
    }

    /// The request's headers with `x-amz-date`, `x-amz-content-sha256`, where needed `x-amz-security-token`, and
    /// `Authorization`. All of them are signed, and the host.
    public func headers(for request: SignableRequest, payload: Payload, at time: RequestTime) -> HTTPHeaders {
        var request = request
        let digest = payload.digest
        request.headers["x-amz-date"] = time.basic
        request.headers["x-amz-content-sha256"] = digest
        if let token = credentials.sessionToken { request.headers["x-amz-security-token"] = token }
        let canonical = canonicalRequest(request, digest: digest)
        let signature = signature(over: canonical.text, at: time)
        request.headers["Authorization"] =
            "\(Self.algorithm) Credential=\(credentials.accessKey)/\(scope(at: time)),"
            + "SignedHeaders=\(canonical.signedHeaders),Signature=\(signature)"
        return request.headers
    }

    /// Path and query that do what the request does, for whoever has them, from now until `seconds` later: at least 1
    /// and at most `longestExpiry`. The request's headers must then be sent exactly as they are.
    public func signedTarget(for request: SignableRequest, seconds: Int64, at time: RequestTime) -> String {
        var request = request
        request.query += [
            .init("X-Amz-Algorithm", Self.algorithm),
            .init("X-Amz-Credential", "\(credentials.accessKey)/\(scope(at: time))"),
            .init("X-Amz-Date", time.basic),
            .init("X-Amz-Expires", String(min(max(seconds, 1), Self.longestExpiry))),
            .init("X-Amz-SignedHeaders", signedNames(request)),
        ]
        if let token = credentials.sessionToken { request.query.append(.init("X-Amz-Security-Token", token)) }
        let canonical = canonicalRequest(request, digest: Payload.unsigned.digest)
        request.query.append(.init("X-Amz-Signature", signature(over: canonical.text, at: time)))
        return request.target
    }

    /// The text whose digest is signed, and the names of the headers in it.
    func canonicalRequest(_ request: SignableRequest, digest: String) -> (text: String, signedHeaders: String) {
        var headers = request.headers
        headers["host"] = request.host
        let lines = SignableRequest.canonical(headers, foldsBlanks: true)
        let names = lines.map(\.name).joined(separator: ";")
        let text = [
            request.method.rawValue, request.path, canonicalQuery(request.query),
            lines.map { "\($0.name):\($0.value)\n" }.joined(), names, digest,
        ].joined(separator: "\n")
        return (text, names)
    }

    func stringToSign(_ canonicalRequest: String, at time: RequestTime) -> String {
        [Self.algorithm, time.basic, scope(at: time), Digest.sha256(canonicalRequest.utf8)].joined(separator: "\n")
    }

    private func signedNames(_ request: SignableRequest) -> String {
        canonicalRequest(request, digest: "").signedHeaders
    }

    private func canonicalQuery(_ query: [SignableRequest.Parameter]) -> String {
        query.map { (name: URIEncoding.query($0.name), value: URIEncoding.query($0.value ?? "")) }
            .sorted { $0.name == $1.name ? isBefore($0.value, $1.value) : isBefore($0.name, $1.name) }
            .map { "\($0.name)=\($0.value)" }.joined(separator: "&")
    }

    private func isBefore(_ one: String, _ other: String) -> Bool {
        one.utf8.lexicographicallyPrecedes(other.utf8)
    }

    private func scope(at time: RequestTime) -> String {
        "\(time.day)/\(region)/s3/aws4_request"
    }

    private func signature(over canonicalRequest: String, at time: RequestTime) -> String {
        let key = [time.day, region, "s3", "aws4_request"].reduce(Array("AWS4\(credentials.secretKey)".utf8)) {
            Digest.hmacSHA256($1, key: $0)
        }
        return Digest.hex(Digest.hmacSHA256(stringToSign(canonicalRequest, at: time), key: key))
    }
}
