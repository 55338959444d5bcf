import DockerClient
import Foundation
import Testing

/// Tasks on a real Mesos in containers of a real dockerd, from LAUNCH to their last update.
@Suite(.serialized, .enabled(if: DockerEngine.isWanted, "a Docker engine needs root and docker.io, docker-registry"))
struct ExecutorTaskTests {
    /// What a failed task's container wrote is there, each stream in its file; on stderr the executor speaks as well.
    private func expectOutput(of task: LaunchedTask, in box: ExecutorBox) async throws {
        #expect(try await box.read("stdout", of: task) == "out\n", "\(task.id)")
        let lines = try await box.read("stderr", of: task).split(separator: "\n")
        #expect(lines.filter { $0 == "err" }.count == 1, "\(task.id)")
    }

    /// Of a task that did not fail nothing is copied.
    private func expectNoOutput(of task: LaunchedTask, in box: ExecutorBox) async throws {
        #expect(try await box.read("stdout", of: task).isEmpty, "\(task.id)")
        // Its own lines begin with a time, or its name.
        let others = try await box.read("stderr", of: task).split(separator: "\n").filter { !$0.hasPrefix("2") }
        #expect(others.isEmpty, "\(task.id)")
    }

    @Test("What the framework is told of every kind of end")
    func ends() async throws {
        try await ExecutorBox.run { box in
            let fine = try await box.launch("echo fine; exit 0", name: "fine")
            let fails = try await box.launch("echo out; echo err >&2; exit 3", name: "fails")
            let crashes = try await box.launch(
                "echo out; echo err >&2; sh -c 'kill -SEGV $$'; exit $?", name: "crashes")
            let greedy = try await box.launch(
                "echo out; echo err >&2; exec tail /dev/zero", name: "greedy",
                settings: ["EXECUTOR_FORCE_MEMORY_LIMIT": "true"])
            let missing = try await box.launch("exit 0", name: "missing", image: "127.0.0.1:5000/no/such:1")

            let success = try await fine.waitForEnd()
            #expect(success.state == "TASK_FINISHED" && success.message == nil)
            #expect(fine.states == ["TASK_STARTING", "TASK_RUNNING", "TASK_FINISHED"])
            #expect(fine.events.first { $0.state == "TASK_RUNNING" }?.message?.hasPrefix("container ") == true)

            let end = try await fails.waitForEnd()
            #expect(end.state == "TASK_FAILED" && end.message == "exited with status 3")
            #expect(end.source == "SOURCE_EXECUTOR" && end.reason == "REASON_COMMAND_EXECUTOR_FAILED")
            // By now it must all be in the sandbox.
            try await expectOutput(of: fails, in: box)
            try await expectNoOutput(of: fine, in: box)

            let crash = try await crashes.waitForEnd()
            #expect(crash.state == "TASK_FAILED" && crash.message == "killed by SIGSEGV")
            try await expectOutput(of: crashes, in: box)

            let hungry = try await greedy.waitForEnd()
            #expect(hungry.state == "TASK_FAILED" && hungry.message == "out of memory, limit 32 MB")
            try await expectOutput(of: greedy, in: box)
            #expect(hungry.reason == "REASON_CONTAINER_LIMITATION_MEMORY")

            let refused = try await missing.waitForEnd()
            #expect(refused.state == "TASK_FAILED" && refused.reason == "REASON_CONTAINER_LAUNCH_FAILED")
            #expect(refused.message?.hasPrefix("cannot pull image 127.0.0.1:5000/no/such:1: ") == true)
            #expect(missing.states == ["TASK_STARTING", "TASK_FAILED"])
            try await expectNoOutput(of: missing, in: box)
            #expect(try await box.read("stderr", of: missing).contains("4 of 5"))

            // Nothing of it stays behind but the stopped container, for whoever wants to look.
            try await waitUntil("the end of the executor") { try await box.processes(of: fails).isEmpty }
            #expect(try await box.containers(of: fails).map(\.state.status) == ["exited"])
            let left = try FileManager.default.contentsOfDirectory(atPath: try await box.sandbox(fails).path).sorted()
            #expect(left == [".sidecar-executor.lock", "stderr", "stdout"])
        }
    }

    @Test("A kill, its grace period, and the end of the framework")
    func kills() async throws {
        try await ExecutorBox.run { box in
            let obedient = "trap 'echo asked; exit 0' TERM; while :; do sleep 0.05; done"
            let deaf = "trap 'echo asked' TERM; while :; do sleep 0.05; done"
            let polite = try await box.launch(obedient, name: "polite", arguments: ["--kill-after", "0.5"])
            let stubborn = try await box.launch(
                deaf, name: "stubborn", arguments: ["--kill-after", "0.5", "--kill-grace", "2"])
            let policy = #"{"kill_policy": {"grace_period": {"nanoseconds": 2000000000}}}"#
            let patient = try await box.launch(
                deaf, name: "patient", arguments: ["--kill-after", "0.5", "--task-json", policy])
            let orphan = try await box.launch(obedient, name: "orphan")
            let signalled = try await box.launch(obedient, name: "signalled")

            let end = try await polite.waitForEnd()
            #expect(end.state == "TASK_KILLED" && end.message == "killed on the framework's request")
            #expect(try await box.containers(of: polite).map(\.state.exitCode) == [0])
            try await expectNoOutput(of: polite, in: box)

            // By the kill's own policy, or the task's.
            for task in [stubborn, patient] {
                let forced = try await task.waitForEnd()
                let asked = try #require(task.events.first { $0.event == "KILL" })
                #expect(forced.state == "TASK_KILLED" && forced.message == "killed on the framework's request")
                // Shorter than what counts without a policy.
                #expect((1.5..<4.5).contains(forced.t - asked.t), "\(task.id): \(forced.t - asked.t)")
                #expect(try await box.containers(of: task).map(\.state.exitCode) == [137])
                try await expectNoOutput(of: task, in: box)
            }

            // The agent shuts the executors of a framework down that has gone.
            try await orphan.waitFor(state: "TASK_RUNNING")
            await orphan.endFramework()
            try await waitUntil("the end of the container") {
                try await box.containers(of: orphan).allSatisfy { !$0.state.isRunning }
            }
            #expect(try await box.containers(of: orphan).map(\.state.exitCode) == [0])
            try await waitUntil("the end of the executor") { try await box.processes(of: orphan).isEmpty }
            try await expectNoOutput(of: orphan, in: box)
            #expect(try await box.read("stderr", of: orphan).contains("the agent wants the executor to shut down"))

            try await signalled.waitFor(state: "TASK_RUNNING")
            kill(try await box.process("sidecar-executo", of: signalled), SIGUSR1)
            let own = try await signalled.waitForEnd()
            #expect(own.state == "TASK_KILLED" && own.message == "killed because the executor got SIGUSR1")
            try await expectNoOutput(of: signalled, in: box)
        }
    }

    @Test("A setting that cannot be read fails the task with its name")
    func brokenSetting() async throws {
        try await ExecutorBox.run { box in
            let task = try await box.launch("exit 0", settings: ["EXECUTOR_HTTP_TIMEOUT": "soon"])
            let end = try await task.waitForEnd()
            let words = "EXECUTOR_HTTP_TIMEOUT=\"soon\": not a duration such as 30s or 1m30s"
            #expect(end.state == "TASK_FAILED" && end.message == words && task.states == ["TASK_FAILED"])
            #expect(try await box.read("stderr", of: task).contains("sidecar-executor: \(words)\n"))
            #expect(try await box.containers(of: task).isEmpty)

            // Also one that is about how to reach Docker.
            let other = try await box.launch("exit 0", settings: ["DOCKER_API_VERSION": "new"])
            let wrong = try await other.waitForEnd()
            #expect(wrong.message == "DOCKER_API_VERSION=new: a version like 1.41 is expected")
            #expect(other.states == ["TASK_FAILED"])
            #expect(try await !box.read("stderr", of: other).contains("crash"))
        }
    }
}
