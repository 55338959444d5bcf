import Dispatch
import Glibc
import HTTPClient
import TestTools
import Testing

struct FailureTests {
    let client = HTTPClient.forTests()

    @Test func saysWhenTheConnectionIsRefused() async throws {
        let url = "http://127.0.0.1:\(try LoopbackServer.closedPort())/state"
        let error = await failure { _ = try await client.send(HTTPRequest(.get, url)) }
        #expect(error?.kind == .connectionRefused)
        #expect(error?.description == "GET \(url): connection refused")
    }

    @Test func saysWhichHostCannotBeResolved() async throws {
        let error = await failure { _ = try await client.send(HTTPRequest(.put, "http://no-such-host.invalid:5050/x")) }
        #expect(error?.kind == .couldNotResolve(host: "no-such-host.invalid"))
        #expect(
            error?.description
                == "PUT http://no-such-host.invalid:5050/x: could not resolve host no-such-host.invalid")
    }

    @Test(arguments: [0, 1, 500])
    func aBodyTornInTheMiddleSaysHowMuchCame(count: Int) async throws {
        let server = try ScriptedServer { connection in
            _ = try connection.request()
            try connection.write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
            try connection.write([UInt8](repeating: 65, count: count))
        }
        defer { server.stop() }
        let error = await failure { _ = try await client.send(HTTPRequest(.get, server.url)) }
        #expect(error?.kind == .connectionClosed(receivedBytes: Int64(count)))
        let stream = try await client.open(HTTPRequest(.get, server.url))
        var read = 0
        let torn = await failure { while let chunk = try await stream.next() { read += chunk.count } }
        #expect(torn?.kind == .connectionClosed(receivedBytes: Int64(count)))
        #expect(read == count)
    }

    @Test func aChunkedBodyWithoutItsLastChunkIsTorn() async throws {
        let server = try ScriptedServer { connection in
            _ = try connection.request()
            try connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
        }
        defer { server.stop() }
        let error = await failure { _ = try await client.send(HTTPRequest(.get, server.url)) }
        #expect(error?.kind == .connectionClosed(receivedBytes: 5))
    }

    @Test func aResetInTheMiddleIsTorn() async throws {
        // A reset drops what is on its way, so it has to wait.
        let clientHasRead = DispatchSemaphore(value: 0)
        let server = try ScriptedServer { connection in
            _ = try connection.request()
            try connection.write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhello")
            clientHasRead.wait()
            connection.reset()
        }
        defer { server.stop() }
        let stream = try await client.open(HTTPRequest(.get, server.url))
        #expect(try await stream.next() == Array("hello".utf8))
        clientHasRead.signal()
        let error = await failure { _ = try await stream.next() }
        #expect(error?.kind == .connectionClosed(receivedBytes: 5))
    }

    @Test(arguments: ["", "H", "HTTP/1.1 200 OK\r\nContent-Le", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n"])
    func aConnectionClosedBeforeTheHeadIsComplete(beginning: String) async throws {
        let server = try ScriptedServer { connection in
            _ = try connection.request()
            try connection.write(beginning)
        }
        defer { server.stop() }
        let error = await failure { _ = try await client.send(HTTPRequest(.get, server.url)) }
        #expect(error?.kind == .connectionClosed(receivedBytes: 0), "\(String(describing: error))")
    }

    @Test(arguments: [
        "SSH-2.0-OpenSSH_9.2\r\n", "\u{0}\u{1}\u{2}garbage\r\n\r\n", "HTTP/1.1 abc OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: nonsense\r\n\r\n", "{\"json\":1}",
    ])
    func whatIsNotHTTPIsAnInvalidResponse(answer: String) async throws {
        let server = try ScriptedServer { connection in
            _ = try connection.request()
            try connection.write(answer)
        }
        defer { server.stop() }
        let error = await failure { _ = try await client.send(HTTPRequest(.get, server.url)) }
        guard case .invalidResponse = error?.kind else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test(arguments: ["X-Long: ", "HTTP/1.1 100 Continue\r\n\r\n"])
    func endlessHeadersAreGivenUp(piece: String) async throws {
        let server = try ScriptedServer { connection in
            _ = try connection.request()
            try connection.write("HTTP/1.1 200 OK\r\n")
            let line = piece.hasPrefix("X") ? piece + String(repeating: "x", count: 1000) + "\r\n" : piece
            while true { try connection.write(line) }
        }
        defer { server.stop() }
        let error = await failure { _ = try await client.send(HTTPRequest(.get, server.url)) }
        guard case .invalidResponse = error?.kind else {
            Issue.record("\(String(describing: error))")
            return
        }
        try await waitUntil("the connection is closed") { server.endedCount == 1 }
    }

    @Test func aServerThatNeverAnswersIsIdle() async throws {
        let server = try ScriptedServer { try $0.waitForClose() }
        defer { server.stop() }
        var request = HTTPRequest(.get, server.url)
        request.idleTimeout = .milliseconds(200)
        let error = await failure { _ = try await client.send(request) }
        #expect(error?.kind == .idle(.milliseconds(200)))
        try await waitUntil("the connection is closed") { server.endedCount == 1 }
    }

    @Test func aBodyThatStopsIsIdle() async throws {
        let server = try ScriptedServer { connection in
            _ = try connection.request()
            try connection.write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhello")
            try connection.waitForClose()
        }
        defer { server.stop() }
        var request = HTTPRequest(.get, server.url)
        request.idleTimeout = .milliseconds(200)
        let stream = try await client.open(request)
        #expect(try await stream.next() == Array("hello".utf8))
        #expect(await failure { _ = try await stream.next() }?.kind == .idle(.milliseconds(200)))
    }

    @Test func aServerThatDoesNotTakeTheUploadIsIdle() async throws {
        let server = try ScriptedServer { connection in
            // Not a byte is read until the client is gone.
            while connection.peerIsThere() { usleep(5000) }
        }
        defer { server.stop() }
        var request = HTTPRequest(.put, server.url, body: .bytes([UInt8](repeating: 1, count: 64 << 20)))
        request.headers["Expect"] = ""
        request.idleTimeout = .milliseconds(300)
        #expect(await failure { _ = try await client.send(request) }?.kind == .idle(.milliseconds(300)))
    }

    @Test func slowButSteadyIsNotIdleButHasATotalLimit() async throws {
        let server = try ScriptedServer { connection in
            _ = try connection.request()
            try connection.write("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
            while true {
                try connection.write("x")
                usleep(20_000)
            }
        }
        defer { server.stop() }
        var request = HTTPRequest(.get, server.url)
        request.idleTimeout = .seconds(5)
        request.timeout = .milliseconds(400)
        let error = await failure { _ = try await client.send(request) }
        #expect(error?.kind == .timeout(.milliseconds(400)))
        #expect(error?.description.hasSuffix(": not finished within 0.4 seconds") == true)
    }

    @Test func aConnectionThatIsNotAcceptedTimesOut() async throws {
        // A listener whose queue is full drops further attempts on the floor.
        let full = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(full) }
        #expect(Loopback.bind(full, to: 0) && listen(full, 0) == 0)
        let port = Loopback.port(of: full)
        var request = HTTPRequest(.get, "http://127.0.0.1:\(port)/")
        request.connectTimeout = .milliseconds(300)
        request.idleTimeout = .milliseconds(300)
        let waiting = Task { [client, request] in
            var request = request
            request.idleTimeout = nil
            _ = try await client.send(request)
        }
        defer { waiting.cancel() }
        var kinds: [HTTPError.Kind] = []
        for _ in 0..<4 {
            if let kind = await failure(of: { _ = try await client.send(request) })?.kind { kinds.append(kind) }
        }
        #expect(kinds.contains(.connectTimeout(.milliseconds(300))), "\(kinds)")
    }

    @Test(arguments: [
        "", "not a url", "ftp://host/x", "file:///etc/passwd", "http://", "http:///x", "host:80/x", "http://a b/",
        "http://h/\r\nX: y", "http://h:99999/", "http://h\u{0}/", "//host/x", "http://h/a b",
    ])
    func refusesWhatIsNoURL(url: String) async throws {
        let error = await failure { _ = try await client.send(HTTPRequest(.get, url)) }
        guard case .invalidURL = error?.kind else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(error?.description.contains("\r\n") == false)
    }

    @Test func refusesHeadersThatWouldStartAnotherLine() async throws {
        let server = try ScriptedServer { try $0.waitForClose() }
        defer { server.stop() }
        let bad: [(String, String)] = [
            ("X-A", "a\r\nX-Injected: 1"), ("X-A", "a\nb"), ("X-A", "a\u{0}b"), ("X-A\r\nX-B", "a"), ("X A", "a"),
            ("", "a"), ("X:", "a"), ("Transfer-Encoding", "chunked"), ("Content-Length", "5"),
        ]
        for field in bad {
            let request = HTTPRequest(.get, server.url, headers: HTTPHeaders([field]))
            let error = await failure { _ = try await client.send(request) }
            guard case .invalidRequest = error?.kind else {
                Issue.record("\(field): \(String(describing: error))")
                continue
            }
        }
        for method in ["GET / HTTP/1.1\r\nX: ", "", "G T"] {
            let error = await failure { _ = try await client.send(HTTPRequest(HTTPMethod(method), server.url)) }
            guard case .invalidRequest = error?.kind else {
                Issue.record("\(method): \(String(describing: error))")
                continue
            }
        }
        for credentials in [HTTPCredentials.bearer("a\r\nX: y"), .basic(user: "a\n", password: "b")] {
            var request = HTTPRequest(.get, server.url)
            request.credentials = credentials
            let error = await failure { _ = try await client.send(request) }
            guard case .invalidRequest(let reason) = error?.kind else {
                Issue.record("\(String(describing: error))")
                continue
            }
            #expect(reason.contains("credentials"))
        }
        #expect(server.connectionCount == 0)
    }
}
