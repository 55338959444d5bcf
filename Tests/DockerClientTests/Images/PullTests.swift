import FoundationEssentials
import Synchronization
import Testing

@testable import DockerClient

@Suite struct PullTests {
    private let stream = """
        {"status":"Pulling from library/web","id":"1"}
        {"status":"Pulling fs layer","progressDetail":{},"id":"aa"}
        {"status":"Already exists","progressDetail":{},"id":"bb"}
        {"status":"Downloading","progressDetail":{"current":1500000,"total":45300000},"progress":"[=> ]","id":"aa"}

        {"status":"Download complete","progressDetail":{},"id":"aa"}\r
        {"status":"Extracting","progressDetail":{"current":1,"total":2},"id":"aa"}
        {"status":"Pull complete","progressDetail":{},"id":"aa"}
        {"status":"Digest: sha256:00"}
        {"status":"Status: Downloaded newer image for web:1"}
        """

    @Test func progressIsTheSameHoweverItIsChopped() {
        for size in [1, 2, 7, 64, 10_000] {
            var decoder = PullEventDecoder()
            var progress = PullProgress()
            var lines: [String] = []
            let bytes = Array(stream.utf8)
            for start in stride(from: 0, to: bytes.count, by: size) {
                for event in decoder.feed(Array(bytes[start..<min(bytes.count, start + size)])) {
                    guard let event else {
                        Issue.record("no JSON")
                        continue
                    }
                    progress.take(event)
                    lines.append(progress.description)
                }
            }
            if let event = decoder.finish() ?? nil { progress.take(event) }
            #expect(
                lines == [
                    "Pulling from library/web", "0 of 1 layers", "1 of 2 layers", "1 of 2 layers, 1.5 of 45.3 MB",
                    "1 of 2 layers, 45.3 of 45.3 MB", "1 of 2 layers, 45.3 of 45.3 MB",
                    "2 of 2 layers, 45.3 of 45.3 MB",
                    "2 of 2 layers, 45.3 of 45.3 MB",
                ])
            #expect(progress.status == "Status: Downloaded newer image for web:1")
        }
    }

    @Test func credentialsGoInTheHeaderAndNowhereElse() async throws {
        let docker = try pulling(stream)
        defer { docker.stop() }
        let credentials = RegistryCredentials(.password(user: "u", "p\u{FF}?>~"), server: "host:5000")
        let reports = Mutex<[String]>([])
        try await docker.client().pull("host:5000/web@sha256:00", credentials: credentials, interval: .zero) {
            progress in reports.withLock { $0.append(progress.description) }
        }
        #expect(reports.withLock { $0.last }?.hasPrefix("2 of 2 layers") == true)
        let request = try #require(docker.requests.last)
        #expect(request.path == "/v1.41/images/create?fromImage=host%3A5000%2Fweb&tag=sha256%3A00")
        let header = try #require(request.head.first { $0.hasPrefix("X-Registry-Auth: ") }?.dropFirst(17))
        #expect(!header.contains("+") && !header.contains("/") && header.utf8.count % 4 == 0)
        let plain = header.map { $0 == "-" ? "+" : $0 == "_" ? "/" : String($0) }.joined()
        let fields = try JSONDecoder().decode([String: String].self, from: try #require(Data(base64Encoded: plain)))
        #expect(fields == ["username": "u", "password": "p\u{FF}?>~", "serveraddress": "host:5000"])
        #expect(!"\(credentials)".contains("p\u{FF}") && !"\(String(reflecting: credentials))".contains("p\u{FF}"))
    }

    @Test(arguments: [
        (
            #"{"errorDetail":{"code":404,"message":"manifest unknown"},"error":"manifest unknown"}"#,
            "manifest unknown", false
        ),
        (#"{"errorDetail":{"message":"unexpected EOF"}}"#, "unexpected EOF", true),
        (#"{"error":"unexpected\nEOF"}"#, "unexpected EOF", true),
        ("<html>", "a line of the answer is not JSON", false),
    ])
    func anErrorInTheStreamIsAnError(line: String, message: String, again: Bool) async throws {
        let docker = try pulling(#"{"status":"Pulling from web","id":"1"}"# + "\n" + line)
        defer { docker.stop() }
        await #expect {
            try await docker.client().pull("web:1")
        } throws: { error in
            (error as? DockerError)?.message == message && (error as? DockerError)?.isWorthRetrying == again
                && "\(error)" == "cannot pull image web:1: \(message)"
        }
    }

    @Test func aStreamThatBreaksOffIsNoImage() async throws {
        let docker = try pulling(stream, cutOff: true)
        defer { docker.stop() }
        await #expect { try await docker.client().pull("web:1") } throws: { ($0 as? DockerError)?.isDockerAway == true }
    }

    @Test func whatIsNoNameIsNotAskedFor() async throws {
        let docker = try pulling("")
        defer { docker.stop() }
        await #expect { try await docker.client().pull("a b") } throws: { "\($0)".contains("invalid reference format") }
        #expect(docker.paths == [])
    }

    private func pulling(_ stream: String, cutOff: Bool = false) throws -> FakeDocker {
        try FakeDocker { request in
            request.path == "/_ping"
                ? .init(200, "OK", headers: ["Api-Version: 1.41"]) : .init(200, stream, cutOff: cutOff)
        }
    }
}
