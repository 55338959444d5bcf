import HTTPClient
import Testing

@testable import ObjectStorage

/// The examples of "Signature Calculations for the Authorization Header" and "Using Query Parameters" of the Amazon S3
/// API Reference.
@Suite struct SignatureV4Tests {
    struct Example: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var method: HTTPMethod
        var path = "/"
        var query: [SignableRequest.Parameter] = []
        var headers: HTTPHeaders = [:]
        var body = ""
        var signedHeaders: String
        var signature: String
    }

    static let signer = SignatureV4(
        credentials: ObjectStoreCredentials(
            accessKey: "AKIAIOSFODNN7EXAMPLE", secretKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
        region: "us-east-1")
    /// 24 May 2013, 00:00:00 UTC.
    static let time = RequestTime(secondsSince1970: 1_369_353_600)

    static let examples = [
        Example(
            testDescription: "GET object", method: .get, path: "/test.txt", headers: ["Range": "bytes=0-9"],
            signedHeaders: "host;range;x-amz-content-sha256;x-amz-date",
            signature: "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"),
        Example(
            testDescription: "PUT object", method: .put, path: "/" + URIEncoding.path("test$file.text"),
            headers: ["Date": "Fri, 24 May 2013 00:00:00 GMT", "x-amz-storage-class": "REDUCED_REDUNDANCY"],
            body: "Welcome to Amazon S3.",
            signedHeaders: "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
            signature: "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"),
        Example(
            testDescription: "GET bucket lifecycle", method: .get, query: [.init("lifecycle")],
            signedHeaders: "host;x-amz-content-sha256;x-amz-date",
            signature: "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
        Example(
            testDescription: "list objects", method: .get, query: [.init("prefix", "J"), .init("max-keys", "2")],
            signedHeaders: "host;x-amz-content-sha256;x-amz-date",
            signature: "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"),
    ]

    @Test("Amazon's examples of signed headers", arguments: examples)
    func header(_ example: Example) {
        let request = SignableRequest(
            method: example.method, host: "examplebucket.s3.amazonaws.com", path: example.path,
            resource: "/examplebucket" + example.path, query: example.query, headers: example.headers)
        let headers = Self.signer.headers(for: request, payload: .signed(Array(example.body.utf8)), at: Self.time)
        #expect(
            headers["Authorization"]
                == "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
                + "SignedHeaders=\(example.signedHeaders),Signature=\(example.signature)")
        #expect(headers["x-amz-date"] == "20130524T000000Z")
        for field in example.headers { #expect(headers[field.name] == field.value) }
    }

    @Test("Amazon's example of a signed URL")
    func query() {
        let request = SignableRequest(
            method: .get, host: "examplebucket.s3.amazonaws.com", path: "/test.txt", resource: "")
        #expect(
            Self.signer.signedTarget(for: request, seconds: 86_400, at: Self.time)
                == "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256"
                + "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
                + "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
                + "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404")
    }

    @Test("A signed URL is good for a second at least and seven days at most")
    func expiry() {
        let request = SignableRequest(method: .get, host: "h", path: "/k", resource: "")
        func target(_ seconds: Int64) -> String {
            Self.signer.signedTarget(for: request, seconds: seconds, at: Self.time)
        }
        #expect(target(604_801) == target(604_800))
        #expect(target(.max).contains("X-Amz-Expires=604800&"))
        #expect(target(-5).contains("X-Amz-Expires=1&"))
    }

    @Test("The body may stay out of the signature; the token of temporary credentials is in it")
    func unsignedAndToken() {
        var signer = Self.signer
        signer.credentials.sessionToken = "T/+="
        let request = SignableRequest(method: .put, host: "h", path: "/k", resource: "")
        let headers = signer.headers(for: request, payload: .unsigned, at: Self.time)
        #expect(headers["x-amz-content-sha256"] == "UNSIGNED-PAYLOAD")
        #expect(headers["x-amz-security-token"] == "T/+=")
        #expect(
            headers["Authorization"]?.contains(
                "SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token,") == true)
        #expect(
            signer.signedTarget(for: request, seconds: 9, at: Self.time).contains("X-Amz-Security-Token=T%2F%2B%3D&"))
    }
}
