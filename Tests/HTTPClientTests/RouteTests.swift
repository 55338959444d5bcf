import HTTPClient
import Testing

/// Unix sockets and proxies.
struct RouteTests {
    @Test func talksOverAUnixSocket() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/docker.sock"
        let server = try ScriptedServer(unixSocket: path) { connection in
            try connection.serve { try connection.respond(body: $0.path) }
        }
        defer { server.stop() }
        // The proxy is not used for it: nobody listens there.
        let client = HTTPClient.forTests(proxy: .url("http://127.0.0.1:1"))
        var request = HTTPRequest(.get, "http://docker/v1.41/info")
        request.unixSocket = path
        for _ in 0..<2 { #expect(try await client.send(request).text == "/v1.41/info") }
        #expect(server.requests.first?.header("Host") == "docker")
        #expect(server.connectionCount == 1)
    }

    @Test func saysWhichUnixSocketIsMissing() async throws {
        let client = HTTPClient.forTests()
        var request = HTTPRequest(.get, "http://docker/info")
        request.unixSocket = "/nowhere/docker.sock"
        let error = await failure { _ = try await client.send(request) }
        #expect(error?.kind == .couldNotConnect("/nowhere/docker.sock: no such file or directory"))
    }

    @Test func sendsPlainRequestsThroughAProxy() async throws {
        let proxy = try ScriptedServer { connection in
            try connection.serve { try connection.respond(body: $0.line) }
        }
        defer { proxy.stop() }
        let client = HTTPClient.forTests(proxy: .url(proxy.url))
        let response = try await client.send(HTTPRequest(.get, "http://far.invalid:5050/state"))
        #expect(response.text == "GET http://far.invalid:5050/state HTTP/1.1")
    }

    @Test func aProxyThatRefusesATunnelIsNamed() async throws {
        let proxy = try ScriptedServer { connection in
            try connection.serve { _ in try connection.respond(407, headers: ["X-Proxy: 1"]) }
        }
        defer { proxy.stop() }
        let client = HTTPClient.forTests(proxy: .url(proxy.url))
        var request = HTTPRequest(.get, "https://far.invalid/state")
        request.credentials = .bearer("secret")
        let error = await failure { _ = try await client.send(request) }
        #expect(error?.kind == .proxy("it answered CONNECT with status 407"))
        #expect(proxy.requests.first?.line == "CONNECT far.invalid:443 HTTP/1.1")
        #expect(proxy.requests.first?.header("Authorization") == nil)
    }

    @Test func aProxyThatIsNotThereIsNamed() async throws {
        let client = HTTPClient.forTests(proxy: .url("http://127.0.0.1:1"))
        let error = await failure { _ = try await client.send(HTTPRequest(.get, "http://far.invalid/")) }
        #expect(error?.kind == .proxy("127.0.0.1: connection refused"))
        let lost = HTTPClient.forTests(proxy: .url("http://no-proxy.invalid:3128"))
        let other = await failure { _ = try await lost.send(HTTPRequest(.get, "http://far.invalid/")) }
        guard case .proxy(let reason) = other?.kind else {
            Issue.record("\(String(describing: other))")
            return
        }
        #expect(reason.contains("no-proxy.invalid"))
    }
}
