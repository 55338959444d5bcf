import DockerClient
import HTTPClient
import MesosExecutor
import Synchronization
import TestTools
import Testing

@testable import ContainerExecuting

/// What the container's side makes of a dockerd that is not well.
@Suite struct TaskContainerTests {
    /// Pulls an image before a dockerd that breaks so many pulls off; how many it saw.
    private func pull(brokenOff: Int) async throws -> Int {
        let pulls = Pulls()
        let server = try LoopbackServer()
        defer { server.stop() }
        server.start { connection in
            guard let request = connection.nextRequest() else { return }
            switch request.path {
            case "/_ping": connection.respond(200, headers: ["Api-Version: 1.41", "Connection: close"], "OK")
            case let path where path.hasSuffix("/images/create"):
                // As a dockerd that goes down: no answer.
                guard pulls.next() > brokenOff else { return }
                connection.respond(200, headers: ["Connection: close"], #"{"status":"done"}"#)
            default: connection.respond(404, headers: ["Connection: close"], #"{"message":"no such image"}"#)
            }
        }
        let variables = ["DOCKER_HOST": "tcp://127.0.0.1:\(server.port)"]
        let http = HTTPClient(HTTPClient.Configuration(proxy: .none))
        let container = TaskContainer(
            Sample.task(), settings: ExecutorSettings(),
            environment: ExecutorEnvironment(
                endpoint: "127.0.0.1:5051", frameworkID: "f", executorID: "e", sandbox: "/s"),
            variables: variables, docker: DockerClient(try DockerEndpoint(environment: variables), http: http),
            http: http)
        try await container.pull()
        return pulls.count
    }

    private final class Pulls: Sendable {
        private let value = Mutex(0)
        var count: Int { value.withLock { $0 } }
        func next() -> Int {
            value.withLock {
                $0 += 1
                return $0
            }
        }
    }

    @Test func aDockerdThatRestartsDuringAPullIsNoFailureOfTheRegistry() async throws {
        // More often than a registry may fail.
        #expect(try await pull(brokenOff: 7) == 8)
    }
}
