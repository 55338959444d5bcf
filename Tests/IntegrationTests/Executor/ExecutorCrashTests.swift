import DockerClient
import Foundation
import Testing

/// Things die around a task that runs; the task does not notice, and nothing about it is lost or told twice.
@Suite(.serialized, .enabled(if: DockerEngine.isWanted, "a Docker engine needs root and docker.io, docker-registry"))
struct ExecutorCrashTests {
    private let threeStates = ["TASK_STARTING", "TASK_RUNNING", "TASK_FAILED"]

    @Test("The worker is killed every second, or whenever it has just come back", arguments: [1000, 150])
    func workerKilled(milliseconds: Int) async throws {
        try await ExecutorBox.run { box in
            let task = try await box.launch(
                "trap 'echo end; exit 3' USR1; echo begin; while :; do sleep 0.1; done", checkpoint: true)
            let clock = ContinuousClock()
            let begin = clock.now
            for count in 0..<30 {
                try await clock.sleep(until: begin + .milliseconds(milliseconds) * count)
                try await box.killWorker(of: task)
            }
            try await task.waitFor(state: "TASK_RUNNING")
            let container = try #require(try await box.containers(of: task).first)
            try await box.signal("USR1", task)
            let end = try await task.waitForEnd()
            #expect(end.message == "exited with status 3")
            try await waitUntil("the end of the executor") { try await box.processes(of: task).isEmpty }
            #expect(task.states == threeStates)
            #expect(try await box.containers(of: task).map(\.id) == [container.id])
            #expect(try await box.read("stdout", of: task) == "begin\nend\n")
            let crashes = try await box.read("stderr", of: task).components(separatedBy: "killed by SIGKILL").count - 1
            #expect(crashes == 30)
        }
    }

    @Test("What a container puts into its sandbox does not reach the next worker")
    func forgedState() async throws {
        try await ExecutorBox.run { box in
            let task = try await box.launch(
                """
                ls -A /sb >/tmp/seen
                for name in checkpoint checkpoint.new worker note handover; do echo "{" >/sb/.sidecar-executor.$name; done
                trap "exit 3" USR1; cat /tmp/seen; while :; do sleep 0.1; done
                """, checkpoint: true, arguments: ["--volume", ".:/sb"])
            try await task.waitFor(state: "TASK_RUNNING")
            let container = try #require(try await box.containers(of: task).first)
            let forged = try await box.sandbox(task).appending(path: ".sidecar-executor.handover").path
            try await waitUntil("the forged files") { FileManager.default.fileExists(atPath: forged) }
            for _ in 0..<3 { try await box.killWorker(of: task) }
            try await box.signal("USR1", task)
            #expect(try await task.waitForEnd().message == "exited with status 3")
            #expect(task.states == threeStates)
            #expect(try await box.containers(of: task).map(\.id) == [container.id])
            let seen = try await box.read("stdout", of: task).split(separator: "\n").map(String.init)
            #expect(seen.filter { $0.hasPrefix(".") || $0.hasPrefix("sidecar") } == [".sidecar-executor.lock"])
        }
    }

    @Test("The agent is killed and comes back")
    func agentRestarts() async throws {
        try await ExecutorBox.run { box in
            let task = try await box.launch(
                "trap 'exit 3' USR1; while :; do sleep 0.1; done", checkpoint: true)
            try await task.waitFor(state: "TASK_RUNNING")
            await box.cluster.killAgent()
            // It ends while there is no agent to be told.
            let container = try #require(try await box.containers(of: task).first)
            try await box.signal("USR1", task)
            try await waitUntil("the container's end") {
                try await !box.docker.inspect(container.id).state.isRunning
            }
            try await box.cluster.startAgent()
            #expect(try await task.waitForEnd().message == "exited with status 3")
            #expect(task.states == threeStates)
        }
    }

    @Test(
        "The agent comes back while the task runs, and leaves the container alone",
        arguments: [[], ["--containerizers=docker,mesos", "--docker=/usr/bin/docker"]])
    func agentRestartsUnderARunningTask(agentFlags: [String]) async throws {
        try await DockerEngine.run { engine in
            // An agent with the docker containerizer stops what is called mesos-… and is not its own.
            let isDockers = !agentFlags.isEmpty
            let flags = agentFlags + (isDockers ? ["--docker_socket=\(engine.host.dropFirst("unix://".count))"] : [])
            try await MesosCluster.with(agentFlags: flags) { cluster in
                let box = ExecutorBox(cluster: cluster, engine: engine, docker: try engine.client())
                let task = try await box.launch(
                    "trap 'exit 3' USR1; while :; do sleep 0.1; done", checkpoint: true,
                    settings: isDockers ? ["EXECUTOR_CONTAINER_NAME_PREFIX": "job-"] : [:])
                try await task.waitFor(state: "TASK_RUNNING")
                let container = try #require(try await box.containers(of: task).first)
                await cluster.killAgent()
                try await cluster.startAgent()
                try await waitUntil("the executor is with the new agent") {
                    try await box.read("stderr", of: task).components(separatedBy: "subscribed").count > 2
                }
                #expect(try await box.docker.inspect(container.id).state.isRunning)
                try await box.signal("USR1", task)
                #expect(try await task.waitForEnd().message == "exited with status 3")
                #expect(task.states == threeStates)
                #expect(try await box.containers(of: task).map(\.id) == [container.id])
            }
        }
    }

    @Test("An agent that is gone for good takes the container with it")
    func agentIsLost() async throws {
        try await ExecutorBox.run { box in
            let task = try await box.launch("trap 'exit 0' TERM; while :; do sleep 0.1; done")
            try await task.waitFor(state: "TASK_RUNNING")
            let sandbox = try await box.sandbox(task)
            await box.cluster.killAgent()
            try await waitUntil("the end of the container") {
                try await box.docker.containers(
                    labels: ["sidecar-executor.sandbox=\(sandbox.path)"], runningOnly: true
                ).isEmpty
            }
            try await waitUntil("the end of the executor") { try await box.processes(of: task).isEmpty }
        }
    }

    @Test("dockerd restarts and the container lives on", arguments: ["TERM", "KILL"])
    func dockerRestarts(signal: String) async throws {
        try await ExecutorBox.run(liveRestore: true) { box in
            let task = try await box.launch("trap 'exit 3' USR1; while :; do sleep 0.1; done")
            try await task.waitFor(state: "TASK_RUNNING")
            let container = try #require(try await box.containers(of: task).first)
            try await box.engine.stopDockerd(signal: signal)
            try await box.engine.startDockerd()
            #expect(try await box.docker.inspect(container.id).state.isRunning)
            try await box.signal("USR1", task)
            #expect(try await task.waitForEnd().message == "exited with status 3")
            #expect(task.states == threeStates)
        }
    }

    @Test("dockerd takes its containers down, and their last words are there when it is back")
    func dockerStops() async throws {
        try await ExecutorBox.run { box in
            let task = try await box.launch(
                "trap 'echo last words; exit 3' TERM; while :; do sleep 0.1; done",
                settings: ["EXECUTOR_LOGS_SINCE": "3s"])
            try await task.waitFor(state: "TASK_RUNNING")
            try await box.engine.stopDockerd()
            // The words are older than that when they can be had, but not older than that at the container's end.
            try await Task.sleep(for: .seconds(4))
            try await box.engine.startDockerd()
            #expect(try await task.waitForEnd().message == "exited with status 3")
            #expect(task.states == threeStates)
            #expect(try await box.read("stdout", of: task).contains("last words\n"))
        }
    }

    @Test("Everything of a task but its container is killed, and the clean-up finds it")
    func orphans() async throws {
        try await ExecutorBox.run { box in
            let loop = "trap 'exit 0' TERM; while :; do sleep 0.1; done"
            let lost = try await box.launch(loop, name: "lost")
            let alive = try await box.launch(loop, name: "alive")
            for task in [lost, alive] { try await task.waitFor(state: "TASK_RUNNING") }
            let orphan = try #require(try await box.containers(of: lost).first)
            let other = try #require(try await box.containers(of: alive).first)
            // executor.sh first, so that it cannot do what it is for.
            for process in try await box.processes(of: lost) where process.name != "sleep" {
                kill(process.pid, SIGKILL)
            }
            try await lost.waitForEnd()
            #expect(try await box.docker.inspect(orphan.id).state.isRunning)

            let cleanup = try ChildProcess(
                try Checkout.binary("sidecar-executor"), ["cleanup", "-orphans"], name: "cleanup",
                in: try Scratch.folder("cleanup"), environment: ["DOCKER_HOST": box.engine.host])
            #expect(try await cleanup.waitForExit() == .code(0))
            #expect(cleanup.tail.contains("stopped container \(orphan.shortID), whose executor in "))
            #expect(try await !box.docker.inspect(orphan.id).state.isRunning)
            #expect(try await box.docker.inspect(other.id).state.isRunning)
        }
    }

    @Test("The executor is killed, and executor.sh stops the container")
    func supervisorKilled() async throws {
        try await ExecutorBox.run { box in
            let task = try await box.launch("trap 'exit 0' TERM; while :; do sleep 0.1; done")
            try await task.waitFor(state: "TASK_RUNNING")
            let sandbox = try await box.sandbox(task)
            kill(try await box.process("sidecar-executo", of: task), SIGKILL)
            try await waitUntil("the end of the container", within: .seconds(10)) {
                try await box.docker.containers(
                    labels: ["sidecar-executor.sandbox=\(sandbox.path)"], runningOnly: true
                ).isEmpty
            }
            let end = try await task.waitForEnd()
            #expect(end.source == "SOURCE_AGENT" && end.reason == "REASON_EXECUTOR_TERMINATED")
        }
    }
}
