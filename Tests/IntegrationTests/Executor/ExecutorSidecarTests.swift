import DockerClient
import Foundation
import Testing

/// What Sidecar says of a container, and what it is told.
@Suite(.serialized, .enabled(if: DockerEngine.isWanted, "a Docker engine needs root and docker.io, docker-registry"))
struct ExecutorSidecarTests {
    @Test("Sick containers fail, and those to be killed are drained first")
    func healthAndDraining() async throws {
        let folder = try Scratch.folder("sidecar")
        let sidecar = try ChildProcess(
            Checkout.support.appending(path: "sidecar/fake-sidecar.py").path, [folder.path], name: "sidecar", in: folder
        )
        let port = try await waitFor("the port of Sidecar") {
            try String(contentsOf: folder.appending(path: "port"), encoding: .utf8)
        }
        let settings = [
            "TASK_HOST": "h", "EXECUTOR_SIDECAR_URL": "http://127.0.0.1:\(port)/state.json",
            "EXECUTOR_SIDECAR_BACKOFF": "100ms", "EXECUTOR_SIDECAR_POLL_INTERVAL": "100ms",
            "EXECUTOR_SIDECAR_MAX_FAILS": "2", "EXECUTOR_SIDECAR_DRAINING_DURATION": "1s",
        ]
        try await ExecutorBox.run { box in
            let obedient = "trap 'echo bye; exit 0' TERM; while :; do sleep 0.05; done"
            let sick = try await box.launch(obedient, name: "sick", settings: settings)
            try await sick.waitFor(state: "TASK_RUNNING")
            let container = try #require(try await box.containers(of: sick).first)
            // Unreachable and unknown is as good as healthy.
            try await waitUntil("a check without an answer") {
                try await box.read("stderr", of: sick).contains("assuming that the container is healthy")
            }
            try Data("2 \(container.shortID)".utf8).write(to: folder.appending(path: "status"), options: .atomic)
            let end = try await sick.waitForEnd()
            #expect(end.state == "TASK_FAILED" && end.message == "failed 3 Sidecar health checks")
            #expect(try await box.read("stdout", of: sick).contains("bye\n"))
            #expect(!FileManager.default.fileExists(atPath: folder.appending(path: "drained").path))

            try FileManager.default.removeItem(at: folder.appending(path: "status"))
            let drained = try await box.launch(
                obedient, name: "drained", settings: settings, arguments: ["--kill-after", "0.3"])
            #expect(try await drained.waitForEnd().state == "TASK_KILLED")
            let asked = try #require(drained.events.first { $0.event == "KILL" })
            let killed = try #require(drained.events.last { $0.state == "TASK_KILLED" })
            #expect(killed.t - asked.t >= 1)
            let id = try #require(try await box.containers(of: drained).first).shortID
            let notes = try String(contentsOf: folder.appending(path: "drained"), encoding: .utf8)
            #expect(notes == "/api/services/\(id)/drain\n")
        }
        await sidecar.stop()
    }
}
