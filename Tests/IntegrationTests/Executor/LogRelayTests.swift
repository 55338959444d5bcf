import DockerClient
import Foundation
import Testing

/// What containers of tasks write, on its way to a real syslog server.
@Suite(.serialized, .enabled(if: DockerEngine.isWanted, "a Docker engine needs root and docker.io, docker-registry"))
struct LogRelayTests {
    /// A Mesos, a dockerd and a syslog server; `settings` send tasks' lines there.
    private func run(
        liveRestore: Bool = false,
        _ body: (_ box: ExecutorBox, _ sink: SyslogSink, _ settings: [String: String]) async throws -> Void
    ) async throws {
        try await SyslogSink.run { sink in
            try await ExecutorBox.run(liveRestore: liveRestore) { box in
                let settings = [
                    "EXECUTOR_RELAY_SYSLOG": "true", "EXECUTOR_SYSLOG_ADDR": sink.address, "LOG_HOSTNAME": "agent-7",
                ]
                try await body(box, sink, settings)
            }
        }
    }

    private func waitForEnd(of task: LaunchedTask, in box: ExecutorBox) async throws -> LaunchedTask.Event {
        let end = try await task.waitForEnd()
        try await waitUntil("the end of the executor") { try await box.processes(of: task).isEmpty }
        return end
    }

    @Test("100 000 lines arrive, each once and in order")
    func many() async throws {
        try await run { box, sink, settings in
            let task = try await box.launch(
                "exec awk 'BEGIN { for (i = 1; i <= 100000; i++) print \"line \" i }'", name: "many",
                settings: settings)
            #expect(try await waitForEnd(of: task, in: box).state == "TASK_FINISHED")
            try await waitUntil("all lines") { try sink.datagrams.count >= 100_000 }
            #expect(try sink.payloads == (1...100_000).map { "line \($0)" })
            // It was in nobody's way, and leaves nothing.
            #expect(task.states == ["TASK_STARTING", "TASK_RUNNING", "TASK_FINISHED"])
            let left = try FileManager.default.contentsOfDirectory(atPath: try await box.sandbox(task).path).sorted()
            #expect(left == [".sidecar-executor.lock", "stderr", "stdout"])
            #expect(try await box.read("stderr", of: task).contains("relayed the container's output (lines=100000)"))
        }
    }

    @Test("Levels, labels, odd bytes, long lines and a last line without an end")
    func content() async throws {
        try await run { box, sink, settings in
            let script = #"""
                echo "Error on stdout"; echo "some ERROR" >&2; echo fine >&2; echo; printf 'a"b\\\tc\r\n'; \
                printf '\377\376 \303\244\n'; head -c 50000 /dev/zero | tr '\0' x; echo; printf 'no end'; exit 3
                """#
            let task = try await box.launch(
                script, name: "odd",
                settings: settings.merging(["EXECUTOR_SEND_DOCKER_LABELS": "team, stage ,missing"]) { $1 },
                arguments: ["--docker-parameter", "label=team=we\"b", "--docker-parameter", "label=stage=test"])
            #expect(try await waitForEnd(of: task, in: box).message == "exited with status 3")
            try await waitUntil("the last line") { try sink.payloads.contains("no end") }
            let objects = try sink.objects
            for object in objects {
                #expect(Set(object.keys) == ["Timestamp", "Level", "Payload", "Hostname", "team", "stage"])
                #expect(object["Hostname"] == "agent-7" && object["team"] == "we\"b" && object["stage"] == "test")
                #expect(LogTime(rfc3339: Array((object["Timestamp"] ?? "").utf8)) != nil)
            }
            let lines = objects.map { "\($0["Level"] ?? ""): \($0["Payload"] ?? "")" }
            let out = lines.filter { !["error: some ERROR", "info: fine"].contains($0) }
            #expect(lines.contains("error: some ERROR") && lines.contains("info: fine"))
            #expect(
                Array(out.prefix(4)) == [
                    "info: Error on stdout", "info: ", "info: a\"b\\\tc", "info: \u{FFFD}\u{FFFD} ä",
                ])
            let parts = out.dropFirst(4).dropLast().map { $0.dropFirst("info: ".count) }
            #expect(parts.count >= 7 && parts.joined() == String(repeating: "x", count: 50_000))
            #expect(try sink.datagrams.allSatisfy { $0.utf8.count < 8192 })
            #expect(out.last == "info: no end")
        }
    }

    @Test("The relay is killed again and again: no line is lost, few come twice, the task does not notice")
    func killed() async throws {
        try await run { box, sink, settings in
            let script = """
                for i in $(seq 0 99); do awk -v i=$i "BEGIN { for (k = 1; k <= 500; k++) print i * 500 + k }"; \
                usleep 50000; done; exit 3
                """
            let task = try await box.launch(script, name: "killed", settings: settings)
            try await task.waitFor(state: "TASK_RUNNING")
            let worker = try await box.process("container", of: task)
            var kills = 0
            var last: Int32 = 0
            while try sink.datagrams.last?.contains(#""50000"}"#) != true {
                if let relay = try await box.processes(of: task).first(where: { $0.name == "relay" })?.pid,
                    relay != last,
                    try sink.datagrams.count > kills * 1000
                {
                    kill(relay, SIGKILL)
                    last = relay
                    kills += 1
                }
                if task.states.last == "TASK_FAILED" { break }
                try await Task.sleep(for: .milliseconds(20))
            }
            #expect(kills > 5)
            if let now = try await box.processes(of: task).first(where: { $0.name == "container" })?.pid {
                #expect(now == worker)
            }
            #expect(try await waitForEnd(of: task, in: box).message == "exited with status 3")
            try await waitUntil("the last line") { try sink.payloads.contains("50000") }
            let numbers = try sink.payloads.compactMap { Int($0) }
            #expect(Set(numbers).count == 50_000)
            #expect(numbers.count - 50_000 <= kills * 64, "\(numbers.count - 50_000) twice after \(kills) kills")
            // In order, but for what comes again.
            var highest = 0
            for number in numbers {
                #expect(number <= highest + 1 && number > highest - 64)
                highest = max(highest, number)
            }
            #expect(task.states == ["TASK_STARTING", "TASK_RUNNING", "TASK_FAILED"])
        }
    }

    @Test(
        "The relay hangs, and is killed when the container has ended: the next one relays the rest",
        arguments: ["json-file", "local"])
    func lateSuccessor(driver: String) async throws {
        try await run { box, sink, settings in
            let task = try await box.launch(
                "seq 1 100; sleep 2; seq 101 20000; exit 3", name: "late", settings: settings,
                arguments: ["--docker-parameter", "log-driver=\(driver)"])
            try await waitUntil("the first lines") { try sink.datagrams.count >= 100 }
            let relay = try await box.process("relay", of: task)
            kill(relay, SIGSTOP)
            #expect(try await task.waitForEnd().message == "exited with status 3")
            kill(relay, SIGKILL)
            _ = try await waitForEnd(of: task, in: box)
            try await waitUntil("all lines") { try sink.datagrams.count >= 20_000 }
            #expect(try sink.payloads == (1...20_000).map(String.init))
        }
    }

    @Test("dockerd restarts and the container lives on: every line arrives once", arguments: ["TERM", "KILL"])
    func dockerRestarts(signal: String) async throws {
        try await run(liveRestore: true) { box, sink, settings in
            let task = try await box.launch(
                "trap 'echo end; exit 3' USR1; i=0; while :; do i=$((i + 1)); echo $i; usleep 10000; done",
                settings: settings)
            try await waitUntil("some lines") { try sink.datagrams.count > 100 }
            try await box.engine.stopDockerd(signal: signal)
            let before = try sink.datagrams.count
            try await box.engine.startDockerd()
            try await waitUntil("more lines") { try sink.datagrams.count > before + 100 }
            let container = try #require(try await box.containers(of: task).first)
            try await box.docker.kill(container.id, signal: "SIGUSR1")
            #expect(try await waitForEnd(of: task, in: box).message == "exited with status 3")
            try await waitUntil("the last line") { try sink.payloads.contains("end") }
            let numbers = try sink.payloads.compactMap { Int($0) }
            // What dockerd itself had read and not yet written down when it was killed is lost with it.
            if signal == "TERM" { #expect(numbers == Array(1...numbers.count)) }
            #expect(numbers == Set(numbers).sorted())
        }
    }

    @Test("Only the start is relayed")
    func startup() async throws {
        try await run { box, sink, settings in
            let task = try await box.launch(
                "i=0; while [ $i -lt 60 ]; do i=$((i + 1)); echo $i; usleep 100000; done; exit 0",
                settings: [
                    "EXECUTOR_RELAY_SYSLOG_STARTUP_ONLY": "true", "EXECUTOR_RELAY_SYSLOG_STARTUP_TIME": "2s",
                    "EXECUTOR_SYSLOG_ADDR": sink.address,
                ])
            #expect(try await waitForEnd(of: task, in: box).state == "TASK_FINISHED")
            let container = try #require(try await box.containers(of: task).first)
            let start = try #require(LogTime(rfc3339: Array(container.state.startedAt.utf8)))
            let times = try sink.objects.compactMap { LogTime(rfc3339: Array(($0["Timestamp"] ?? "").utf8)) }
            #expect((10...20).contains(times.count))
            #expect(times.allSatisfy { $0 <= start.later(by: .seconds(2)) })
            #expect(try sink.payloads == (1...max(1, times.count)).map(String.init))
            let log = try await box.read("stderr", of: task)
            let relayed = try #require(log.firstRange(of: "relayed the container's output"))
            let ended = try #require(log.firstRange(of: "reporting TASK_FINISHED"))
            #expect(relayed.lowerBound < ended.lowerBound)
        }
    }

    @Test("RFC 5424, as rsyslogd understands it")
    func rfc5424() async throws {
        try await run { box, sink, settings in
            let more = ["EXECUTOR_SYSLOG_FORMAT": "rfc5424", "EXECUTOR_SEND_DOCKER_LABELS": "team"]
            let task = try await box.launch(
                "echo hello [world] ä; sleep 0.2; echo An Error >&2", settings: settings.merging(more) { $1 },
                arguments: ["--docker-parameter", "label=team=a\"]b"])
            #expect(try await waitForEnd(of: task, in: box).state == "TASK_FINISHED")
            try await waitUntil("both lines") { try sink.messages.count >= 2 }
            let messages = try sink.messages
            let container = try #require(try await box.containers(of: task).first)
            #expect(messages.map(\.msg) == ["hello [world] ä", "An Error"])
            #expect(messages.map(\.severity) == ["info", "err"] && messages.map(\.msgid) == ["stdout", "stderr"])
            for message in messages {
                #expect(message.facility == "daemon" && message.host == "agent-7" && message.app == "busybox")
                #expect(message.procid == container.shortID && message.sd == #"[labels@32473 team="a\"\]b"]"#)
            }
        }
    }

    @Test("Lines on stdout are there before the last update, and are not copied again")
    func stdout() async throws {
        try await ExecutorBox.run { box in
            let task = try await box.launch(
                "for i in $(seq 1 2000); do echo out $i; done; echo err >&2; exit 3",
                settings: ["EXECUTOR_CONTAINER_LOGS_STDOUT": "true"])
            #expect(try await task.waitForEnd().message == "exited with status 3")
            let lines = try await box.read("stdout", of: task).split(separator: "\n").filter { $0.hasPrefix("{") }
            var errors = 0
            var numbers: [Int] = []
            for line in lines {
                let object = try JSONDecoder().decode([String: String].self, from: Data(line.utf8))
                let words = (object["Payload"] ?? "").split(separator: " ")
                if words == ["err"] { errors += 1 } else { numbers.append(Int(words.last ?? "") ?? 0) }
            }
            #expect(errors == 1)
            #expect(numbers == Array(1...2000))
            #expect(try await !box.read("stdout", of: task).contains("\nout 1\n"))
            #expect(try await !box.read("stderr", of: task).contains("\nerr\n"))
        }
    }

    @Test("A syslog server that is away, and a log that cannot be read, cost the task nothing")
    func away() async throws {
        try await ExecutorBox.run { box in
            let settings = [
                "EXECUTOR_RELAY_SYSLOG": "true", "EXECUTOR_SYSLOG_ADDR": "127.0.0.1:\(try FreePort.find())",
            ]
            let away = try await box.launch("seq 1 5000; exit 3", name: "away", settings: settings)
            let silent = try await box.launch(
                "echo hello; exit 3", name: "silent", settings: settings,
                arguments: ["--docker-parameter", "log-driver=none"])
            for task in [away, silent] {
                #expect(try await waitForEnd(of: task, in: box).message == "exited with status 3")
            }
            let told = try await box.read("stderr", of: away)
            #expect(told.components(separatedBy: "lines do not reach syslog: Connection refused").count == 2)
            #expect(told.contains("lines did not reach syslog"))
            let complaint = "the container's output is not relayed: cannot read the log of container "
            #expect(try await box.read("stderr", of: silent).components(separatedBy: complaint).count == 2)
        }
    }
}
