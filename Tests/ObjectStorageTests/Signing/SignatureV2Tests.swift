import HTTPClient
import Testing

@testable import ObjectStorage

/// The examples of "Signing and Authenticating REST Requests" of the Amazon S3 documentation.
@Suite struct SignatureV2Tests {
    struct Example: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var method: HTTPMethod
        var resource: String
        var query: [SignableRequest.Parameter] = []
        var date: String
        var headers: HTTPHeaders = [:]
        var signature: String
    }

    static let signer = SignatureV2(
        credentials: ObjectStoreCredentials(
            accessKey: "AKIAIOSFODNN7EXAMPLE", secretKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"))

    static let examples = [
        Example(
            testDescription: "object GET", method: .get, resource: "/johnsmith/photos/puppy.jpg",
            date: "Tue, 27 Mar 2007 19:36:42 +0000", signature: "bWq2s1WEIj+Ydj0vQ697zp+IXMU="),
        Example(
            testDescription: "object PUT", method: .put, resource: "/johnsmith/photos/puppy.jpg",
            date: "Tue, 27 Mar 2007 21:15:45 +0000", headers: ["Content-Type": "image/jpeg"],
            signature: "MyyxeRY7whkBe+bq8fHCL/2kKUg="),
        Example(
            testDescription: "list", method: .get, resource: "/johnsmith/",
            query: [.init("prefix", "photos"), .init("max-keys", "50"), .init("marker", "puppy")],
            date: "Tue, 27 Mar 2007 19:42:41 +0000", signature: "htDYFYduRNen8P9ZfE/s9SuKy0U="),
        Example(
            testDescription: "fetch", method: .get, resource: "/johnsmith/", query: [.init("acl")],
            date: "Tue, 27 Mar 2007 19:44:46 +0000", signature: "c2WLPFtWHVgbEmeEG93a4cG37dM="),
        Example(
            testDescription: "delete", method: .delete, resource: "/johnsmith/photos/puppy.jpg",
            date: "Tue, 27 Mar 2007 21:20:26 +0000", signature: "lx3byBScXR6KzyMaifNkardMwNk="),
        Example(
            testDescription: "upload", method: .put, resource: "/static.johnsmith.net/db-backup.dat.gz",
            date: "Tue, 27 Mar 2007 21:06:08 +0000",
            headers: [
                "x-amz-acl": "public-read", "content-type": "application/x-download",
                "Content-MD5": "4gJE4saaMU4BqNR0kLY+lw==", "X-Amz-Meta-ReviewedBy": "joe@johnsmith.net",
                "X-Amz-Meta-FileChecksum": "0x02661779", "X-Amz-Meta-ChecksumAlgorithm": "crc32",
                "x-amz-meta-reviewedby": "jane@johnsmith.net", "Content-Encoding": "gzip",
            ],
            signature: "ilyl83RwaSoYIEdixDQcA4OnAnc="),
        Example(
            testDescription: "list all my buckets", method: .get, resource: "/",
            date: "Wed, 28 Mar 2007 01:29:59 +0000", signature: "qGdzdERIC03wnaRNKh6OqZehG9s="),
        Example(
            testDescription: "unicode keys", method: .get, resource: "/dictionary/fran%C3%A7ais/pr%c3%a9f%c3%a8re",
            date: "Wed, 28 Mar 2007 01:49:49 +0000", signature: "DNEZGsoieTZ92F3bUfSPQcbGmlM="),
    ]

    @Test("Amazon's examples of signed headers", arguments: examples)
    func header(_ example: Example) {
        let request = SignableRequest(
            method: example.method, host: "s3.amazonaws.com", path: example.resource, resource: example.resource,
            query: example.query, headers: example.headers)
        let text = Self.signer.stringToSign(request, date: example.date)
        #expect(Self.signer.signature(over: text) == example.signature)
    }

    @Test("Amazon's example of a signed URL")
    func query() {
        let request = SignableRequest(
            method: .get, host: "johnsmith.s3.amazonaws.com", path: "/photos/puppy.jpg",
            resource: "/johnsmith/photos/puppy.jpg")
        let target = Self.signer.signedTarget(
            for: request, seconds: 20, at: RequestTime(secondsSince1970: 1_175_139_600))
        #expect(
            target == "/photos/puppy.jpg?AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Expires=1175139620"
                + "&Signature=NpgCjnDzrM%2BWFzoENXmpNDUsSn8%3D")
    }

    @Test("Sub-resources are signed in their order, with plain values; the date of Amazon's header wins")
    func subResources() {
        let request = SignableRequest(
            method: .put, host: "h", path: "/k", resource: "/b/k",
            query: [.init("uploadId", "a+/="), .init("x", "y"), .init("partNumber", "7")],
            headers: ["x-amz-date": "now"])
        #expect(
            Self.signer.stringToSign(request, date: "then")
                == "PUT\n\n\n\nx-amz-date:now\n/b/k?partNumber=7&uploadId=a+/=")
        #expect(request.target == "/k?uploadId=a%2B%2F%3D&x=y&partNumber=7")
    }

    @Test("No time of expiry overflows")
    func expiry() {
        let request = SignableRequest(method: .get, host: "h", path: "/k", resource: "/b/k")
        let now = RequestTime(secondsSince1970: 1_000)
        #expect(Self.signer.signedTarget(for: request, seconds: .max, at: now).contains("Expires=3153601000&"))
        #expect(Self.signer.signedTarget(for: request, seconds: .min, at: now).contains("Expires=1001&"))
    }
}
