import HTTPClient
import Testing

struct RedirectTests {
    let client = HTTPClient.forTests()

    /// Answers each path with what the map says: a location with its status, or otherwise the path itself.
    private func server(_ locations: [String: (Int, String)]) throws -> ScriptedServer {
        try ScriptedServer { connection in
            try connection.serve { request in
                if let (status, location) = locations[request.path] {
                    try connection.respond(
                        status, headers: ["Location: \(location)", "X-Hop: \(request.path)"], body: "moved")
                } else {
                    try connection.respond(headers: ["X-Last: yes"], body: request.path)
                }
            }
        }
    }

    @Test func followsAChain() async throws {
        let server = try server([
            "/a/b/start": (302, "next"), "/a/b/next": (301, "../up?x=1"), "/a/up?x=1": (307, "/end with space"),
        ])
        defer { server.stop() }
        let response = try await client.send(HTTPRequest(.get, server.url + "/a/b/start"))
        #expect(response.text == "/end%20with%20space")
        #expect(response.finalURL == server.url + "/end%20with%20space")
        #expect(response.headers["X-Hop"] == nil)
        #expect(response.headers["Location"] == nil)
        #expect(response.headers["X-Last"] == "yes")
        #expect(server.connectionCount == 1)
    }

    @Test func followsASchemeRelativeLocationToAnotherServer() async throws {
        let leader = try server([:])
        defer { leader.stop() }
        let standby = try server(["/state": (307, "//127.0.0.1:\(leader.port)/state")])
        defer { standby.stop() }
        let response = try await client.send(HTTPRequest(.get, standby.url + "/state"))
        #expect(response.finalURL == leader.url + "/state")
        #expect(response.text == "/state")
    }

    @Test func handsTheRedirectOutWhenTold() async throws {
        let server = try server(["/a": (307, "//leader:5050/b")])
        defer { server.stop() }
        var request = HTTPRequest(.get, server.url + "/a")
        request.redirects = .none
        let response = try await client.send(request)
        #expect(response.status == 307)
        #expect(response.text == "moved")
        #expect(response.location == "http://leader:5050/b")
    }

    @Test func givesUpOnALoop() async throws {
        let server = try server(["/a": (302, "/b"), "/b": (302, "/a")])
        defer { server.stop() }
        var request = HTTPRequest(.get, server.url + "/a")
        request.redirects = .follow(max: 4)
        let error = await failure { _ = try await client.send(request) }
        #expect(error?.kind == .tooManyRedirects(limit: 4))
        #expect(server.requests.count == 5)
    }

    @Test(arguments: ["ftp://127.0.0.1/x", "file:///etc/passwd", "http://", "http://a b:99999/"])
    func doesNotFollowToWhatIsNotHTTP(location: String) async throws {
        let server = try server(["/a": (302, location)])
        defer { server.stop() }
        let error = await failure { _ = try await client.send(HTTPRequest(.get, server.url + "/a")) }
        guard case .invalidURL(let reason) = error?.kind else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(reason.hasPrefix("redirected (302) to "))
    }

    @Test(arguments: [
        (301, HTTPMethod.post, "GET", ""), (302, .post, "GET", ""), (303, .put, "GET", ""), (302, .put, "PUT", "body"),
        (307, .post, "POST", "body"), (308, .patch, "PATCH", "body"),
    ])
    func keepsOrDropsMethodAndBody(status: Int, method: HTTPMethod, line: String, body: String) async throws {
        let server = try server(["/a": (status, "/b")])
        defer { server.stop() }
        var request = HTTPRequest(method, server.url + "/a", body: .bytes(Array("body".utf8)))
        request.headers["Content-Type"] = "text/plain"
        let response = try await client.send(request)
        #expect(response.text == "/b")
        let last = try #require(server.requests.last)
        #expect(last.line == "\(line) /b HTTP/1.1")
        #expect(last.text == body)
        #expect((last.header("Content-Type") != nil) == !body.isEmpty)
    }

    @Test func anotherOriginGetsNoCredentials() async throws {
        let other = try server([:])
        defer { other.stop() }
        let server = try server(["/same": (307, "/away"), "/away": (307, other.url + "/end")])
        defer { server.stop() }
        let secrets: HTTPHeaders = [
            "Cookie": "c", "X-Vault-Token": "t", "X-Registry-Auth": "r", "X-Api-Key": "k", "X-Plain": "p",
        ]
        for credentials in [HTTPCredentials.basic(user: "u", password: "p"), .bearer("token")] {
            var request = HTTPRequest(.get, server.url + "/same", headers: secrets)
            request.credentials = credentials
            #expect(try await client.send(request).text == "/end")
        }
        #expect(server.requests.count == 4)
        for request in server.requests {
            #expect(request.header("Authorization") != nil)
            #expect(request.header("X-Vault-Token") == "t")
        }
        #expect(other.requests.count == 2)
        for request in other.requests {
            for name in ["Authorization", "Cookie", "X-Vault-Token", "X-Registry-Auth", "X-Api-Key"] {
                #expect(request.header(name) == nil, "\(name) leaked")
            }
            #expect(request.header("X-Plain") == "p")
        }
    }

    @Test func anAuthorizationHeaderOfTheCallersOwnDoesNotLeakEither() async throws {
        let other = try server([:])
        defer { other.stop() }
        let server = try server(["/": (302, "http://new:secret@127.0.0.1:\(other.port)/end")])
        defer { server.stop() }
        let request = HTTPRequest(.get, server.url + "/", headers: ["Authorization": "AWS4-HMAC-SHA256 x"])
        let response = try await client.send(request)
        #expect(response.finalURL == other.url + "/end")
        #expect(other.requests.first?.header("Authorization") == nil)
    }

    @Test func aStreamedBodyThatWasBegunIsNotSentAgain() async throws {
        let server = try ScriptedServer { connection in
            _ = try connection.head()
            _ = try connection.bytes(3)
            try connection.respond(307, headers: ["Location: /b"])
            try connection.waitForClose()
        }
        defer { server.stop() }
        let request = HTTPRequest(.put, server.url + "/a", body: .stream(length: nil) { Array("abc".utf8) })
        let error = await failure { _ = try await client.send(request) }
        guard case .upload(let reason) = error?.kind else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(reason.contains("redirected (307) to \(server.url)/b"))
    }

    @Test func aStreamedBodyFollowsWhenItWasNotBegun() async throws {
        let server = try ScriptedServer { connection in
            guard let request = try connection.head() else { return }
            if request.path == "/a" { return try connection.respond(307, headers: ["Location: /b"]) }
            try connection.write("HTTP/1.1 100 Continue\r\n\r\n")
            let body = try connection.bytes(2 << 20)
            try connection.respond(body: "\(body.count)")
        }
        defer { server.stop() }
        let source = ChunkSource(count: 2, size: 1 << 20)
        let request = HTTPRequest(.put, server.url + "/a", body: .stream(length: 2 << 20) { source.next() })
        #expect(try await client.send(request).text == "\(2 << 20)")
        #expect(server.requests.map(\.path) == ["/a", "/b"])
        #expect(server.requests.first?.header("Expect") == "100-continue")
    }

    @Test func anEndlessBodyOfARedirectIsNotRead() async throws {
        let server = try ScriptedServer { connection in
            guard let request = try connection.request() else { return }
            if request.path == "/b" { return try connection.respond(body: "here") }
            try connection.write("HTTP/1.1 302 Found\r\nLocation: /b\r\n\r\n")
            while true { try connection.write([UInt8](repeating: 0, count: 64 << 10)) }
        }
        defer { server.stop() }
        #expect(try await client.send(HTTPRequest(.get, server.url + "/a")).text == "here")
    }

    @Test func theErrorNamesTheHopThatFailed() async throws {
        let server = try server(["/a": (307, "http://127.0.0.1:1/b?token=secret")])
        defer { server.stop() }
        let error = await failure { _ = try await client.send(HTTPRequest(.get, server.url + "/a")) }
        #expect(error?.description == "GET http://127.0.0.1:1/b?token=…: connection refused")
    }
}
