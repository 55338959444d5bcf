import Synchronization
import Testing

@testable import ObjectStorage

@Suite struct LogUploaderTests {
    private struct SourceFailure: Error {}

    /// Gives chunks of 4 bytes.
    private final class Source: Sendable {
        private let left: Mutex<Int>
        private let fails: Bool

        init(_ bytes: Int, fails: Bool = false) {
            left = Mutex(bytes)
            self.fails = fails
        }

        func next() throws -> [UInt8]? {
            try left.withLock { left in
                let count = min(4, left)
                left -= count
                if count == 0, fails { throw SourceFailure() }
                return count == 0 ? nil : [UInt8](repeating: 7, count: count)
            }
        }
    }

    private func uploader(
        _ server: FakeStore, delays: (@Sendable (Duration) -> Void)? = nil,
        leftBehind: @escaping @Sendable (String, ObjectStoreError) -> Void = { _, _ in }
    ) throws -> LogUploader {
        LogUploader(try .of(server), partBytes: 10, sleep: { delays?($0) }, leftBehind: leftBehind)
    }

    @Test("A short log is one request, a long one is parts")
    func sizes() async throws {
        let server = try FakeStore { _, request in .usual(request) }
        defer { server.stop() }
        let uploader = try uploader(server)
        let short = Source(10)
        let long = Source(25)
        #expect(try await uploader.upload("s") { try short.next() } == .init(bytes: 10, parts: 0))
        #expect(try await uploader.upload("l") { try long.next() } == .init(bytes: 25, parts: 3))
        #expect(
            server.lines == [
                "PUT /logs/s", "POST /logs/l?uploads", "PUT /logs/l?partNumber=1&uploadId=U%2B1",
                "PUT /logs/l?partNumber=2&uploadId=U%2B1", "PUT /logs/l?partNumber=3&uploadId=U%2B1",
                "POST /logs/l?uploadId=U%2B1",
            ])
        #expect(server.requests.map(\.body.count).prefix(5) == [10, 0, 10, 10, 5])
    }

    @Test("A part that fails in passing is sent again, with the same bytes")
    func retry() async throws {
        let server = try FakeStore { number, request in
            switch number {
            case 1: .error(503, "SlowDown", headers: ["Retry-After: 3"])
            case 2: .init(isCut: true)
            default: .usual(request)
            }
        }
        defer { server.stop() }
        let delays = Mutex<[Duration]>([])
        let source = Source(11)
        let stored = try await uploader(server, delays: { delay in delays.withLock { $0.append(delay) } })
            .upload("k") { try source.next() }
        #expect(stored == .init(bytes: 11, parts: 2))
        #expect(server.requests.filter { $0.target.contains("partNumber=1&") }.map(\.body.count) == [10, 10, 10])
        #expect(delays.withLock { $0.count } == 2)
        #expect(delays.withLock { $0.first } == .seconds(3))
    }

    @Test("An upload that fails is aborted, and the failure is what is thrown")
    func abort() async throws {
        let server = try FakeStore { _, request in
            request.target.contains("partNumber=2") ? .error(403, "AccessDenied") : .usual(request)
        }
        defer { server.stop() }
        let source = Source(30)
        let uploader = try uploader(server)
        let error = await failure { _ = try await uploader.upload("k") { try source.next() } }
        #expect(error?.code == "AccessDenied")
        #expect(server.lines.last == "DELETE /logs/k?uploadId=U%2B1")
    }

    @Test("A source that fails aborts the upload, or stores nothing at all")
    func sourceFails() async throws {
        let server = try FakeStore { _, request in .usual(request) }
        defer { server.stop() }
        let uploader = try uploader(server)
        for size in [8, 24] {
            let source = Source(size, fails: true)
            await #expect(throws: SourceFailure.self) { try await uploader.upload("k") { try source.next() } }
        }
        #expect(server.lines.last == "DELETE /logs/k?uploadId=U%2B1")
        #expect(!server.lines.contains("PUT /logs/k"))
        #expect(!server.lines.contains("POST /logs/k?uploadId=U%2B1"))
    }

    @Test("A cancelled upload is aborted all the same")
    func cancelled() async throws {
        let server = try FakeStore { _, request in .usual(request) }
        defer { server.stop() }
        let uploader = try uploader(server)
        let source = Source(24)
        let task = Task {
            try await uploader.upload("k") {
                if let chunk = try source.next() { return chunk }
                withUnsafeCurrentTask { $0?.cancel() }
                return nil
            }
        }
        await #expect(throws: (any Error).self) { try await task.value }
        #expect(server.lines.last == "DELETE /logs/k?uploadId=U%2B1")
    }

    @Test("A refused abort is told, and does not hide the failure")
    func abortRefused() async throws {
        let server = try FakeStore { _, request in
            switch request.method {
            case "POST": .usual(request)
            case "PUT": .error(400, "EntityTooSmall")
            default: .error(403, "AccessDenied")
            }
        }
        defer { server.stop() }
        let told = Mutex<[String]>([])
        let source = Source(30)
        let uploader = try uploader(
            server, leftBehind: { key, error in told.withLock { $0.append("\(key) \(error.code ?? "")") } })
        let error = await failure { _ = try await uploader.upload("k") { try source.next() } }
        #expect(error?.code == "EntityTooSmall")
        #expect(told.withLock { $0 } == ["k AccessDenied"])
    }

    @Test("A beginning whose answer was lost may have left an upload that nobody knows: that is told")
    func lostBeginning() async throws {
        let server = try FakeStore { number, request in number == 0 ? nil : .usual(request) }
        defer { server.stop() }
        let told = Mutex<[String]>([])
        let source = Source(30)
        let uploader = try uploader(server, leftBehind: { key, _ in told.withLock { $0.append(key) } })
        #expect(try await uploader.upload("k") { try source.next() } == .init(bytes: 30, parts: 3))
        #expect(told.withLock { $0 } == ["k"])
    }

    @Test("A completion whose answer was lost is found to have worked")
    func lostAnswer() async throws {
        let completions = Mutex(0)
        let server = try FakeStore { _, request in
            if request.method == "HEAD" { return .init(headers: ["Content-Length: 11"]) }
            guard request.method == "POST", request.target.contains("uploadId") else { return .usual(request) }
            return completions.withLock { count in
                count += 1
                return count == 1 ? .init(isCut: true) : .error(404, "NoSuchUpload")
            }
        }
        defer { server.stop() }
        let source = Source(11)
        let stored = try await uploader(server).upload("k") { try source.next() }
        #expect(stored.parts == 2)
    }

    @Test("A completion that says that there is no such upload is a failure when there is no such object either")
    func noSuchUpload() async throws {
        let server = try FakeStore { _, request in
            if request.method == "HEAD" { return .init(headers: ["Content-Length: 12"]) }
            return request.target.hasSuffix("k?uploadId=U%2B1") ? .error(404, "NoSuchUpload") : .usual(request)
        }
        defer { server.stop() }
        let source = Source(11)
        let uploader = try uploader(server)
        #expect(await failure { _ = try await uploader.upload("k") { try source.next() } }?.code == "NoSuchUpload")
    }
}
