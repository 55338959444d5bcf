import DockerClient
import Foundation
import MesosExecutor
import Testing

@testable import ContainerExecuting

/// The examples in `deploy/` are tasks that this executor takes.
@Suite struct ExampleTests {
    private struct Marathon: Decodable {
        struct Container: Decodable {
            struct Docker: Decodable {
                var image: String
                var parameters: [DockerInfo.Parameter]
            }
            var docker: Docker
        }
        var container: Container
    }

    private struct Singularity: Decodable {
        struct Deploy: Decodable {
            struct Info: Decodable {
                struct Docker: Decodable {
                    var image: String
                    var dockerParameters: [DockerInfo.Parameter]
                }
                var docker: Docker
            }
            var containerInfo: Info
        }
        var deploy: Deploy
    }

    private func example<Document: Decodable>(_ path: String) throws -> Document {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        return try JSONDecoder().decode(Document.self, from: Data(contentsOf: root.appending(path: "deploy/\(path)")))
    }

    @Test func marathon() throws {
        let docker = try (example("marathon/web.json") as Marathon).container.docker
        let specification = try Sample.make(
            Sample.task(DockerInfo(image: docker.image, parameters: docker.parameters)))
        #expect(specification.environment.contains("SERVICE_NAME=web"))
        #expect(specification.environment.contains("SERVICE_VERSION=2.1"))
        #expect(specification.stopSignal == "SIGQUIT" && specification.host.droppedCapabilities == ["ALL"])
    }

    @Test func singularity() throws {
        let docker = try (example("singularity/deploy.json") as Singularity).deploy.containerInfo.docker
        let specification = try Sample.make(
            Sample.task(DockerInfo(image: docker.image, parameters: docker.dockerParameters)))
        #expect(specification.command == ["/srv/web", "--config", "/etc/shop/web.conf"])
        #expect(specification.environment.contains("ENVIRONMENT=production"))
    }
}
