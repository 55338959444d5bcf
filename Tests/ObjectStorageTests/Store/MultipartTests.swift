import Testing

@testable import ObjectStorage

@Suite struct MultipartTests {
    private let upload = MultipartUpload(key: "k", id: "U+1")

    @Test("Begin, a part, complete")
    func inParts() async throws {
        let server = try FakeStore { _, request in .usual(request) }
        defer { server.stop() }
        let store = try ObjectStore.of(server, .version2)
        let upload = try await store.begin("k")
        #expect(upload == self.upload)
        let part = try await store.uploadPart(upload, number: 1, [1, 2])
        #expect(part == UploadedPart(number: 1, etag: "\"e2\""))
        #expect(try await store.complete(upload, parts: [part]) == nil)
        #expect(
            server.lines == [
                "POST /logs/k?uploads", "PUT /logs/k?partNumber=1&uploadId=U%2B1", "POST /logs/k?uploadId=U%2B1",
            ])
        #expect(
            String(decoding: server.requests[2].body, as: UTF8.self).contains(
                "<Part><PartNumber>1</PartNumber><ETag>&quot;e2&quot;</ETag></Part>"))
        #expect(server.requests.map { $0.header("x-amz-acl") } == ["private", nil, nil])
    }

    @Test("A part without an ETag has that of its bytes")
    func noETag() async throws {
        let server = try FakeStore { _, _ in .init() }
        defer { server.stop() }
        let part = try await ObjectStore.of(server).uploadPart(upload, number: 3, Array("hello".utf8))
        #expect(part.etag == "\"5d41402abc4b2a76b9719d911017c592\"")
    }

    @Test("An error inside the 200 of a completion is an error, and passes when its code does")
    func errorInside() async throws {
        let server = try FakeStore { number, _ in
            number == 0 ? .error(200, "InternalError") : .error(200, "RequestTimeTooSkewed")
        }
        defer { server.stop() }
        let store = try ObjectStore.of(server)
        let error = await failure { try await store.complete(upload, parts: []) }
        #expect(error?.code == "InternalError")
        #expect(error?.isRetryable == true)
        guard case .clocksDiffer = await failure(of: { try await store.complete(upload, parts: []) })?.kind else {
            Issue.record("the clocks are not named")
            return
        }
    }

    @Test(
        "Answers that say nothing are no success",
        arguments: ["", " \n ", "<html></html>", "<Complete", "<CompleteMultipartUploadResultX/>"])
    func noResult(_ body: String) async throws {
        let server = try FakeStore { _, _ in .init(body: body) }
        defer { server.stop() }
        let store = try ObjectStore.of(server)
        let error = await failure { try await store.complete(upload, parts: []) }
        guard case .unexpectedAnswer = error?.kind else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(error?.isRetryable == true)
        #expect(await failure { _ = try await store.begin("k") } != nil)
        #expect(await failure { _ = try await store.listUploads() } != nil)
    }

    @Test("Aborting what is gone is no error; a refused abort is")
    func abort() async throws {
        let server = try FakeStore { number, _ in
            number == 0 ? .error(404, "NoSuchUpload") : .error(403, "AccessDenied")
        }
        defer { server.stop() }
        let store = try ObjectStore.of(server)
        try await store.abort(upload)
        #expect(await failure { try await store.abort(upload) }?.code == "AccessDenied")
    }

    @Test("Uploads are listed with their keys as they are")
    func list() async throws {
        let server = try FakeStore { _, _ in
            .init(
                body: "<ListMultipartUploadsResult><Bucket>logs</Bucket><Upload><Key>a&amp;b &#x263A;</Key>"
                    + "<UploadId>1</UploadId></Upload></ListMultipartUploadsResult>")
        }
        defer { server.stop() }
        let uploads = try await ObjectStore.of(server).listUploads(prefix: "a&")
        #expect(uploads == [MultipartUpload(key: "a&b ☺", id: "1")])
        #expect(server.lines == ["GET /logs/?prefix=a%26&uploads"])
    }
}
