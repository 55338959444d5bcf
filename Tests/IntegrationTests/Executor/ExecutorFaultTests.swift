import DockerClient
import Foundation
import Testing

/// The worker dies at one exact instant, and the next one goes on from there.
@Suite(.serialized, .enabled(if: DockerEngine.isWanted, "a Docker engine needs root and docker.io, docker-registry"))
struct ExecutorFaultTests {
    /// Writes to both of its streams at its end, which a signal brings about.
    private static func script(lines: Int) -> String {
        """
        trap go=1 USR1; while [ -z "$go" ]; do sleep 0.05; done; \
        i=0; while [ $i -lt \(lines) ]; do i=$((i+1)); echo out $i; echo err $i >&2; done; exit 3
        """
    }

    private func launch(
        _ name: String, lines: Int, fault: String? = nil, in box: ExecutorBox
    ) async throws -> (task: LaunchedTask, marks: URL) {
        let marks = try Scratch.folder("marks")
        var settings = ["EXECUTOR_LOGS_SINCE": "1h", "COMPLAINER_FAULT_MARKS": marks.path]
        settings["COMPLAINER_FAULT"] = fault
        return (try await box.launch(Self.script(lines: lines), name: name, settings: settings), marks)
    }

    /// What must be so whatever the worker died of: each state once, one container, each line once.
    private func check(
        _ task: LaunchedTask, lines: Int, in box: ExecutorBox
    ) async throws {
        #expect(try await task.waitForEnd().message == "exited with status 3", "\(task.id)")
        #expect(task.states == ["TASK_STARTING", "TASK_RUNNING", "TASK_FAILED"], "\(task.id)")
        #expect(try await box.containers(of: task).count == 1, "\(task.id)")
        let out = try await box.read("stdout", of: task)
        // Too long to be shown.
        let isWhole = out == (1...lines).map { "out \($0)\n" }.joined()
        #expect(isWhole, "stdout of \(task.id)")
        let err = try await box.read("stderr", of: task).split(separator: "\n").filter { $0.hasPrefix("err ") }
        let isOnce = err.elementsEqual((1...lines).map { "err \($0)" })
        #expect(isOnce, "stderr of \(task.id)")
        try await waitUntil("the end of the executor of \(task.id)") { try await box.processes(of: task).isEmpty }
        // No other one has come since then.
        #expect(task.states == ["TASK_STARTING", "TASK_RUNNING", "TASK_FAILED"], "\(task.id)")
        // Nor the same one again: Mesos would pass a last update on once more, as it knows nothing of a task any more when
        // the framework has acknowledged its end.
        #expect(task.events.count { $0.event == "UPDATE" } == 3, "\(task.id)")
        let left = try FileManager.default.contentsOfDirectory(atPath: try await box.sandbox(task).path).sorted()
        #expect(left == [".sidecar-executor.lock", "stderr", "stdout"], "\(task.id)")
    }

    /// The instants between what the worker learns, what it saves and what it does.
    private static let instants = [
        ["saved-launch", "unsaved-acknowledged-TASK_STARTING", "saved-pulled", "unsaved-created"],
        ["saved-created", "unsaved-started", "saved-started"],
        ["unsaved-acknowledged-TASK_RUNNING", "unsaved-ended", "saved-ended", "saved-logsReady"],
        ["unsaved-logsCopied", "saved-logsCopied"],
        ["unsaved-acknowledged-TASK_FAILED", "saved-acknowledged-TASK_FAILED", "done"],
    ]

    @Test("A worker that dies at any instant is made up for")
    func everyInstant() async throws {
        try await ExecutorBox.run { box in
            for together in Self.instants {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for instant in together {
                        group.addTask {
                            let (task, marks) = try await launch(
                                instant, lines: 50, fault: "container:kill-on-\(instant)", in: box)
                            try await task.waitFor(state: "TASK_RUNNING")
                            try await box.signal("USR1", task)
                            try await check(task, lines: 50, in: box)
                            let struck = try FileManager.default.contentsOfDirectory(atPath: marks.path)
                            #expect(struck == ["kill-on-\(instant)"])
                        }
                    }
                    try await group.waitForAll()
                }
            }
        }
    }

    @Test("Workers that die in the middle of the copy leave no gap in the logs, and nothing twice")
    func inTheMiddleOfTheCopy() async throws {
        try await ExecutorBox.run { box in
            let lines = 60_000
            let (task, _) = try await launch("talkative", lines: lines, in: box)
            try await task.waitFor(state: "TASK_RUNNING")
            try await box.signal("USR1", task)
            let stdout = try await box.sandbox(task).appending(path: "stdout").path
            func size() throws -> Int {
                try FileManager.default.attributesOfItem(atPath: stdout)[.size] as? Int ?? 0
            }
            let whole = (1...lines).reduce(0) { $0 + "out \($1)\n".utf8.count }
            var before = 0
            for _ in 0..<3 {
                let worker = try await box.process("container", of: task)
                while try size() <= before { try await Task.sleep(for: .milliseconds(2)) }
                // Stopped first, so that it is sure where it dies.
                try await box.halt(worker)
                before = try size()
                #expect(before < whole, "the copy is over before the worker could be killed")
                kill(worker, SIGKILL)
                try await waitUntil("the worker's end") { kill(worker, 0) != 0 }
            }
            try await check(task, lines: lines, in: box)
        }
    }

    @Test("A task that died with the worker that had just got it is dropped, and nothing stays behind")
    func launchIsLost() async throws {
        try await ExecutorBox.run { box in
            let (task, marks) = try await launch(
                "lost", lines: 1, fault: "container:kill-on-unsaved-launch", in: box)
            let end = try await task.waitForEnd()
            let died = try FileManager.default.attributesOfItem(atPath: "\(marks.path)/kill-on-unsaved-launch")
            let moment = try #require(died[.modificationDate] as? Date).timeIntervalSince1970
            #expect(task.states == ["TASK_DROPPED"], "\(end)")
            #expect(end.source == "SOURCE_AGENT" && end.reason == "REASON_AGENT_RESTARTED", "\(end)")
            #expect(end.t - moment < 5, "told only \(end.t - moment) s after the worker's death")
            // The agent, which drops it, also shuts an executor down that has no other task.
            try await waitUntil("the end of the executor", within: .seconds(10)) {
                try await box.processes(of: task).isEmpty
            }
            #expect(try await box.containers(of: task).isEmpty)
            #expect(try await box.read("stderr", of: task).contains("the agent wants the executor to shut down"))
        }
    }
}
