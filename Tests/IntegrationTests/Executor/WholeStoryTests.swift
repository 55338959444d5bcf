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
                exec httpd -f -p 8080 -h /tmp
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
            await task.endFramework()
        }
    }
}
