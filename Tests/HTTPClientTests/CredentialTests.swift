import HTTPClient
import Testing

struct CredentialTests {
    let client = HTTPClient.forTests()

    /// The header a server sees.
    private func authorization(_ change: (inout HTTPRequest) -> Void, userInfo: String = "") async throws -> String? {
        let server = try ScriptedServer { connection in try connection.serve { _ in try connection.respond() } }
        defer { server.stop() }
        var request = HTTPRequest(.get, server.url.replacing("http://", with: "http://" + userInfo))
        change(&request)
        let response = try await client.send(request)
        #expect(!response.finalURL.contains("@"))
        let values = try #require(server.requests.first).headers.filter { $0.lowercased().hasPrefix("authorization:") }
        #expect(values.count <= 1)
        return values.first
    }

    @Test func sendsBasicCredentials() async throws {
        let header = try await authorization { $0.credentials = .basic(user: "Aladdin", password: "open sesame") }
        #expect(header == "Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==")
    }

    @Test func sendsABearerToken() async throws {
        #expect(try await authorization { $0.credentials = .bearer("abc.def") } == "Authorization: Bearer abc.def")
    }

    @Test func sendsNoneByItself() async throws {
        #expect(try await authorization { _ in } == nil)
    }

    @Test func takesTheUserInfoOfTheURL() async throws {
        let header = try await authorization({ _ in }, userInfo: "Aladdin:open%20sesame@")
        #expect(header == "Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==")
    }

    @Test func credentialsOfTheRequestAreStrongerThanTheURLs() async throws {
        let header = try await authorization({ $0.credentials = .bearer("x") }, userInfo: "a:b@")
        #expect(header == "Authorization: Bearer x")
    }

    @Test func noErrorAndNoDescriptionShowsASecret() async throws {
        var request = HTTPRequest(
            .get, "http://user:hunter2@127.0.0.1:1/a?token=hunter2&b=c&X-Amz-Signature=hunter2#hunter2")
        let error = await failure { _ = try await client.send(request) }
        #expect(error?.description == "GET http://127.0.0.1:1/a?token=…&b=c&X-Amz-Signature=…: connection refused")
        request.credentials = .basic(user: "user", password: "hunter2")
        #expect(!"\(request) \(request.credentials)".contains("hunter2"))
        request.credentials = .bearer("hunter2")
        var dumped = ""
        dump(request.credentials, to: &dumped)
        #expect(!"\(request) \(request.credentials) \(dumped)".contains("hunter2"))
        for url in ["http://user:hunter2@h:99999999/", "user:hunter2@host", "http://a@b:hunter2@c d/"] {
            let error = await failure { _ = try await client.send(HTTPRequest(.get, url)) }
            #expect(error?.description.contains("hunter2") == false, "\(String(describing: error))")
        }
    }

    @Test func aSecretPathIsHidden() async throws {
        var request = HTTPRequest(.post, "http://127.0.0.1:1/services/T0/B0/hunter2?a=hunter2")
        request.hidesPath = true
        let error = await failure { _ = try await client.send(request) }
        #expect(error?.description == "POST http://127.0.0.1:1/…: connection refused")
        let server = try ScriptedServer { connection in try connection.serve { _ in try connection.respond(404) } }
        defer { server.stop() }
        request.url = server.url + "/hunter2"
        let response = try await client.send(request)
        #expect(await failure { try response.requireSuccess() }?.description == "POST \(server.url)/…: status 404")
    }
}
