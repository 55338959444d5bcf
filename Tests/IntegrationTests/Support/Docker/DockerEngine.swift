import DockerClient
import Foundation
import HTTPClient

/// A real dockerd for one test, in pid, mount and network namespaces of its own, with a tiny image (busybox) in it; gone
/// without a trace afterwards. `Tests/Support/docker/docker-engine` does the work, and tells what the namespaces mean.
///
///     try await DockerEngine.run { engine in
///         let client = try engine.client()
///         let made = try await client.create(name: "web", engine.specification("httpd", "-f"))
///     }
struct DockerEngine: Sendable {
    /// `unix:///…/docker.sock`.
    let host: String
    /// Where published ports are, and those of containers in the host's network.
    let address: String
    /// Where containers find servers of this machine, if they listen on all addresses.
    let gateway: String
    /// The image that is there.
    let image: String
    /// Below each cgroup hierarchy: the parent of the containers' cgroups, each named by its container's id.
    let cgroup: String
    /// A client's `ca.pem`, `cert.pem` and `key.pem`.
    let certificates: String?
    private let control: Control

    /// - Parameters:
    ///   - liveRestore: containers survive a stopped dockerd.
    ///   - tls: dockerd also listens at `address` port 2376, for clients with the files in `certificates`.
    static func run(
        liveRestore: Bool = false, tls: Bool = false, _ body: (DockerEngine) async throws -> Void
    ) async throws {
        let folder = try Scratch.folder("docker")
        let control = Control(folder: folder, liveRestore: liveRestore, tls: tls)
        do {
            try await body(DockerEngine(try await control.values("up"), control: control))
        } catch {
            _ = try? await control.call("down")
            throw error
        }
        try await control.call("down")
    }

    /// Whether tests with one are to run: where Docker is not installed they are left out, but never in CI.
    static var isWanted: Bool {
        ProcessInfo.processInfo.environment["CI"] != nil
            || geteuid() == 0
                && ["/usr/sbin/dockerd", "/usr/sbin/iptables", "/usr/bin/busybox", "/usr/bin/docker-registry"]
                    .allSatisfy { FileManager.default.isExecutableFile(atPath: $0) }
    }

    private init(_ values: [String: String], control: Control) throws {
        func value(_ name: String) throws -> String {
            guard let value = values[name] else { throw HarnessError("docker-engine up does not tell \(name)") }
            return value
        }
        host = try value("DOCKER_HOST")
        address = try value("DOCKER_ENGINE_ADDRESS")
        gateway = try value("DOCKER_ENGINE_GATEWAY")
        image = try value("DOCKER_ENGINE_IMAGE")
        cgroup = try value("DOCKER_ENGINE_CGROUP")
        certificates = values["DOCKER_CERT_PATH"]
        self.control = control
    }

    /// A client of it; `variables` are more of `DOCKER_…`.
    func client(_ variables: [String: String] = [:]) throws -> DockerClient {
        let endpoint = try DockerEndpoint(environment: ["DOCKER_HOST": host].merging(variables) { $1 })
        return DockerClient(endpoint, http: HTTPClient(HTTPClient.Configuration(proxy: .none)))
    }

    /// What makes a container of the image run that.
    func specification(_ command: String...) -> ContainerSpecification {
        var specification = ContainerSpecification(image: image)
        specification.command = command
        return specification
    }

    /// Ends dockerd alone, by SIGTERM or by `KILL`. Without live-restore SIGTERM ends the containers too.
    func stopDockerd(signal: String = "TERM") async throws { try await control.call("stop", signal) }

    /// Starts it again, with all that it knew.
    func startDockerd() async throws { try await control.call("start") }

    /// A registry with a password beside it.
    func startRegistry() async throws -> DockerRegistry {
        try DockerRegistry(try await control.values("registry"), engine: self)
    }

    /// Runs a command in the engine's namespaces; what it printed.
    @discardableResult
    func exec(_ command: String...) async throws -> String {
        try await control.call(["exec"] + command)
    }

    /// What Docker answers, asked by other code than that under test.
    func get(_ path: String) async throws -> String { try await curl("GET", path) }

    func delete(_ path: String) async throws { _ = try await curl("DELETE", path) }

    private func curl(_ method: String, _ path: String) async throws -> String {
        try await control.call([
            "exec", "curl", "-sS", "--fail-with-body", "--max-time", "60", "--unix-socket",
            String(host.dropFirst("unix://".count)), "-X", method, "http://docker\(path)",
        ])
    }

    /// A file of a container's cgroup, where either version of cgroups has it: `memory/memory.limit_in_bytes` or
    /// `memory.max`.
    func cgroupFile(_ container: String, version1: String, version2: String) throws -> String {
        let controller = version1.prefix { $0 != "/" }
        let file = version1.dropFirst(controller.count + 1)
        let places = [
            "/sys/fs/cgroup/\(controller)\(cgroup)/\(container)/\(file)",
            "/sys/fs/cgroup\(cgroup)/\(container)/\(version2)",
        ]
        for place in places where FileManager.default.fileExists(atPath: place) {
            return try String(contentsOfFile: place, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
        }
        throw HarnessError("no \(places.joined(separator: " and no "))")
    }
}

/// The script that starts and stops an engine.
private struct Control: Sendable {
    let folder: URL
    let liveRestore: Bool
    let tls: Bool

    @discardableResult
    func call(_ arguments: String...) async throws -> String { try await call(arguments) }

    func call(_ arguments: [String]) async throws -> String {
        var environment = ["DOCKER_ENGINE_STATE": folder.appending(path: "engine").path]
        if liveRestore { environment["DOCKER_ENGINE_LIVE_RESTORE"] = "yes" }
        if tls { environment["DOCKER_ENGINE_TLS"] = "yes" }
        let process = try ChildProcess(
            Checkout.support.appending(path: "docker/docker-engine").path, arguments,
            name: "\(arguments[0])-\(UUID().uuidString.prefix(8))", in: folder, environment: environment)
        let exit = try await process.waitForExit(within: .seconds(120))
        guard exit == .code(0) else {
            throw HarnessError("docker-engine \(arguments.joined(separator: " ")): \(exit)\n\(process.tail)")
        }
        return try String(contentsOf: process.standardOutput, encoding: .utf8)
    }

    /// The `NAME=VALUE` lines that a verb prints.
    func values(_ verb: String) async throws -> [String: String] {
        var values: [String: String] = [:]
        for line in try await call(verb).split(separator: "\n") {
            let parts = line.split(separator: "=", maxSplits: 1).map(String.init)
            if parts.count == 2 { values[parts[0]] = parts[1] }
        }
        return values
    }
}
