import Foundation
import Synchronization
import TestTools
import Testing

@testable import ContainerExecuting

/// The clean-up, before something that answers as dockerd does.
@Suite struct CleanupTests {
    /// Containers in a dockerd; every answer closes its connection.
    private final class Engine: Sendable {
        struct Container: Sendable {
            var letter: Character
            var status: String
            var sandbox: String
            var refusal: Int?
        }

        private let server: LoopbackServer
        private let seen = Mutex<[String]>([])
        /// How many requests have no answer.
        private let lost: Mutex<Int>

        init(_ containers: [Container], cutOff: Int = 0) throws {
            server = try LoopbackServer()
            lost = Mutex(cutOff)
            server.start { [weak self] connection in
                guard let self, let request = connection.nextRequest(), !isLost() else { return }
                if request.path == "/_ping" {
                    connection.respond(200, headers: ["Api-Version: 1.41", "Connection: close"], "OK")
                    return
                }
                let target = (request.target.removingPercentEncoding ?? "").split(separator: "/").dropFirst()
                seen.withLock { $0.append("\(request.method) \(target.joined(separator: "/"))") }
                let (status, body) = Self.answer(request, containers)
                connection.respond(status, headers: ["Connection: close"], body)
            }
        }

        private func isLost() -> Bool {
            lost.withLock { left in
                left -= 1
                return left >= 0
            }
        }

        private static func answer(_ request: ServedRequest, _ containers: [Container]) -> (Int, String) {
            if request.path.hasSuffix("/containers/json") {
                let filter = (request.target.removingPercentEncoding ?? "").replacing("\\/", with: "/")
                let listed = containers.filter { container in
                    !filter.contains("=/") || filter.contains("=\(container.sandbox)\"")
                }.map { container in
                    """
                    {"Id":"\(String(repeating: container.letter, count: 64))","State":"\(container.status)",
                     "Labels":{"sidecar-executor.sandbox":"\(container.sandbox)"}}
                    """
                }
                return (200, "[\(listed.joined(separator: ","))]")
            }
            let container = containers.first { request.path.contains(String(repeating: $0.letter, count: 64)) }
            guard let refusal = container?.refusal else { return (container == nil ? 404 : 204, "") }
            return (refusal, #"{"message":"did not receive an exit event"}"#)
        }

        var requests: [String] { seen.withLock { $0 } }
        /// What was done to which container: `POST a stop`, `DELETE b`.
        var deeds: [String] {
            requests.filter { !$0.contains("containers/json") }.map { line in
                let parts = line.split(separator: "?")[0].split(separator: "/")
                let method = line.prefix { $0 != " " }
                return "\(method) \(parts[1].prefix(1))\(parts.count > 2 ? " \(parts[2])" : "")"
            }
        }
        func stop() { server.stop() }

        func cleanup(_ more: [String: String] = [:]) throws -> Cleanup {
            try Cleanup(
                ["DOCKER_HOST": "tcp://127.0.0.1:\(server.port)"].merging(more) { $1 }, patience: .seconds(20))
        }
    }

    /// A sandbox with a lock that nobody holds.
    private func sandbox() throws -> String {
        let folder = FileManager.default.temporaryDirectory.appending(path: "cleanup-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        _ = try SandboxLock(SandboxLock.executor, in: folder)
        return folder
    }

    @Test func aContainerWhoseStartIsUnderWayDoesNotStayBehind() async throws {
        let engine = try Engine([.init(letter: "a", status: "created", sandbox: "/s")])
        defer { engine.stop() }
        let report = try await engine.cleanup(["MESOS_SANDBOX": "/s", "TASK_ID": "t"]).stopTask()
        #expect(engine.deeds == ["DELETE a"])
        #expect(report.lines == ["removed container aaaaaaaaaaaa, which the executor of t left behind before it ran"])
    }

    @Test func theSandboxTellsWhoseContainerItIs() async throws {
        let engine = try Engine([
            .init(letter: "a", status: "running", sandbox: "/host/s"),
            .init(letter: "b", status: "running", sandbox: "/host/other"),
            .init(letter: "c", status: "exited", sandbox: "/host/s"),
        ])
        defer { engine.stop() }
        // Whatever other name the framework gave to the task; and the executor may be in an image itself.
        let variables = ["MESOS_SANDBOX": "/mnt/s", "MESOS_DIRECTORY": "/host/s", "TASK_ID": "another"]
        #expect(try await engine.cleanup(variables).stopTask().isComplete)
        #expect(engine.deeds == ["POST a stop"])
    }

    @Test func aDockerdThatRestartsIsWaitedFor() async throws {
        let engine = try Engine([.init(letter: "a", status: "running", sandbox: "/s")], cutOff: 3)
        defer { engine.stop() }
        #expect(try await engine.cleanup(["MESOS_SANDBOX": "/s"]).stopTask().isComplete)
        #expect(engine.deeds == ["POST a stop"])
    }

    @Test func oneThatCannotBeStoppedDoesNotKeepTheOthers() async throws {
        let (one, two, three) = (try sandbox(), try sandbox(), try sandbox())
        let engine = try Engine([
            .init(letter: "a", status: "running", sandbox: one, refusal: 500),
            .init(letter: "b", status: "running", sandbox: two, refusal: 404),
            .init(letter: "c", status: "running", sandbox: three),
            .init(letter: "d", status: "created", sandbox: three),
        ])
        defer { engine.stop() }
        let report = try await engine.cleanup().stopOrphans()
        #expect(engine.deeds == ["POST a stop", "POST b stop", "POST c stop", "DELETE d"])
        #expect(!report.isComplete && report.lines.count == 3)
        #expect(report.lines.first == "cannot stop container aaaaaaaaaaaa: did not receive an exit event")
        #expect(report.lines.contains("stopped container cccccccccccc, whose executor in \(three) is gone"))
    }

    @Test func whoIsLookedAfterOrOutOfSightStays() async throws {
        let held = try sandbox()
        let lock = try SandboxLock(SandboxLock.executor, in: held)
        let engine = try Engine([
            .init(letter: "a", status: "running", sandbox: held),
            .init(letter: "b", status: "running", sandbox: "/nowhere/s"),
            .init(letter: "c", status: "exited", sandbox: "/nowhere/s"),
        ])
        defer { engine.stop() }
        let report = try await engine.cleanup().stopOrphans()
        #expect(engine.deeds.isEmpty && report.isComplete)
        #expect(
            report.lines == ["left container bbbbbbbbbbbb alone: its sandbox /nowhere/s cannot be seen from here"])
        withExtendedLifetime(lock) {}
    }
}
