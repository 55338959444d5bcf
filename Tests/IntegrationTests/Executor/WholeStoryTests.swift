import DockerClient
import Foundation
import Testing

/// Both programs on one cluster, and the settings of a container on their whole way through Mesos.
@Suite(.serialized, .enabled(if: DockerEngine.isWanted, "a Docker engine needs root and docker.io, docker-registry"))
struct WholeStoryTests {
    @Test("The link in complainer's report shows the last words of the container that the executor ran")
    func lastWords() async throws {
        try await ExecutorBox.run { box in
            var options = ComplainerProcess.Options(box.cluster)
            options.flags = [
                "-file.format",
                "{{ .failure.Name }} {{ .failure.State }} {{ .failure.Message }} {{ .stdoutURL }} {{ .stderrURL }}{{ .nl }}",
            ]
            try await ComplainerProcess.with(options) { complainer in
                let task = try await box.launch(
                    "echo what it did; echo its last words >&2; sh -c 'kill -ABRT $$'; exit $?", name: "crasher")
                #expect(try await task.waitForEnd().message == "killed by SIGABRT")
                let line = try #require(
                    try await complainer.waitForReport(containing: "crasher").first { $0.contains("crasher") })
                #expect(line.hasPrefix("crasher TASK_FAILED killed by SIGABRT http"), "\(line)")
                let links = line.split(separator: " ").suffix(2).map(String.init)
                let stdout = try await HTTPGet.page(links[0])
                let stderr = try await HTTPGet.page(links[1])
                #expect(stdout.status == 200 && stdout.text.contains("what it did\n"))
                #expect(stderr.status == 200 && stderr.text.contains("its last words\n"))
            }
        }
    }

    @Test("Image, ports, volumes, limits, capabilities and labels of a task on Mesos are the container's")
    func configuration() async throws {
        try await ExecutorBox.run { box in
            let registry = try await box.engine.startRegistry()
            let image = try await registry.publish("team/web", tag: "7")
            let folder = try Scratch.folder("volume")
            try "given".write(to: folder.appending(path: "file"), atomically: true, encoding: .utf8)
            let login = try Scratch.folder("login")
            let token = Data("\(registry.user):\(registry.password)".utf8).base64EncodedString()
            try #"{"auths": {"\#(registry.address)": {"auth": "\#(token)"}}}"#.write(
                to: login.appending(path: "config.json"), atomically: true, encoding: .utf8)

            let script = """
                cat /in/file >/out/copy; touch /in/new 2>>/out/refusals; echo served $SERVICE_VERSION >/tmp/index.html; \
                httpd -p 8080 -h /tmp; trap "echo served; echo enough >&2; exit 5" USR1; while :; do sleep 0.05; done
                """
            let task = try await box.launch(
                script, name: "web", image: image,
                settings: [
                    "DOCKER_CONFIG": login.path, "EXECUTOR_FORCE_MEMORY_LIMIT": "true",
                    "EXECUTOR_FORCE_CPU_LIMIT": "true",
                ],
                arguments: [
                    "--network", "BRIDGE", "--port-mapping", "0:8080", "--force-pull", "--cpus", "0.5", "--mem", "48",
                    "--volume", "\(folder.path):/in:ro", "--volume", "\(folder.path):/out",
                    "--docker-parameter", "label=team=web", "--docker-parameter", "cap-drop=CHOWN",
                    "--docker-parameter", "cap-add=SYS_PTRACE",
                ])
            try await task.waitFor(state: "TASK_RUNNING")
            let container = try #require(try await box.containers(of: task).first)
            let port = try #require(container.ports["8080/tcp"]?.first?.hostPort)
            try await waitUntil("an answer of the container") {
                try await HTTPGet.page("http://\(box.engine.address):\(port)/").text == "served 7\n"
            }
            #expect(try String(contentsOf: folder.appending(path: "copy"), encoding: .utf8) == "given")
            #expect(try String(contentsOf: folder.appending(path: "refusals"), encoding: .utf8).contains("Read-only"))
            #expect(container.labels["team"] == "web" && container.labels["sidecar-executor.task"] == task.id)
            let memory = try box.engine.cgroupFile(
                container.id, version1: "memory/memory.limit_in_bytes", version2: "memory.max")
            #expect(memory == "\(48 << 20)")
            let cpu = try box.engine.cgroupFile(container.id, version1: "cpu/cpu.cfs_quota_us", version2: "cpu.max")
            #expect(cpu.hasPrefix("25000"))
            let details = try await box.engine.get("/containers/\(container.id)/json")
            #expect(details.contains(#""CapDrop":["CHOWN"]"#) && details.contains("SYS_PTRACE"))
            #expect(!container.labels.keys.contains("executor.ShellCommand"))
            try await expectEnd(of: task, saying: "exited with status 5", stdout: "served\n", stderr: "enough", in: box)
        }
    }

    @Test("A task on the network of its host")
    func hostNetwork() async throws {
        try await ExecutorBox.run { box in
            let script = """
                echo from the host $HOSTNAME >/tmp/index.html; httpd -p 8099 -h /tmp; \
                trap "echo served; echo enough >&2; exit 6" USR1; while :; do sleep 0.05; done
                """
            let task = try await box.launch(script, name: "host", arguments: ["--network", "HOST"])
            try await task.waitFor(state: "TASK_RUNNING")
            let container = try #require(try await box.containers(of: task).first)
            try await waitUntil("an answer of the container") {
                try await HTTPGet.page("http://\(box.engine.address):8099/").text.hasPrefix("from the host")
            }
            let details = try await box.engine.get("/containers/\(container.id)/json")
            #expect(details.contains(#""NetworkMode":"host""#) && container.ports.isEmpty)
            try await expectEnd(of: task, saying: "exited with status 6", stdout: "served\n", stderr: "enough", in: box)
        }
    }

    /// Ends it by SIGUSR1, and sees what the framework and the sandbox are told.
    private func expectEnd(
        of task: LaunchedTask, saying message: String, stdout: String, stderr: String, in box: ExecutorBox
    ) async throws {
        try await box.signal("USR1", task)
        let end = try await task.waitForEnd()
        #expect(end.state == "TASK_FAILED" && end.message == message, "\(end)")
        #expect(try await box.read("stdout", of: task) == stdout)
        #expect(try await box.read("stderr", of: task).split(separator: "\n").filter { $0 == stderr }.count == 1)
    }
}
