import DockerClient
import Foundation
import Testing

/// The executor is to stop, and things die on the way: the task is ended, and that is told, all the same.
@Suite(.serialized, .enabled(if: DockerEngine.isWanted, "a Docker engine needs root and docker.io, docker-registry"))
struct ExecutorStopTests {
    private static let script = "trap 'sleep 1; exit 0' TERM; while :; do sleep 0.1; done"

    /// Runs a task, does something to it, and looks how it has ended.
    private func stop(
        _ signal: String, _ trouble: (ExecutorBox, LaunchedTask) async throws -> Void
    ) async throws {
        try await ExecutorBox.run { box in
            let task = try await box.launch(
                Self.script, checkpoint: true, settings: ["EXECUTOR_KILL_TASK_TIMEOUT": "20"])
            try await task.waitFor(state: "TASK_RUNNING")
            let container = try #require(try await box.containers(of: task).first)
            try await trouble(box, task)
            #expect(try await task.waitForEnd().message == "killed because the executor got \(signal)")
            try await waitUntil("the end of the executor") { try await box.processes(of: task).isEmpty }
            #expect(task.states == ["TASK_STARTING", "TASK_RUNNING", "TASK_KILLED"])
            let end = try await box.docker.inspect(container.id).state
            // It had the time that it wanted.
            #expect(!end.isRunning && end.exitCode == 0)
        }
    }

    private func isStopping(_ box: ExecutorBox, _ task: LaunchedTask) async throws -> Bool {
        try await box.read("stderr", of: task).contains("stopping the container")
    }

    @Test("Every process of the executor gets the signal", arguments: [(SIGTERM, "SIGTERM"), (SIGUSR1, "SIGUSR1")])
    func all(number: Int32, name: String) async throws {
        try await stop(name) { box, task in
            // executor.sh passes its own on.
            let ours = ["executor.sh", "sidecar-executo", "container"]
            let found = try await box.processes(of: task).filter { ours.contains($0.name) }
            #expect(found.count == 3)
            for process in found { kill(process.pid, number) }
        }
    }

    @Test("The worker is killed while it stops the container")
    func killedWhileStopping() async throws {
        try await stop("SIGTERM") { box, task in
            kill(try await box.process("sidecar-executo", of: task), SIGTERM)
            try await waitUntil("the stop") { try await isStopping(box, task) }
            try await box.killWorker(of: task)
        }
    }

    @Test("The signal comes while there is no worker")
    func killedBefore() async throws {
        try await stop("SIGTERM") { box, task in
            let supervisor = try await box.process("sidecar-executo", of: task)
            try await box.killWorker(of: task)
            kill(supervisor, SIGTERM)
        }
    }
}
