import ContainerExecuting
import DockerClient
import Foundation
import MesosExecutor
import Testing

/// Tasks as containers of a real dockerd: what was asked for is seen inside, and in the kernel's own files.
@Suite(.serialized, .enabled(if: DockerEngine.isWanted, "a Docker engine needs root and docker.io, docker-registry"))
struct ContainerConfigurationTests {
    /// Runs the task to its end; what it printed, and its container's id and state.
    private func run(
        _ engine: DockerEngine, _ task: TaskInfo, _ settings: ExecutorSettings = ExecutorSettings(), sandbox: URL
    ) async throws -> (output: String, inspection: ContainerInspection) {
        let client = try engine.client()
        let specification = try ContainerConfiguration.make(
            task, settings: settings,
            in: .init(
                frameworkID: "F1", executorID: "E1", sandbox: sandbox.path, taskHost: "host1", seeds: ["s1", "s2"],
                hostCPUs: 2))
        let id = try await client.create(name: ContainerName.make(taskID: task.taskID), specification).id
        try await client.start(id)
        _ = try await client.wait(id)
        var log = try await client.logs(id)
        var output = ""
        while let pieces = try await log.next() {
            for piece in pieces { output += String(decoding: piece.bytes, as: UTF8.self) }
        }
        return (output, try await client.inspect(id))
    }

    private func task(
        _ engine: DockerEngine, _ script: String, id: String = UUID().uuidString,
        parameters: [DockerInfo.Parameter] = [], _ change: (inout TaskInfo) -> Void = { _ in }
    ) -> TaskInfo {
        var task = TaskInfo(
            name: "web", taskID: id, command: CommandInfo(value: script),
            container: ContainerInfo(docker: DockerInfo(image: engine.image, parameters: parameters)))
        change(&task)
        return task
    }

    @Test("Environment, labels, command, user, folder and name are those of the task")
    func basics() async throws {
        try await DockerEngine.run { engine in
            let sandbox = try Scratch.folder("sandbox")
            let parameters: [DockerInfo.Parameter] = [
                .init("env", "B=from parameter"), .init("label", "ServiceName=web"), .init("label", "team=a b"),
                .init(
                    "label",
                    "executor.ShellCommand=sh -c 'env; id -u; pwd; hostname; cat /etc/hosts; ulimit -n; df -k /dev/shm'"
                ),
                .init("user", "nobody"), .init("workdir", "/var"), .init("hostname", "box"),
                .init("add-host", "db:10.9.8.7"), .init("ulimit", "nofile=77:88"), .init("shm-size", "3m"),
            ]
            let ran = try await run(
                engine,
                task(engine, "", id: "web.1", parameters: parameters) {
                    $0.executor = ExecutorInfo(executorID: "E1", command: CommandInfo(environment: [.init("A", "1")]))
                }, sandbox: sandbox)
            let lines = ran.output.split(separator: "\n").map(String.init)
            for line in [
                "A=1", "B=from parameter", "SIDECAR_SEEDS=s1,s2", "MESOS_HOSTNAME=host1", "SERVICE_NAME=web",
                "SERVICE_VERSION=1", "65534", "/var", "box", "10.9.8.7\tdb", "77",
            ] { #expect(lines.contains(line), "\(line)") }
            #expect(lines.contains { $0.hasPrefix("shm ") && $0.contains(" 3072 ") })
            #expect(ran.inspection.name == ContainerName.make(taskID: "web.1"))
            #expect(ran.inspection.labels["team"] == "a b" && ran.inspection.labels["sidecar-executor.task"] == "web.1")
            #expect(ran.inspection.labels["executor.ShellCommand"] == nil)
        }
    }

    @Test("Limits are in the container's cgroup")
    func limits() async throws {
        try await DockerEngine.run { engine in
            let client = try engine.client()
            let sandbox = try Scratch.folder("sandbox")
            func start(_ id: String, _ change: (inout ExecutorSettings) -> Void) async throws -> String {
                var settings = ExecutorSettings()
                change(&settings)
                let task = task(engine, "sleep 1000", id: id, parameters: [.init("pids-limit", "50")]) {
                    $0.resources = [TaskResource(name: "cpus", scalar: 0.5), TaskResource(name: "mem", scalar: 48)]
                }
                let specification = try ContainerConfiguration.make(
                    task, settings: settings,
                    in: .init(frameworkID: "", executorID: "", sandbox: sandbox.path, taskHost: "h", hostCPUs: 2))
                let id = try await client.create(name: id, specification).id
                try await client.start(id)
                return id
            }
            let hard = try await start("hard") { ($0.forceCPULimit, $0.forceMemoryLimit) = (true, true) }
            let quota = try engine.cgroupFile(hard, version1: "cpu/cpu.cfs_quota_us", version2: "cpu.max")
            #expect(quota == "25000" || quota == "25000 50000")
            #expect(
                try engine.cgroupFile(hard, version1: "memory/memory.limit_in_bytes", version2: "memory.max")
                    == "50331648")
            #expect(try engine.cgroupFile(hard, version1: "pids/pids.max", version2: "pids.max") == "50")
            let soft = try await start("soft") { ($0.forceCPULimit, $0.useCPUShares) = (true, true) }
            let shares = try engine.cgroupFile(soft, version1: "cpu/cpu.shares", version2: "cpu.weight")
            // Half a CPU of two: 256 of 1024, which version 2 calls 10 of 100.
            #expect(shares == "256" || shares == "10")
        }
    }

    @Test("Folders of the host and of the sandbox are there, read-only ones cannot be written to, named ones stay")
    func volumes() async throws {
        try await DockerEngine.run { engine in
            let sandbox = try Scratch.folder("sandbox")
            let folder = try Scratch.folder("host")
            try Data("from host".utf8).write(to: folder.appending(path: "file"))
            let ran = try await run(
                engine,
                task(
                    engine,
                    "cat /ro/file; touch /ro/x || echo refused; echo new > /rw/new; echo kept > /data/f; echo v > /vol/f"
                ) {
                    $0.container?.volumes = [
                        .init(containerPath: "/ro", hostPath: folder.path, isReadOnly: true),
                        .init(containerPath: "/rw", hostPath: folder.path),
                        .init(containerPath: "/data", hostPath: "cache/data"),
                        .init(
                            containerPath: "/vol", source: .dockerVolume(name: "named", driver: "local", options: [])),
                    ]
                }, sandbox: sandbox)
            #expect(ran.output.contains("from host") && ran.output.contains("refused\n"), "\(ran.output)")
            #expect(try String(contentsOf: folder.appending(path: "new"), encoding: .utf8) == "new\n")
            #expect(try String(contentsOf: sandbox.appending(path: "cache/data/f"), encoding: .utf8) == "kept\n")
            let again = try await run(
                engine,
                task(engine, "cat /vol/f") {
                    $0.container?.volumes = [
                        .init(
                            containerPath: "/vol", isReadOnly: true,
                            source: .dockerVolume(name: "named", driver: nil, options: []))
                    ]
                }, sandbox: sandbox)
            #expect(again.output == "v\n")
        }
    }

    @Test("Ports are reachable, in a network of its own and in the host's")
    func ports() async throws {
        try await DockerEngine.run { engine in
            let client = try engine.client()
            let sandbox = try Scratch.folder("sandbox")
            func serve(_ name: String, port: Int, network: String, mapped: UInt32?) async throws {
                let script = "echo \(name) > /tmp/index.html; exec httpd -f -p \(port) -h /tmp"
                var task = task(engine, script, id: name)
                task.container?.docker?.network = network
                task.container?.docker?.portMappings = [.init(hostPort: mapped, containerPort: UInt32(port))]
                let specification = try ContainerConfiguration.make(
                    task, settings: ExecutorSettings(),
                    in: .init(frameworkID: "", executorID: "", sandbox: sandbox.path, taskHost: "h", hostCPUs: 1))
                let id = try await client.create(name: name, specification).id
                try await client.start(id)
            }
            func answer(_ port: Int) async throws -> String {
                try await waitFor("an answer of port \(port)") {
                    try await HTTPGet.text("http://\(engine.address):\(port)/")
                }
            }
            try await serve("bridged", port: 80, network: "BRIDGE", mapped: 18_080)
            #expect(try await answer(18_080) == "bridged\n")
            #expect(try await client.inspect("bridged").ports["80/tcp"]?.first?.hostPort == "18080")
            try await serve("hosted", port: 18_081, network: "HOST", mapped: nil)
            #expect(try await answer(18_081) == "hosted\n")
            try await serve("exposed", port: 81, network: "BRIDGE", mapped: nil)
            #expect(try await client.inspect("exposed").ports == [:])
            try await serve("taken", port: 80, network: "NONE", mapped: nil)
            #expect(try await client.inspect("taken").networks.allSatisfy { $0.ipAddress == nil })
            await #expect {
                try await serve("second", port: 80, network: "BRIDGE", mapped: 18_080)
            } throws: { error in
                let error = error as? DockerError
                return error?.message.contains("port is already allocated") == true && error?.isWorthRetrying == false
            }
        }
    }

    @Test("Capabilities, a read-only root, tmpfs, sysctls and devices are as asked for")
    func privileges() async throws {
        try await DockerEngine.run { engine in
            let sandbox = try Scratch.folder("sandbox")
            func output(_ script: String, _ parameters: [DockerInfo.Parameter]) async throws -> String {
                try await run(engine, task(engine, script, parameters: parameters), sandbox: sandbox).output
            }
            func capabilities(_ parameters: [DockerInfo.Parameter]) async throws -> UInt64 {
                let text = try await output("sed -n 's/^CapEff:[[:space:]]*//p' /proc/self/status", parameters)
                return UInt64(text.filter { !$0.isWhitespace }, radix: 16) ?? 0
            }
            let (admin, chown): (UInt64, UInt64) = (1 << 12, 1)
            let plain = try await capabilities([])
            #expect(plain & admin == 0 && plain & chown != 0)
            let changed = try await capabilities([.init("cap-add", "NET_ADMIN"), .init("cap-drop", "CHOWN")])
            #expect(changed & admin != 0 && changed & chown == 0)
            #expect(
                try await output(
                    "touch /x 2> /dev/null || echo refused; touch /run/y && echo written",
                    [
                        .init("read-only", "true"), .init("tmpfs", "/run:size=1m"),
                    ]
                ) == "refused\nwritten\n")
            #expect(
                try await output("cat /proc/sys/net/core/somaxconn", [.init("sysctl", "net.core.somaxconn=77")])
                    == "77\n")
            #expect(
                try await output("test -c /dev/other && echo there", [.init("device", "/dev/zero:/dev/other:r")])
                    == "there\n")
            #expect(try await output("cat /proc/self/oom_score_adj", [.init("oom-score-adj", "500")]) == "500\n")
            #expect(
                try await output("grep NoNewPrivs /proc/self/status", [.init("security-opt", "no-new-privileges")])
                    == "NoNewPrivs:\t1\n")
            #expect(
                try await output("cat /etc/resolv.conf", [.init("dns", "10.1.1.1"), .init("dns-search", "x.example")])
                    .contains("nameserver 10.1.1.1"))
        }
    }

    /// Not started: a machine that is a container itself may lack what such a container wants.
    @Test("A privileged container is made as one")
    func privileged() async throws {
        try await DockerEngine.run { engine in
            for isPrivileged in [true, false] {
                let task = task(engine, "true") { $0.container?.docker?.privileged = isPrivileged }
                let specification = try ContainerConfiguration.make(
                    task, settings: ExecutorSettings(),
                    in: .init(frameworkID: "", executorID: "", sandbox: "/tmp", taskHost: "h", hostCPUs: 1))
                let id = try await engine.client().create(name: "p-\(isPrivileged)", specification).id
                #expect(try await engine.get("/containers/\(id)/json").contains("\"Privileged\":\(isPrivileged)"))
            }
        }
    }
}
