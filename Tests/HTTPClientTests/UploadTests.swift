import Dispatch
import HTTPClient
import Synchronization
import TestTools
import Testing

struct UploadTests {
    let client = HTTPClient.forTests()

    struct ProducerFailure: Error, CustomStringConvertible {
        let description = "the log went away"
    }

    /// Says how much came, and how it was announced.
    private func countingServer() throws -> ScriptedServer {
        try ScriptedServer { connection in
            while let request = try connection.head() {
                if request.header("Expect") != nil { try connection.write("HTTP/1.1 100 Continue\r\n\r\n") }
                var count = 0
                if let length = request.header("Content-Length").flatMap({ Int($0) }) {
                    while count < length { count += try connection.bytes(min(1 << 16, length - count)).count }
                } else {
                    count = try connection.chunkedCount()
                }
                try connection.respond(body: "\(count)")
            }
        }
    }

    @Test(arguments: [nil, 10 << 20] as [Int64?])
    func streamsABody(length: Int64?) async throws {
        let server = try countingServer()
        defer { server.stop() }
        let source = ChunkSource(count: 80, size: 128 << 10)
        let request = HTTPRequest(.put, server.url, body: .stream(length: length) { source.next() })
        #expect(try await client.send(request).text == "\(10 << 20)")
        let seen = try #require(server.requests.first)
        #expect(seen.header("Content-Length") == length.map { "\($0)" })
        #expect(seen.header("Transfer-Encoding") == (length == nil ? "chunked" : nil))
        // With a known length the server may answer before the source is asked for its end.
        #expect(source.askedCount == 81 || length != nil && source.askedCount == 80)
    }

    @Test func aLargeBodyOfBytesWaitsForPermission() async throws {
        let server = try countingServer()
        defer { server.stop() }
        let request = HTTPRequest(.put, server.url, body: .bytes([UInt8](repeating: 1, count: 3 << 20)))
        #expect(try await client.send(request).text == "\(3 << 20)")
        #expect(server.requests.first?.header("Expect") == "100-continue")
    }

    @Test func anEmptyStreamAndEmptyChunksAreFine() async throws {
        let server = try countingServer()
        defer { server.stop() }
        let empty = HTTPRequest(.post, server.url, body: .stream(length: nil) { nil })
        #expect(try await client.send(empty).text == "0")
        let source = ChunkSource(count: 1, size: 5)
        let asked = Mutex(0)
        let request = HTTPRequest(
            .post, server.url,
            body: .stream(length: nil) {
                let number = asked.withLock { asked in
                    asked += 1
                    return asked
                }
                return number % 2 == 1 ? [] : source.next()
            })
        #expect(try await client.send(request).text == "5")
    }

    @Test func aServerThatDoesNotReadMakesTheProducerWait() async throws {
        let mayRead = DispatchSemaphore(value: 0)
        let server = try ScriptedServer { connection in
            _ = try connection.head()
            mayRead.wait()
            try connection.respond(body: "\(try connection.chunkedCount())")
        }
        defer { server.stop() }
        let source = ChunkSource(count: 256, size: 256 << 10)
        let request = HTTPRequest(.post, server.url, body: .stream(length: nil) { source.next() })
        let sending = Task { [client] in try await client.send(request).text }
        let last = try await waitForStandstill(of: "the producer") { source.askedCount }
        #expect(last < 128, "the producer was asked \(last) times for nobody")
        mayRead.signal()
        #expect(try await sending.value == "\(64 << 20)")
    }

    @Test func aProducerThatThrowsEndsTheTransfer() async throws {
        let server = try ScriptedServer { connection in
            _ = try connection.head()
            try connection.waitForClose()
        }
        defer { server.stop() }
        let source = ChunkSource(count: 2, size: 100)
        let request = HTTPRequest(
            .put, server.url + "/object",
            body: .stream(length: nil) {
                guard let chunk = source.next() else { throw ProducerFailure() }
                return chunk
            })
        let error = await failure { _ = try await client.send(request) }
        #expect(error?.description == "PUT \(server.url)/object: upload failed: the log went away")
        try await waitUntil("the server sees the close") { server.endedCount == 1 }
    }

    @Test(arguments: [99, 101, 250] as [Int64])
    func aWrongLengthIsAnError(length: Int64) async throws {
        let server = try ScriptedServer { connection in
            _ = try connection.head()
            try connection.waitForClose()
        }
        defer { server.stop() }
        let source = ChunkSource(count: 2, size: 50)
        let request = HTTPRequest(.put, server.url, body: .stream(length: length) { source.next() })
        let error = await failure { _ = try await client.send(request) }
        #expect(
            error?.kind
                == .upload(
                    length < 100
                        ? "more than the \(length) bytes announced" : "ended after 100 of the \(length) bytes announced"
                ))
    }

    @Test func anEarlyRefusalIsTheResponse() async throws {
        let server = try ScriptedServer { connection in
            _ = try connection.head()
            _ = try connection.bytes(3)
            try connection.respond(403, body: "no")
            try connection.waitForClose()
        }
        defer { server.stop() }
        let (stream, continuation) = AsyncStream<[UInt8]>.makeStream()
        defer { continuation.finish() }
        continuation.yield([1, 2, 3])
        let isCancelled = Mutex(false)
        let asked = Mutex(0)
        let request = HTTPRequest(
            .put, server.url,
            body: .stream(length: 1000) {
                asked.withLock { $0 += 1 }
                var iterator = stream.makeAsyncIterator()
                let chunk = await iterator.next()
                if Task.isCancelled { isCancelled.withLock { $0 = true } }
                return chunk
            })
        let response = try await client.send(request)
        #expect(response.status == 403)
        #expect(response.text == "no")
        // The answer may come before the producer is asked for more: then there is nothing to cancel.
        try await waitUntil("the producer is cancelled") { isCancelled.withLock { $0 } || asked.withLock { $0 } == 1 }
    }

    @Test func aProducerThatWaitsIsNotIdleness() async throws {
        let server = try countingServer()
        defer { server.stop() }
        let source = ChunkSource(count: 2, size: 10)
        var request = HTTPRequest(
            .post, server.url,
            body: .stream(length: nil) {
                // More than the limit, between two chunks.
                try await Task.sleep(for: .milliseconds(3500))
                return source.next()
            })
        request.idleTimeout = .seconds(3)
        #expect(try await client.send(request).text == "20")
    }

    @Test func cancellingStopsTheProducer() async throws {
        let server = try ScriptedServer { connection in
            _ = try connection.head()
            try connection.waitForClose()
        }
        defer { server.stop() }
        let source = ChunkSource(count: .max, size: 1000)
        let request = HTTPRequest(.post, server.url, body: .stream(length: nil) { source.next() })
        let sending = Task { [client] in await failure { _ = try await client.send(request) }?.kind }
        try await waitUntil("data flows") { source.askedCount > 100 }
        sending.cancel()
        #expect(await sending.value == .cancelled)
        try await waitUntil("the server sees the close") { server.endedCount == 1 }
        // At most the one call that was under way.
        let asked = source.askedCount
        try await Task.sleep(for: .milliseconds(100))
        #expect(source.askedCount <= asked + 1)
    }

    /// Reads a second request on a connection and closes it instead of answering: what a server does that gives up an
    /// idle connection just when it is used again.
    private func forgetfulServer() throws -> ScriptedServer {
        try ScriptedServer { connection in
            guard let request = try connection.request() else { return }
            try connection.respond(body: request.text)
            _ = try connection.request()
        }
    }

    @Test func bytesAreSentAgainWhenAKeptConnectionIsClosed() async throws {
        let server = try forgetfulServer()
        defer { server.stop() }
        for text in ["first", "second"] {
            let request = HTTPRequest(.put, server.url, body: .bytes(Array(text.utf8)))
            #expect(try await client.send(request).text == text)
        }
        #expect(server.requests.map(\.text) == ["first", "second", "second"])
    }

    @Test func aStreamIsNotSentOnAKeptConnectionThatMayBeClosed() async throws {
        let server = try forgetfulServer()
        defer { server.stop() }
        for _ in 0..<2 {
            let source = ChunkSource(count: 1, size: 5)
            let request = HTTPRequest(.put, server.url, body: .stream(length: 5) { source.next() })
            #expect(try await client.send(request).body.count == 5)
        }
        #expect(server.requests.count == 2)
        #expect(server.connectionCount == 2)
    }

    @Test func aProducerIsNotAskedWithoutAConnection() async throws {
        let source = ChunkSource(count: 1, size: 1)
        let request = HTTPRequest(.post, "http://127.0.0.1:1/", body: .stream(length: 1) { source.next() })
        #expect(await failure { _ = try await client.send(request) }?.kind == .connectionRefused)
        #expect(source.askedCount == 0)
    }
}
