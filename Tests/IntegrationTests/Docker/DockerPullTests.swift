import DockerClient
import Foundation
import Synchronization
import Testing

/// Pulling from a real registry that wants a password.
@Suite(.serialized, .enabled(if: DockerEngine.isWanted, "a Docker engine needs root and docker.io, docker-registry"))
struct DockerPullTests {
    @Test("The login of the image's registry pulls it, and nothing else does")
    func passwords() async throws {
        try await DockerEngine.run { engine in
            let client = try engine.client()
            let registry = try await engine.startRegistry()
            let image = try await registry.publish("team/web", tag: "7")
            #expect(try await client.image(image) == nil)

            let home = try Scratch.folder("home")
            try FileManager.default.createDirectory(
                at: home.appending(path: ".docker"), withIntermediateDirectories: true)
            func login(_ password: String) async throws -> RegistryCredentials? {
                let auth = Data("\(registry.user):\(password)".utf8).base64EncodedString()
                try Data(#"{"auths":{"\#(registry.address)":{"auth":"\#(auth)"}}}"#.utf8)
                    .write(to: home.appending(path: ".docker/config.json"))
                let finding = await CredentialStore(environment: ["HOME": home.path])
                    .credentials(for: image, repository: "https://index.docker.io/v1/")
                #expect(finding.file == "\(home.path)/.docker/config.json")
                return finding.credentials
            }
            for credentials in [nil, try await login("wrong")] {
                await #expect {
                    try await client.pull(image, credentials: credentials)
                } throws: { error in
                    let error = error as? DockerError
                    return error?.isWorthRetrying == false && error?.isDockerAway == false
                        && error?.description.hasPrefix("cannot pull image \(image): ") == true
                }
            }
            // Without it every layer is here already.
            try await engine.delete("/images/\(engine.image)")
            let lines = Mutex<[String]>([])
            try await client.pull(image, credentials: try await login(registry.password), interval: .zero) { progress in
                lines.withLock { $0.append(progress.description) }
            }
            #expect(try await client.image(image)?.id.hasPrefix("sha256:") == true)
            #expect(lines.withLock { $0 }.contains { $0.contains("of 1 layers") }, "\(lines.withLock { $0 })")
            // Once more changes nothing.
            try await client.pull(image, credentials: registry.credentials)
        }
    }

    @Test("An image that is not there is said to be missing, and so is a registry")
    func missing() async throws {
        try await DockerEngine.run { engine in
            let client = try engine.client()
            let registry = try await engine.startRegistry()
            let image = try await registry.publish("team/web", tag: "7")
            let other = image.replacingOccurrences(of: ":7", with: ":8")
            await #expect {
                try await client.pull(other, credentials: registry.credentials)
            } throws: { error in
                let error = error as? DockerError
                return error?.isWorthRetrying == false && error?.message.contains("manifest") == true
            }
            await #expect {
                try await client.pull("127.0.0.1:1/web:1")
            } throws: { error in
                let error = error as? DockerError
                return error?.isWorthRetrying == true && error?.isDockerAway == false
                    && error?.message.contains("connection refused") == true
            }
        }
    }
}
