import FoundationEssentials
import HTTPClient
import Testing

@testable import DockerClient

/// What a real dockerd cannot be made to say.
@Suite struct DockerClientTests {
    @Test func theVersionIsAskedForOnceAndUsed() async throws {
        let docker = try FakeDocker { request in
            request.path == "/_ping"
                ? .init(200, "OK", headers: ["Api-Version: 1.30"]) : .init(200, #"{"Id":"sha256:x","Size":7}"#)
        }
        defer { docker.stop() }
        let client = try docker.client()
        #expect(try await client.image("a/b:c")?.size == 7)
        #expect(try await client.image("host:5000/a@sha256:00")?.id == "sha256:x")
        #expect(
            docker.paths == ["/_ping", "/v1.30/images/a/b%3Ac/json", "/v1.30/images/host%3A5000/a%40sha256%3A00/json"])
    }

    @Test func anUpgradedDockerIsAskedAgain() async throws {
        let docker = try FakeDocker { request in
            if request.path == "/_ping" {
                return .init(200, "OK", headers: ["Api-Version: \(request.number == 0 ? "1.30" : "1.47")"])
            }
            return request.path.hasPrefix("/v1.30")
                ? .init(400, #"{"message":"client version 1.30 is too old. Minimum supported API version is 1.44"}"#)
                : .init(204, "")
        }
        defer { docker.stop() }
        let client = try docker.client()
        try await client.start("x")
        #expect(
            docker.paths == ["/_ping", "/v1.30/containers/x/start", "/_ping", "/v1.47/containers/x/start"])
    }

    @Test func aVersionThatIsSetIsKept() async throws {
        let docker = try FakeDocker { _ in .init(400, #"{"message":"client version 1.25 is too old."}"#) }
        defer { docker.stop() }
        let client = try docker.client(["DOCKER_API_VERSION": "1.25"])
        await #expect { try await client.start("x") } throws: { ($0 as? DockerError)?.kind == .version }
        #expect(docker.paths == ["/v1.25/containers/x/start"])
    }

    @Test func whatIsNoDockerIsNamed() async throws {
        for (status, body, words) in [
            (200, "<html>", "not JSON"), (200, "[]", "has the wrong type"), (200, "{}", "Id is missing"),
            (200, #"{"Id":7}"#, "Id has the wrong type"), (502, "<h1>Bad\nGateway</h1>", "<h1>Bad Gateway</h1>"),
            (500, "", "status 500"), (503, #"{"message":""}"#, "status 503"),
        ] {
            let docker = try FakeDocker { request in
                request.path == "/_ping" ? .init(200, "OK", headers: ["Api-Version: 1.41"]) : .init(status, body)
            }
            defer { docker.stop() }
            let client = try docker.client()
            await #expect {
                try await client.image("x")
            } throws: { error in
                "\(error)".hasPrefix("cannot inspect image x: ") && "\(error)".contains(words)
            }
        }
    }

    @Test func errorsSayWhetherToTryAgain() {
        func retry(_ kind: DockerError.Kind, _ message: String = "m") -> Bool {
            DockerError("a", kind, message).isWorthRetrying
        }
        #expect(retry(.unreachable("x")) && retry(.failed(status: 500)) && retry(.stream, "unexpected EOF"))
        #expect(retry(.stream, "toomanyrequests: You have reached your pull rate limit"))
        #expect(retry(.stream, "Get https://r/v2/: net/http: TLS handshake timeout"))
        #expect(!retry(.notFound) && !retry(.conflict) && !retry(.refused(status: 400)) && !retry(.version))
        #expect(!retry(.stream, "manifest for x:1 not found: manifest unknown: manifest unknown"))
        #expect(!retry(.stream, "unauthorized: authentication required"))
        #expect(!retry(.failed(status: 500), "Get http://127.0.0.1:5000/v2/: no basic auth credentials"))
        #expect(DockerError("a", .unreachable("x"), "m").isDockerAway && !DockerError("a", .stream, "m").isDockerAway)
    }

    @Test func aWaitThatIsCutOffIsNoEnd() async throws {
        for body in ["", " \n", #"{"StatusC"#] {
            let docker = try FakeDocker { request in
                request.path == "/_ping"
                    ? .init(200, "OK", headers: ["Api-Version: 1.41"]) : .init(200, body, cutOff: body.count > 2)
            }
            defer { docker.stop() }
            let client = try docker.client()
            await #expect { try await client.wait("x") } throws: { ($0 as? DockerError)?.isDockerAway == true }
        }
    }

    @Test func waitingTellsWhatDockerSaysOfTheEnd() async throws {
        let docker = try FakeDocker { request in
            request.path == "/_ping"
                ? .init(200, "OK", headers: ["Api-Version: 1.41"])
                : .init(200, #"{"StatusCode":125,"Error":{"Message":"no such process"}}"#)
        }
        defer { docker.stop() }
        #expect(try await docker.client().wait("x") == ContainerExit(code: 125, error: "no such process"))
    }
}
