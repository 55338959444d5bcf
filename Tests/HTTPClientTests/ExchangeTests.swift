import HTTPClient
import Testing

struct ExchangeTests {
    let client = HTTPClient.forTests()

    @Test func sendsAGetAndReadsTheWholeResponse() async throws {
        let server = try ScriptedServer { connection in
            try connection.serve { _ in try connection.respond(headers: ["X-A: 1", "x-a: 2", "X-B:"], body: "hello") }
        }
        defer { server.stop() }
        var request = HTTPRequest(.get, server.url + "/a/../b?c=d#fragment")
        request.headers = ["X-Own": "value", "X-Empty": "", "Accept": "application/json"]
        let response = try await client.send(request)
        #expect(response.status == 200)
        #expect(response.text == "hello")
        #expect(response.headers.values("X-A") == ["1", "2"])
        #expect(response.headers["x-b"]?.isEmpty == true)
        #expect(response.finalURL == server.url + "/a/../b?c=d")
        let seen = try #require(server.requests.first)
        #expect(seen.line == "GET /a/../b?c=d HTTP/1.1")
        #expect(seen.header("Host") == "127.0.0.1:\(server.port)")
        #expect(seen.header("User-Agent") == "tests/1")
        #expect(seen.headers.contains("X-Own: value"))
        #expect(seen.headers.contains("X-Empty:"))
        #expect(seen.headers.filter { $0.lowercased().hasPrefix("accept:") } == ["Accept: application/json"])
        #expect(seen.header("Content-Length") == nil)
        #expect(seen.header("Expect") == nil)
    }

    @Test func readsAChunkedBodyAndIgnoresTrailers() async throws {
        let server = try ScriptedServer { connection in
            try connection.serve { _ in
                try connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
                for piece in ["one ", "two ", "three"] {
                    try connection.write("\(String(piece.utf8.count, radix: 16))\r\n\(piece)\r\n")
                }
                try connection.write("0\r\nX-Trailer: late\r\n\r\n")
            }
        }
        defer { server.stop() }
        let response = try await client.send(HTTPRequest(.get, server.url))
        #expect(response.text == "one two three")
        #expect(response.headers["X-Trailer"] == nil)
    }

    @Test func keepsHeadersOfInterimResponsesOut() async throws {
        let server = try ScriptedServer { connection in
            _ = try connection.request()
            try connection.write("HTTP/1.1 103 Early Hints\r\nLink: </style>\r\n\r\n")
            try connection.respond(headers: ["X-Final: yes"], body: "body")
        }
        defer { server.stop() }
        let response = try await client.send(HTTPRequest(.get, server.url))
        #expect(response.status == 200)
        #expect(response.headers["Link"] == nil)
        #expect(response.headers["X-Final"] == "yes")
    }

    @Test func readsABodyThatEndsWithTheConnection() async throws {
        let server = try ScriptedServer { connection in
            _ = try connection.request()
            try connection.write("HTTP/1.0 200 OK\r\n\r\nuntil the end")
        }
        defer { server.stop() }
        #expect(try await client.send(HTTPRequest(.get, server.url)).text == "until the end")
    }

    @Test func reusesTheConnection() async throws {
        let server = try ScriptedServer { connection in
            try connection.serve { try connection.respond(body: $0.path) }
        }
        defer { server.stop() }
        for number in 0..<20 {
            #expect(try await client.send(HTTPRequest(.get, "\(server.url)/\(number)")).text == "/\(number)")
        }
        #expect(server.connectionCount == 1)
        #expect(server.requests.count == 20)
    }

    @Test func aRequestOnAConnectionTheServerJustClosedIsSentAgain() async throws {
        let server = try ScriptedServer { connection in
            guard let request = try connection.request() else { return }
            try connection.respond(body: request.text)
        }
        defer { server.stop() }
        for number in 0..<10 {
            let request = HTTPRequest(.post, server.url, body: .bytes(Array("body \(number)".utf8)))
            #expect(try await client.send(request).text == "body \(number)")
        }
    }

    @Test(arguments: [HTTPMethod.post, .put, .patch, .delete, "PROPFIND"])
    func sendsABody(method: HTTPMethod) async throws {
        let server = try ScriptedServer { connection in
            try connection.serve { try connection.respond(body: "got \($0.text)") }
        }
        defer { server.stop() }
        var request = HTTPRequest(method, server.url, body: .bytes(Array("payload".utf8)))
        request.headers["Content-Type"] = "text/plain"
        #expect(try await client.send(request).text == "got payload")
        let seen = try #require(server.requests.first)
        #expect(seen.line == "\(method) / HTTP/1.1")
        #expect(seen.header("Content-Length") == "7")
        #expect(seen.header("Content-Type") == "text/plain")
        #expect(seen.header("Expect") == nil)
    }

    @Test func announcesAnEmptyBodyOnlyWhereOneIsExpected() async throws {
        let server = try ScriptedServer { connection in try connection.serve { _ in try connection.respond() } }
        defer { server.stop() }
        for method in [HTTPMethod.post, .put, .delete, .get] {
            _ = try await client.send(HTTPRequest(method, server.url))
        }
        #expect(server.requests.map { $0.header("Content-Length") } == ["0", "0", nil, nil])
        #expect(server.requests.allSatisfy { $0.header("Content-Type") == nil })
    }

    @Test func aHeadResponseHasNoBodyWhateverItsLength() async throws {
        let server = try ScriptedServer { connection in
            try connection.serve { _ in
                try connection.write("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n")
            }
        }
        defer { server.stop() }
        for _ in 0..<2 {
            let response = try await client.send(HTTPRequest(.head, server.url))
            #expect(response.headers["Content-Length"] == "99999999999")
            #expect(response.body.isEmpty)
        }
        #expect(server.connectionCount == 1)
    }

    @Test func decompressesOnlyOnRequest() async throws {
        // gzip of "hello hello hello hello\n"
        let packed: [UInt8] = [
            0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0x57, 0xc8, 0x40,
            0x27, 0xb9, 0x00, 0x00, 0x88, 0x59, 0x0b, 0x18, 0x00, 0x00, 0x00,
        ]
        let server = try ScriptedServer { connection in
            try connection.serve { _ in
                try connection.write(
                    "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: \(packed.count)\r\n\r\n")
                try connection.write(packed)
            }
        }
        defer { server.stop() }
        var request = HTTPRequest(.get, server.url)
        #expect(try await client.send(request).body == packed)
        #expect(server.requests.last?.header("Accept-Encoding") == nil)
        request.acceptEncoding = true
        request.maxBodyBytes = 24
        #expect(try await client.send(request).text == "hello hello hello hello\n")
        #expect(server.requests.last?.header("Accept-Encoding")?.contains("gzip") == true)
    }

    @Test func anUnsuccessfulStatusIsAnErrorOnlyWhenAskedFor() async throws {
        let server = try ScriptedServer { connection in
            try connection.serve { _ in
                try connection.respond(
                    503, body: "no\u{1B}[31m leader\r\nX:\u{202E}y " + String(repeating: "z", count: 1000))
            }
        }
        defer { server.stop() }
        let response = try await client.send(HTTPRequest(.get, server.url + "/state"))
        #expect(response.status == 503)
        let error = await failure { try response.requireSuccess() }
        let text = try #require(error?.description)
        #expect(text.hasPrefix("GET \(server.url)/state: status 503: no [31m leader X: y zzz"))
        #expect(text.utf8.count < 400)
        let stream = try await client.open(HTTPRequest(.get, server.url + "/state"))
        #expect(await failure { try await stream.requireSuccess() }?.description == text)
    }
}
