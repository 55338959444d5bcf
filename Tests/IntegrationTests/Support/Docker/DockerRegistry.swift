import DockerClient
import Foundation

/// A registry with a password (Debian's docker-registry) beside an engine, in the engine's network: only dockerd reaches
/// it, at the address that images carry in their names.
struct DockerRegistry: Sendable {
    /// `127.0.0.1:5000`.
    let address: String
    let user: String
    let password: String
    private let engine: DockerEngine

    init(_ values: [String: String], engine: DockerEngine) throws {
        guard let address = values["DOCKER_REGISTRY"], let user = values["DOCKER_REGISTRY_USER"],
            let password = values["DOCKER_REGISTRY_PASSWORD"]
        else { throw HarnessError("docker-engine registry does not tell where it is") }
        (self.address, self.user, self.password, self.engine) = (address, user, password, engine)
    }

    var credentials: RegistryCredentials { RegistryCredentials(.password(user: user, password), server: address) }

    /// Puts the engine's own image there as `repository:tag`, and returns its whole name. The engine forgets that name.
    func publish(_ repository: String, tag: String) async throws -> String {
        let name = "\(address)/\(repository)"
        let auth = try JSONSerialization.data(withJSONObject: ["username": user, "password": password])
            .base64EncodedString()
        let socket = String(engine.host.dropFirst("unix://".count))
        func curl(_ arguments: String...) async throws -> String {
            let folder = try Scratch.folder("curl")
            let process = try ChildProcess(
                "/usr/bin/curl", ["-sS", "--fail-with-body", "--max-time", "60", "--unix-socket", socket] + arguments,
                name: "curl", in: folder)
            let exit = try await process.waitForExit()
            let text = try String(contentsOf: process.standardOutput, encoding: .utf8)
            guard exit == .code(0), !text.contains("\"error\"") else {
                throw HarnessError("curl \(arguments.last ?? ""): \(exit) \(text)\n\(process.tail)")
            }
            return text
        }
        _ = try await curl("-X", "POST", "http://docker/images/\(engine.image)/tag?repo=\(name)&tag=\(tag)")
        _ = try await curl(
            "-X", "POST", "-H", "X-Registry-Auth: \(auth)", "http://docker/images/\(name)/push?tag=\(tag)")
        _ = try await curl("-X", "DELETE", "http://docker/images/\(name):\(tag)")
        return "\(name):\(tag)"
    }
}
