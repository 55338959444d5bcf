import DockerClient
import Foundation
import Testing

/// Containers of a real dockerd, from their creation to their removal.
@Suite(.serialized, .enabled(if: DockerEngine.isWanted, "a Docker engine needs root and docker.io, docker-registry"))
struct DockerLifecycleTests {
    @Test("A container is made, started, seen, waited for and removed")
    func lifecycle() async throws {
        try await DockerEngine.run { engine in
            let client = try engine.client()
            let server = try await client.ping()
            #expect(server.apiVersion.map { $0 >= DockerAPIVersion(1, 41) } == true)
            #expect(try await client.image(engine.image)?.id.hasPrefix("sha256:") == true)
            #expect(try await client.image("no/such:image") == nil)

            var specification = engine.specification(
                "sh", "-c", "trap 'exit 3' TERM; echo ready; while :; do sleep 0.05; done")
            specification.labels = ["task": "web 1", "other": "x"]
            specification.environment = ["A=1"]
            let made = try await client.create(name: "mesos-1", specification)
            #expect(made.id.count == 64)
            #expect(try await client.inspect(made.id).state.isCreated)
            // Without knowing the name taken, a second one of that name would never be found.
            await #expect { try await client.create(name: "mesos-1", specification) } throws: { error in
                let error = error as? DockerError
                return error?.kind == .conflict && error?.isWorthRetrying == false
                    && error?.description.hasPrefix("cannot create container mesos-1: ") == true
                    && error?.message.contains("is already in use") == true
            }
            try await client.start(made.id)
            try await client.start("mesos-1")
            let seen = try await client.inspect("mesos-1")
            #expect(seen.id == made.id && seen.name == "mesos-1" && seen.state.isRunning && seen.image == engine.image)
            #expect(seen.labels == specification.labels && seen.hasTerminal == false && seen.logDriver == "json-file")
            #expect(
                seen.networks.first?.name == "bridge" && seen.networks.first?.ipAddress?.hasPrefix("10.214.") == true)
            #expect(try await client.containers(labels: ["task=web 1"], runningOnly: true).map(\.id) == [made.id])
            #expect(try await client.containers(labels: ["task=web 2"]) == [])
            #expect(try await client.containers(labels: ["task", "other=x"]).first?.names == ["mesos-1"])

            async let exit = client.wait(made.id)
            try await hasOutput(client, made.id)
            try await client.stop(made.id, grace: .seconds(60))
            #expect(try await exit == ContainerExit(code: 3))
            #expect(try await client.wait(made.id).code == 3)
            let state = try await client.inspect(made.id).state
            #expect(state.status == "exited" && state.exitCode == 3 && state.finishedAt > state.startedAt)
            #expect(try await client.containers(labels: ["task"], runningOnly: true) == [])
            try await client.stop(made.id, grace: .seconds(1))
            try await client.remove(made.id)
            try await client.remove(made.id)
            await #expect { try await client.inspect(made.id) } throws: { ($0 as? DockerError)?.kind == .notFound }
            await #expect { try await client.stop(made.id, grace: .zero) } throws: {
                ($0 as? DockerError)?.kind == .notFound
            }
        }
    }

    /// Waits for the first line, which the script writes when it is ready for signals: until then a container's first
    /// process ignores them.
    private func hasOutput(_ client: DockerClient, _ id: String) async throws {
        var log = try await client.logs(id, follow: true)
        #expect(try await log.next() != nil)
    }

    @Test("How a container ended is told as it was")
    func exits() async throws {
        try await DockerEngine.run { engine in
            let client = try engine.client()
            func end(_ name: String, memory: Int64? = nil, _ script: String) async throws -> (Int, ContainerState) {
                var specification = engine.specification("sh", "-c", script)
                specification.host.memory = memory
                specification.host.memoryAndSwap = memory
                let id = try await client.create(name: name, specification).id
                try await client.start(id)
                let code = try await client.wait(id).code
                return (code, try await client.inspect(id).state)
            }
            #expect(try await end("good", "exit 0").0 == 0)
            #expect(try await end("bad", "exit 42").0 == 42)
            #expect(try await end("crash", "sh -c 'kill -SEGV $$'; exit $?").0 == 139)
            let (code, state) = try await end("hog", memory: 16 << 20, "x=a; while :; do x=$x$x; done")
            #expect(code == 137 && state.isOutOfMemory)

            let missing = try await client.create(name: "missing", engine.specification("no-such-program")).id
            await #expect { try await client.start(missing) } throws: { error in
                let error = error as? DockerError
                return error?.message.contains("executable file not found") == true && error?.isWorthRetrying == false
            }
            #expect(try await client.inspect(missing).state.error.contains("no-such-program"))

            var unknown = engine.specification("true")
            unknown.image = "no/such:image"
            await #expect { try await client.create(name: "unknown", unknown) } throws: { error in
                let error = error as? DockerError
                return error?.kind == .notFound && error?.message == "No such image: no/such:image"
            }
        }
    }

    @Test("A dockerd that goes away is told from one that refuses, and a container is found again")
    func away() async throws {
        try await DockerEngine.run(liveRestore: true) { engine in
            let client = try engine.client()
            let id = try await client.create(name: "survivor", engine.specification("sleep", "1000")).id
            try await client.start(id)
            for signal in ["TERM", "KILL"] {
                let waiting = Task { try await client.wait(id) }
                try await engine.stopDockerd(signal: signal)
                await #expect { try await waiting.value } throws: { ($0 as? DockerError)?.isDockerAway == true }
                await #expect { try await client.inspect(id) } throws: { error in
                    let error = error as? DockerError
                    return error?.isDockerAway == true && error?.isWorthRetrying == true
                        && error?.description.contains(engine.host) == true
                }
                try await engine.startDockerd()
                #expect(try await client.inspect(id).state.isRunning)
            }
            async let exit = client.wait(id)
            try await client.kill(id, signal: "SIGKILL")
            #expect(try await exit.code == 137)
            await #expect { try await client.kill(id) } throws: { ($0 as? DockerError)?.kind == .conflict }
        }
    }

    @Test("A dockerd that ends its containers with itself is found out afterwards")
    func containersThatEndWithDockerd() async throws {
        try await DockerEngine.run { engine in
            let client = try engine.client()
            let script = "trap 'exit 7' TERM; echo ready; while :; do sleep 0.05; done"
            let id = try await client.create(name: "mortal", engine.specification("sh", "-c", script)).id
            try await client.start(id)
            let waiting = Task { try await client.wait(id) }
            try await hasOutput(client, id)
            try await engine.stopDockerd()
            // Told in time or not: what counts is what inspecting says later.
            do {
                #expect(try await waiting.value.code == 7)
            } catch {
                #expect((error as? DockerError)?.isDockerAway == true, "\(error)")
            }
            try await engine.startDockerd()
            let state = try await client.inspect(id).state
            #expect(state.status == "exited" && state.exitCode == 7)
            #expect(try await client.wait(id).code == 7)
        }
    }

    @Test("Docker over TLS wants the client's certificate, and its own is checked")
    func tls() async throws {
        try await DockerEngine.run(tls: true) { engine in
            let folder = try #require(engine.certificates)
            let host = "tcp://\(engine.address):2376"
            let good = try engine.client([
                "DOCKER_HOST": host, "DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": folder,
            ])
            #expect(try await good.image(engine.image) != nil)
            let id = try await good.create(name: "plain", engine.specification("true")).id
            try await good.start(id)
            #expect(try await good.wait(id).code == 0)
            let unchecked = try engine.client(["DOCKER_HOST": host, "DOCKER_CERT_PATH": folder])
            try await unchecked.ping()
            // Somebody else's certificates.
            let other = try Scratch.folder("certificates")
            for (name, source) in [("ca.pem", "ca.pem"), ("cert.pem", "ca.pem"), ("key.pem", "key.pem")] {
                try FileManager.default.copyItem(
                    atPath: "\(folder)/\(source)", toPath: other.appending(path: name).path)
            }
            let bad = try engine.client(["DOCKER_HOST": host, "DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": other.path])
            await #expect { try await bad.ping() } throws: { ($0 as? DockerError)?.isDockerAway == true }
            let plain = try engine.client(["DOCKER_HOST": "http://\(engine.address):2376"])
            await #expect { try await plain.ping() } throws: { "\($0)".contains("HTTPS") }
        }
    }
}
