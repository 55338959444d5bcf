import HTTPClient
import Testing

@testable import ObjectStorage

@Suite struct ObjectStoreTests {
    @Test("A PUT carries type, encoding, digest and the private list, and its key as it is")
    func put() async throws {
        let server = try FakeStore { _, request in .usual(request) }
        defer { server.stop() }
        let etag = try await ObjectStore.of(server).put("a b/../+ü", Array("hello".utf8), contentEncoding: "gzip")
        #expect(etag == "\"e5\"")
        let request = try #require(server.requests.first)
        #expect(server.lines == ["PUT /logs/a%20b/../%2B%C3%BC"])
        #expect(request.header("Content-Type") == "text/plain; charset=utf-8")
        #expect(request.header("Content-Encoding") == "gzip")
        #expect(request.header("Content-MD5") == "XUFAKrxLKna5cZ2REBfFkg==")
        #expect(request.header("x-amz-acl") == "private")
        #expect(request.header("Authorization")?.hasPrefix("AWS4-HMAC-SHA256 Credential=ACCESS/") == true)
        #expect(request.body == Array("hello".utf8))
    }

    @Test("A refusal says what was attempted, what came back and what to do, and no secret")
    func refusal() async throws {
        let server = try FakeStore { _, _ in .error(403, "AccessDenied", "<StringToSign>S</StringToSign>") }
        defer { server.stop() }
        let error = await failure { try await ObjectStore.of(server).put("k\n", []) }
        #expect(error?.isRetryable == false)
        #expect(
            error?.description == "PUT logs/k : 403 AccessDenied: It is <AccessDenied> (the user needs s3:PutObject on "
                + "the bucket, and s3:GetObject for links to work) [request R1]")
    }

    @Test(
        "What passes by itself is worth another try",
        arguments: [
            (503, "SlowDown", true), (500, "InternalError", true), (502, "", true), (429, "", true),
            (400, "RequestTimeout", true), (400, "BadDigest", true), (501, "NotImplemented", false),
            (403, "SignatureDoesNotMatch", false), (404, "NoSuchBucket", false), (411, "", false),
        ])
    func retryable(_ status: Int, _ code: String, _ isRetryable: Bool) async throws {
        let server = try FakeStore { _, _ in .error(status, code, headers: ["Retry-After: 7"]) }
        defer { server.stop() }
        let error = await failure { try await ObjectStore.of(server).put("k", [1]) }
        #expect(error?.isRetryable == isRetryable)
        #expect(error?.retryAfter == .seconds(7))
        #expect(server.requests.count == 1)
    }

    @Test("A refused time names both clocks")
    func clocks() async throws {
        let server = try FakeStore { _, _ in
            .error(403, "RequestTimeTooSkewed", "<ServerTime>2013-05-24T02:00:00Z</ServerTime>")
        }
        defer { server.stop() }
        let error = await failure { try await ObjectStore.of(server).put("k", []) }
        #expect(error?.kind == .clocksDiffer(ours: "Fri, 24 May 2013 00:00:00 GMT", theirs: "2013-05-24T02:00:00Z"))
        #expect(error?.description.contains("2013-05-24T02:00:00Z") == true)
    }

    @Test("A bucket in another region is followed once and remembered, for links as well")
    func region() async throws {
        let server = try FakeStore { number, request in
            number == 0
                ? .error(301, "PermanentRedirect", headers: ["x-amz-bucket-region: eu-west-1"]) : .usual(request)
        }
        defer { server.stop() }
        let store = try ObjectStore.of(server)
        try await store.put("k", [1])
        try await store.put("l", [2])
        #expect(server.lines == ["PUT /logs/k", "PUT /logs/k", "PUT /logs/l"])
        let scopes = server.requests.map { $0.header("Authorization")?.contains("/eu-west-1/s3/") }
        #expect(scopes == [false, true, true])
        #expect(store.presignedGet("k", expires: .seconds(60)).contains("%2Feu-west-1%2Fs3%2F"))
    }

    @Test(
        "A store that sends us from region to region is given up on; a region that is no name is not believed",
        .timeLimit(.minutes(5)))
    func regionLoop() async throws {
        let server = try FakeStore { number, _ in
            .error(301, "PermanentRedirect", headers: ["x-amz-bucket-region: eu-west-\(number)"])
        }
        defer { server.stop() }
        #expect(await failure { try await ObjectStore.of(server).put("k", []) }?.code == "PermanentRedirect")
        #expect(server.requests.count == 2)
        let evil = try FakeStore { _, _ in .error(301, "X", headers: ["x-amz-bucket-region: a.evil.example/"]) }
        defer { evil.stop() }
        #expect(await failure { try await ObjectStore.of(evil).put("k", []) }?.code == "X")
        #expect(evil.requests.count == 1)
    }

    @Test("A malformed header that names the region is answered with that region")
    func malformedRegion() async throws {
        let server = try FakeStore { number, request in
            number == 0
                ? .error(400, "AuthorizationHeaderMalformed", "<Region>eu-north-1</Region>") : .usual(request)
        }
        defer { server.stop() }
        try await ObjectStore.of(server).put("k", [])
        #expect(server.requests.count == 2)
    }

    @Test("A bucket without access control lists gets none, from then on", .timeLimit(.minutes(5)))
    func accessControl() async throws {
        let server = try FakeStore { _, request in
            request.header("x-amz-acl") != nil ? .error(400, "AccessControlListNotSupported") : .usual(request)
        }
        defer { server.stop() }
        let store = try ObjectStore.of(server)
        try await store.put("k", [])
        try await store.put("l", [])
        #expect(server.lines == ["PUT /logs/k", "PUT /logs/k", "PUT /logs/l"])
    }

    @Test("A redirect elsewhere is not followed: the signature is for one host")
    func redirect() async throws {
        let server = try FakeStore { _, _ in .init(status: 307, headers: ["Location: http://127.0.0.1:1/"]) }
        defer { server.stop() }
        let error = await failure { try await ObjectStore.of(server).put("k", []) }
        #expect(error?.description == "PUT logs/k: 307")
    }

    @Test("No answer, a cut one and a closed connection are transport errors that pass")
    func transport() async throws {
        let server = try FakeStore { number, _ in number == 0 ? nil : .init(body: "<Err", isCut: true) }
        defer { server.stop() }
        let store = try ObjectStore.of(server)
        for _ in 0..<2 {
            let error = await failure { try await store.put("k", [1]) }
            #expect(error?.isRetryable == true)
            guard case .transport = error?.kind else {
                Issue.record("\(String(describing: error))")
                return
            }
        }
    }

    @Test("Keys that no store takes are refused before anything is sent")
    func keys() async throws {
        let server = try FakeStore { _, request in .usual(request) }
        defer { server.stop() }
        let store = try ObjectStore.of(server)
        for key in ["", String(repeating: "ü", count: 513)] {
            let error = await failure { try await store.put(key, []) }
            guard case .invalidKey = error?.kind else {
                Issue.record("\(key.utf8.count) bytes: \(String(describing: error))")
                continue
            }
        }
        #expect(server.requests.isEmpty)
    }

    @Test("The size of an object, and of none")
    func size() async throws {
        let server = try FakeStore { number, _ in
            number == 0 ? .init(headers: ["Content-Length: 99999999999"]) : .init(status: 404)
        }
        defer { server.stop() }
        let store = try ObjectStore.of(server)
        #expect(try await store.size(of: "k") == 99_999_999_999)
        #expect(try await store.size(of: "k") == nil)
    }
}
