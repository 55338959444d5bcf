import Dispatch
import HTTPClient
import Synchronization
import TestTools
import Testing

struct StreamTests {
    let client = HTTPClient.forTests()

    /// Sends zeros until somebody stops it.
    private func endlessServer(head: String = "HTTP/1.1 200 OK\r\n\r\n") throws -> ScriptedServer {
        try ScriptedServer { connection in
            _ = try connection.request()
            try connection.write(head)
            let zeros = [UInt8](repeating: 0, count: 256 << 10)
            while true { try connection.write(zeros) }
        }
    }

    @Test func returnsAtTheHeadAndDeliversPiecesAsTheyCome() async throws {
        let clientHasSeen = DispatchSemaphore(value: 0)
        let server = try ScriptedServer { connection in
            _ = try connection.request()
            try connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-A: b\r\n\r\n")
            for piece in ["first", "second"] {
                clientHasSeen.wait()
                try connection.write("\(String(piece.utf8.count, radix: 16))\r\n\(piece)\r\n")
            }
            clientHasSeen.wait()
            try connection.write("0\r\n\r\n")
        }
        defer { server.stop() }
        var request = HTTPRequest(.post, server.url + "/api/v1", body: .bytes(Array("{}".utf8)))
        request.idleTimeout = nil
        let stream = try await client.open(request)
        #expect(stream.status == 200)
        #expect(stream.headers["x-a"] == "b")
        #expect(stream.finalURL == server.url + "/api/v1")
        clientHasSeen.signal()
        #expect(try await stream.next() == Array("first".utf8))
        clientHasSeen.signal()
        #expect(try await stream.next() == Array("second".utf8))
        clientHasSeen.signal()
        #expect(try await stream.next() == nil)
        #expect(try await stream.next() == nil)
    }

    @Test func aSlowReaderMakesTheServerWait() async throws {
        let total = 64 << 20
        let server = try ScriptedServer { connection in
            _ = try connection.request()
            try connection.write("HTTP/1.1 200 OK\r\nContent-Length: \(total)\r\n\r\n")
            let piece = (0..<65536).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
            for _ in 0..<(total / piece.count) { try connection.write(piece) }
        }
        defer { server.stop() }
        let stream = try await client.open(HTTPRequest(.get, server.url))
        // Nobody reads: what the server can send comes to rest at what kernel and client buffer together.
        let stalled = try await server.stalledCount()
        #expect(stalled < Int64(total) / 2, "the server could send \(stalled) bytes to nobody")
        var received = 0
        var isIntact = true
        var largest = 0
        while let chunk = try await stream.next() {
            #expect(!chunk.isEmpty)
            largest = max(largest, chunk.count)
            for index in stride(from: 0, to: chunk.count, by: 997) {
                let place = (received + index) & 65535
                if chunk[index] != UInt8(truncatingIfNeeded: place &* 31 &+ place >> 8) { isIntact = false }
            }
            received += chunk.count
        }
        #expect(received == total)
        #expect(isIntact)
        #expect(largest <= 512 << 10, "a chunk of \(largest) bytes was buffered")
    }

    @Test func aPauseOfTheReaderIsNotIdleness() async throws {
        let server = try ScriptedServer { connection in
            _ = try connection.request()
            try connection.write("HTTP/1.1 200 OK\r\nContent-Length: \(32 << 20)\r\n\r\n")
            try connection.write([UInt8](repeating: 7, count: 32 << 20))
        }
        defer { server.stop() }
        var request = HTTPRequest(.get, server.url)
        request.idleTimeout = .seconds(3)
        let stream = try await client.open(request)
        _ = try await server.stalledCount()
        // Longer than the limit: enough for a wrong clock to have struck.
        try await Task.sleep(for: .milliseconds(3500))
        #expect(try await stream.read(maxBytes: 32 << 20).count == 32 << 20)
    }

    @Test func sendStopsAtItsLimitHoweverMuchComes() async throws {
        let server = try endlessServer()
        defer { server.stop() }
        var request = HTTPRequest(.get, server.url)
        request.maxBodyBytes = 1 << 20
        let error = await failure { _ = try await client.send(request) }
        #expect(error?.kind == .bodyTooLarge(limit: 1 << 20))
        try await waitUntil("the server sees the close") { server.endedCount == 1 }
    }

    @Test func sendBelievesALengthOverItsLimit() async throws {
        let server = try ScriptedServer { connection in
            _ = try connection.request()
            try connection.write("HTTP/1.1 200 OK\r\nContent-Length: 107374182400\r\n\r\n")
            try connection.waitForClose()
        }
        defer { server.stop() }
        let error = await failure { _ = try await client.send(HTTPRequest(.get, server.url)) }
        #expect(error?.description == "GET \(server.url)/: response larger than 16777216 bytes")
    }

    @Test(arguments: [3, 4, 5])
    func theLimitIsInclusive(length: Int) async throws {
        let server = try ScriptedServer { connection in
            _ = try connection.request()
            try connection.write("HTTP/1.1 200 OK\r\n\r\n" + String(repeating: "x", count: length))
        }
        defer { server.stop() }
        var request = HTTPRequest(.get, server.url)
        request.maxBodyBytes = 4
        let count = try? await client.send(request).body.count
        #expect(count == (length <= 4 ? length : nil))
        let stream = try await client.open(request)
        #expect((try? await stream.read(maxBytes: 4).count) == count)
    }

    @Test func cancellingAStreamClosesTheConnection() async throws {
        let server = try endlessServer(head: "HTTP/1.1 200 OK\r\nContent-Length: 107374182400\r\n\r\n")
        defer { server.stop() }
        let stream = try await client.open(HTTPRequest(.get, server.url))
        for _ in 0..<10 { _ = try await stream.next() }
        stream.cancel()
        #expect(await failure { _ = try await stream.next() }?.kind == .cancelled)
        try await waitUntil("the server sees the close") { server.endedCount == 1 }
    }

    @Test func cancellingAPausedStreamClosesTheConnection() async throws {
        let server = try endlessServer()
        defer { server.stop() }
        let stream = try await client.open(HTTPRequest(.get, server.url))
        _ = try await server.stalledCount()
        stream.cancel()
        try await waitUntil("the server sees the close") { server.endedCount == 1 }
    }

    @Test func droppingAStreamClosesTheConnection() async throws {
        let server = try endlessServer()
        defer { server.stop() }
        do {
            let stream = try await client.open(HTTPRequest(.get, server.url))
            _ = try await stream.next()
        }
        try await waitUntil("the server sees the close") { server.endedCount == 1 }
    }

    @Test func aStreamKeepsItsClientAlive() async throws {
        let server = try endlessServer()
        defer { server.stop() }
        let stream = try await HTTPClient.forTests().open(HTTPRequest(.get, server.url))
        for _ in 0..<5 { #expect(try await stream.next()?.isEmpty == false) }
    }

    @Test func cancellingTheTaskStopsSendOpenAndNext() async throws {
        let server = try ScriptedServer { connection in
            guard let request = try connection.request() else { return }
            if request.path == "/next" { try connection.write("HTTP/1.1 200 OK\r\n\r\n") }
            try connection.waitForClose()
        }
        defer { server.stop() }
        let (client, url) = (client, server.url)
        let operations: [@Sendable () async throws -> Void] = [
            { _ = try await client.send(HTTPRequest(.get, url + "/send")) },
            { _ = try await client.open(HTTPRequest(.get, url + "/open")) },
            { _ = try await client.open(HTTPRequest(.get, url + "/next")).next() },
        ]
        for (index, operation) in operations.enumerated() {
            let task = Task { await failure(of: operation)?.kind }
            try await waitUntil("the request arrives") { server.requests.count == index + 1 }
            task.cancel()
            #expect(await task.value == .cancelled)
            try await waitUntil("the server sees the close") { server.endedCount == index + 1 }
        }
    }

    @Test func aTaskThatIsAlreadyCancelledGetsNothing() async throws {
        let server = try endlessServer()
        defer { server.stop() }
        let (client, url) = (client, server.url)
        let stream = try await client.open(HTTPRequest(.get, url))
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return [
                await failure { _ = try await client.send(HTTPRequest(.get, url)) }?.kind,
                await failure { _ = try await stream.next() }?.kind,
            ]
        }
        #expect(await task.value == [.cancelled, .cancelled])
    }

    @Test func twoReadersOfOneStreamAreAnErrorForTheSecond() async throws {
        let server = try ScriptedServer { connection in
            _ = try connection.request()
            try connection.write("HTTP/1.1 200 OK\r\n\r\n")
            try connection.waitForClose()
        }
        defer { server.stop() }
        let stream = try await client.open(HTTPRequest(.get, server.url))
        let kinds = await withTaskGroup(of: HTTPError.Kind?.self) { group in
            for _ in 0..<2 { group.addTask { await failure { _ = try await stream.next() }?.kind } }
            let first = await group.next() ?? nil
            stream.cancel()
            return [first, await group.next() ?? nil]
        }
        #expect(kinds[0] == .invalidRequest("two tasks read the same response at the same time"))
        #expect(kinds[1] == .cancelled)
    }
}

extension ScriptedServer {
    /// Bytes sent once no more can be sent.
    func stalledCount() async throws -> Int64 { try await waitForStandstill(of: "the bytes sent") { sentCount } }
}
