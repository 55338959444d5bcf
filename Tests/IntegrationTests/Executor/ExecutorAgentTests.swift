import DockerClient
import Foundation
import Testing

/// Agents that are set up in another way than most.
@Suite(.serialized, .enabled(if: DockerEngine.isWanted, "a Docker engine needs root and docker.io, docker-registry"))
struct ExecutorAgentTests {
    private let threeStates = ["TASK_STARTING", "TASK_RUNNING", "TASK_FAILED"]

    /// What executor.sh reads first.
    private func environmentFile(_ content: String) throws -> [String: String] {
        let file = try Scratch.folder("custom").appending(path: "environment.sh")
        try Data(content.utf8).write(to: file)
        return ["SIDECAR_EXECUTOR_CUSTOM_ENV_PATH": file.path]
    }

    @Test("An agent on a unix socket that wants to know who is calling")
    func socketAndToken() async throws {
        try await ExecutorBox.run { box in
            // The kit's agent can do neither; before it stands what hands on all that comes over a socket.
            let agent = try #require(await box.cluster.agents.first)
            let relay = try UnixRelay(to: agent.port, at: try Scratch.folder("agent").appending(path: "socket").path)
            defer { relay.stop() }
            let task = try await box.launch(
                "echo out; exit 3",
                settings: try environmentFile(
                    """
                    MESOS_DOMAIN_SOCKET=\(relay.path)
                    MESOS_AGENT_ENDPOINT=127.0.0.1:1  # nothing is there
                    MESOS_EXECUTOR_AUTHENTICATION_TOKEN=head.claims.signature

                    """))
            #expect(try await task.waitForEnd().message == "exited with status 3")
            #expect(task.states == threeStates)
            #expect(try await box.read("stdout", of: task) == "out\n")
            let said = relay.received
            let calls = said.components(separatedBy: "POST /slave(1)/api/v1/executor HTTP/1.1\r\n").count - 1
            // SUBSCRIBE, and the three updates.
            #expect(calls == 4, "\(said)")
            #expect(said.components(separatedBy: "Authorization: Bearer head.claims.signature\r\n").count - 1 == calls)
            #expect(try await !box.read("stderr", of: task).contains("head.claims.signature"))
        }
    }

    @Test("An agent that shares its process, and answers under its own name alone")
    func oneProcess() async throws {
        try await DockerEngine.run { engine in
            try await MesosCluster.with(inOneProcess: true) { cluster in
                let box = ExecutorBox(cluster: cluster, engine: engine, docker: try engine.client())
                let task = try await box.launch("echo out; exit 3")
                #expect(try await task.waitForEnd().message == "exited with status 3")
                #expect(task.states == threeStates)
            }
        }
    }

    @Test("An executor that sees its sandbox under another path than the host")
    func sandboxInAnImage() async throws {
        try await ExecutorBox.run { box in
            let inside = try Scratch.folder("image").appending(path: "sandbox").path
            let task = try await box.launch(
                "echo kept >/data/file; trap 'exit 3' USR1; while :; do sleep 0.05; done",
                settings: try environmentFile("ln -sfn \"$MESOS_DIRECTORY\" \(inside)\nMESOS_SANDBOX=\(inside)\n"),
                arguments: ["--volume", "data:/data"])
            try await task.waitFor(state: "TASK_RUNNING")
            // By its label: dockerd, and whoever cleans up, knows the host's path alone.
            let sandbox = try await box.sandbox(task)
            let container = try #require(try await box.containers(of: task).first)
            let details = try await box.engine.get("/containers/\(container.id)/json")
            #expect(details.contains(#""\#(sandbox.path)/data:/data""#))
            try await waitUntil("the file in the sandbox") {
                try String(contentsOf: sandbox.appending(path: "data/file"), encoding: .utf8) == "kept\n"
            }
            #expect(FileManager.default.fileExists(atPath: "\(inside)/.sidecar-executor.lock"))
            try await box.signal("USR1", task)
            #expect(try await task.waitForEnd().message == "exited with status 3")
        }
    }
}
