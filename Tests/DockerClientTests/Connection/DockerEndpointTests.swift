import FoundationEssentials
import HTTPClient
import Testing

@testable import DockerClient

@Suite struct DockerEndpointTests {
    @Test(
        arguments: [
            ([:], "http://docker", "/var/run/docker.sock"),
            (["DOCKER_HOST": ""], "http://docker", "/var/run/docker.sock"),
            (["DOCKER_HOST": "unix:///run/user/1/docker.sock"], "http://docker", "/run/user/1/docker.sock"),
            (["DOCKER_HOST": "unix:///a", "DOCKER_TLS_VERIFY": "1"], "http://docker", "/a"),
            (["DOCKER_HOST": "tcp://10.0.0.1:4243"], "http://10.0.0.1:4243", nil),
            (["DOCKER_HOST": "tcp://docker.example.com"], "http://docker.example.com:2375", nil),
            (["DOCKER_HOST": "tcp://[::1]"], "http://[::1]:2375", nil),
            (["DOCKER_HOST": "tcp://[::1]:99"], "http://[::1]:99", nil),
            (["DOCKER_HOST": "http://proxy/docker/"], "http://proxy:2375/docker", nil),
            (["DOCKER_HOST": "https://proxy/"], "https://proxy:2376", nil),
        ] as [([String: String], String, String?)])
    func whereDockerIs(environment: [String: String], base: String, socket: String?) throws {
        let endpoint = try DockerEndpoint(environment: environment)
        #expect(endpoint.base == base)
        #expect(endpoint.unixSocket == socket)
    }

    @Test(arguments: [
        ["DOCKER_HOST": "10.0.0.1:2375"], ["DOCKER_HOST": "ssh://host"], ["DOCKER_HOST": "npipe:////./pipe/docker"],
        ["DOCKER_HOST": "unix://run/docker.sock"], ["DOCKER_HOST": "unix:///" + String(repeating: "x", count: 107)],
        ["DOCKER_HOST": "tcp://"], ["DOCKER_HOST": "tcp://:2375"], ["DOCKER_HOST": "tcp://h:0"],
        ["DOCKER_HOST": "tcp://h:x"], ["DOCKER_HOST": "tcp://h:65536"], ["DOCKER_HOST": "tcp://u@h"],
        ["DOCKER_API_VERSION": "1"], ["DOCKER_API_VERSION": "latest"], ["DOCKER_API_VERSION": "1.41.2"],
        ["DOCKER_HOST": "tcp://h", "DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": "/nowhere"],
    ])
    func whatCannotBeUsedIsNamed(environment: [String: String]) {
        #expect {
            try DockerEndpoint(environment: environment)
        } throws: { error in
            environment.keys.contains { "\(error)".hasPrefix("\($0)=") }
        }
    }

    @Test func certificatesAreThoseOfTheFolder() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "docker-certs-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        for name in ["ca.pem", "cert.pem", "key.pem"] { try Data().write(to: folder.appending(path: name)) }
        var environment = ["DOCKER_HOST": "tcp://h", "DOCKER_CERT_PATH": folder.path]
        var endpoint = try DockerEndpoint(environment: environment)
        #expect(endpoint.base == "https://h:2376" && endpoint.tls?.verifyPeer == false && endpoint.tls?.caFile == nil)
        environment["DOCKER_TLS_VERIFY"] = "1"
        endpoint = try DockerEndpoint(environment: environment)
        #expect(endpoint.tls?.verifyPeer == true && endpoint.tls?.caFile == "\(folder.path)/ca.pem")
        #expect(endpoint.tls?.keyFile == "\(folder.path)/key.pem")
        try FileManager.default.removeItem(at: folder.appending(path: "key.pem"))
        #expect { try DockerEndpoint(environment: environment) } throws: { "\($0)".contains("key.pem cannot be read") }
        // They may be back by the time they are needed.
        endpoint = try DockerEndpoint(environment: environment, checksFiles: false)
        #expect(endpoint.tls?.keyFile == "\(folder.path)/key.pem")
    }

    @Test func versionsAreNegotiated() {
        #expect(DockerAPIVersion.negotiated(server: DockerAPIVersion(1, 41)) == DockerAPIVersion(1, 41))
        #expect(DockerAPIVersion.negotiated(server: DockerAPIVersion(1, 99)) == .newest)
        #expect(DockerAPIVersion.negotiated(server: nil) == .oldest)
        #expect(DockerAPIVersion.negotiated(server: DockerAPIVersion(1, 23)) == nil)
        #expect(DockerAPIVersion("v1.9").map { $0 < DockerAPIVersion(1, 24) } == true)
    }
}
