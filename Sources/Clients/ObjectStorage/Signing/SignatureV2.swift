import HTTPClient

/// Signatures by "Signing and Authenticating REST Requests (AWS Signature Version 2)" of the Amazon S3 documentation,
/// which older stores such as Ceph still take, in a header or in the query of a URL.
public struct SignatureV2: Sendable {
    public var credentials: ObjectStoreCredentials

    public init(credentials: ObjectStoreCredentials) {
        self.credentials = credentials
    }

    /// The request's headers with `Date`, where needed `x-amz-security-token`, and `Authorization`.
    public func headers(for request: SignableRequest, at time: RequestTime) -> HTTPHeaders {
        var request = request
        request.headers["Date"] = time.header
        if let token = credentials.sessionToken { request.headers["x-amz-security-token"] = token }
        let signature = signature(over: stringToSign(request, date: time.header))
        request.headers["Authorization"] = "AWS \(credentials.accessKey):\(signature)"
        return request.headers
    }

    /// Path and query that do what the request does, for whoever has them, from now until `seconds` later. The headers
    /// that are signed (`Content-Type`, `Content-MD5`, `x-amz-…`) must then be sent exactly as they are.
    public func signedTarget(for request: SignableRequest, seconds: Int64, at time: RequestTime) -> String {
        let expires = RequestTime(secondsSince1970: time.secondsSince1970 + min(max(seconds, 1), Self.longestExpiry))
        var request = request
        var signed = request
        if let token = credentials.sessionToken {
            signed.headers["x-amz-security-token"] = token
            request.query.append(.init("x-amz-security-token", token))
        }
        let date = String(expires.secondsSince1970)
        request.query += [
            .init("AWSAccessKeyId", credentials.accessKey), .init("Expires", date),
            .init("Signature", signature(over: stringToSign(signed, date: date))),
        ]
        return request.target
    }

    /// The date is the `Date` header's value or the time of expiry; an `x-amz-date` header takes the place of the former.
    func stringToSign(_ request: SignableRequest, date: String) -> String {
        let amazon = SignableRequest.canonical(request.headers, foldsBlanks: false)
            .filter { $0.name.hasPrefix("x-amz-") }
        return [
            request.method.rawValue, request.headers["Content-MD5"] ?? "", request.headers["Content-Type"] ?? "",
            request.headers.contains("x-amz-date") ? "" : date,
            amazon.map { "\($0.name):\($0.value)\n" }.joined() + canonicalResource(request),
        ].joined(separator: "\n")
    }

    /// A hundred years: no limit but that of adding.
    private static let longestExpiry: Int64 = 3_153_600_000

    /// The parameters that are part of what is asked for, and therefore signed; their values are not encoded.
    private static let subResources: Set<String> = [
        "acl", "cors", "delete", "lifecycle", "location", "logging", "notification", "partNumber", "policy",
        "requestPayment", "response-cache-control", "response-content-disposition", "response-content-encoding",
        "response-content-language", "response-content-type", "response-expires", "restore", "tagging", "torrent",
        "uploadId", "uploads", "versionId", "versioning", "versions", "website",
    ]

    private func canonicalResource(_ request: SignableRequest) -> String {
        let signed = request.query.filter { Self.subResources.contains($0.name) }
            .sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
            .map { $0.name + ($0.value.map { "=" + $0 } ?? "") }
        return request.resource + (signed.isEmpty ? "" : "?" + signed.joined(separator: "&"))
    }

    func signature(over text: String) -> String {
        Digest.base64(Digest.hmacSHA1(text, key: Array(credentials.secretKey.utf8)))
    }
}
