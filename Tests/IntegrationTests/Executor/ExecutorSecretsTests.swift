import DockerClient
import Foundation
import Synchronization
import Testing
import VaultTesting

/// Secrets of a real OpenBao in tasks on a real Mesos: they reach the container, and nobody else.
@Suite(.serialized, .enabled(if: DockerEngine.isWanted && PythonKit.isWanted, "needs a Docker engine and OpenBao"))
struct ExecutorSecretsTests {
    private static let loop = "trap 'exit 0' TERM; while :; do sleep 0.05; done"

    /// Everything in the sandbox, hidden files too, and what the framework was told.
    private func everything(of task: LaunchedTask, _ box: ExecutorBox) async throws -> String {
        let sandbox = try await box.sandbox(task)
        var text = task.events.map { "\($0)\n" }.joined()
        let files = FileManager.default.enumerator(at: sandbox, includingPropertiesForKeys: nil)
        while let file = files?.nextObject() as? URL {
            // Not the program itself.
            guard file.lastPathComponent != "sidecar-executor", let bytes = try? Data(contentsOf: file) else {
                continue
            }
            text += "\(file.lastPathComponent): \(String(decoding: bytes, as: UTF8.self))\n"
        }
        return text
    }

    @Test("Secrets arrive in the container, and appear nowhere else")
    func secretsArrive() async throws {
        try await VaultServer.run { server in
            let secrets = ["hunter-two-v2", "password-of-kv1", "from-a-parameter"]
            let hashes = [
                "281a48ea82a4a8087d79746c78cbd94120b80ce5972bbc54cc26800d2c20f143",
                "2f0e3bdee63beb509c99890e6a9a65f86339b79129603f14c1df8b746e8e8c79",
                "5b2ae180513d7b29b95913fc1f425f20b64697c1206fd16407c5e8a28911bfaa",
            ]
            try await server.post("secret/data/web", #"{"data":{"value":"\#(secrets[0])"}}"#)
            try await server.post("kv/db", #"{"pass":"\#(secrets[1])","value":"\#(secrets[2])"}"#)
            let folder = try Scratch.folder("token")
            let settings = server.userVariables.merging([
                "ONE": "vault://secret/web", "TWO": "vault://kv/db?key=pass", "EXECUTOR_DEBUG": "true",
                "VAULT_TOKEN_FILE": folder.appending(path: "token").path,
            ]) { $1 }
            let script =
                "for x in \"$ONE\" \"$TWO\" \"$THREE\"; do printf %s \"$x\" | sha256sum; done; "
                + "trap 'exit 3' USR1; while :; do sleep 0.05; done"
            try await ExecutorBox.run { box in
                let task = try await box.launch(
                    script, settings: settings, arguments: ["--docker-parameter", "env=THREE=vault://kv/db"])
                try await task.waitFor(state: "TASK_RUNNING")
                var said = try await everything(of: task, box)
                for process in try await box.processes(of: task) where process.name != "sleep" {
                    for file in ["cmdline", "environ"] {
                        let bytes = FileManager.default.contents(atPath: "/proc/\(process.pid)/\(file)") ?? Data()
                        said += String(decoding: bytes, as: UTF8.self)
                    }
                }
                let container = try #require(try await box.containers(of: task).first)
                // The script may not have set its trap.
                try await waitUntil("the end") {
                    try? await box.docker.kill(container.id, signal: "SIGUSR1")
                    return task.states.contains("TASK_FAILED")
                }
                said += try await everything(of: task, box)
                let out = try await box.read("stdout", of: task)
                for hash in hashes { #expect(out.contains(hash)) }
                #expect(said.contains("container's environment ONE=*** (vault://secret/web)"))
                #expect(said.contains("container's environment THREE=*** (vault://kv/db)"))
                let token = try String(contentsOf: folder.appending(path: "token"), encoding: .utf8)
                #expect(try await server.knows(token))
                for secret in secrets + [token] { #expect(!said.contains(secret)) }
            }
        }
    }

    @Test("What is missing, forbidden or out of reach fails the task in Vault's own words")
    func failures() async throws {
        try await VaultServer.run { server in
            try await server.post("kv/db", #"{"pass":"never-to-be-seen"}"#)
            let away = "http://127.0.0.1:\(try FreePort.find())"
            let cannot = "environment variable DB: cannot read"
            let cases: [(name: String, change: [String: String], begin: String, end: String)] = [
                (
                    "missing", ["DB": "vault://secret/none"], "\(cannot) secret/none: Vault at \(server.url): ",
                    ": there is nothing of that name"
                ),
                (
                    "key", ["DB": "vault://kv/db?key=user"], "\(cannot) kv/db: Vault at \(server.url): ",
                    ": the secret has no key user"
                ),
                (
                    "forbidden", ["DB": "vault://other/db"], "\(cannot) other/db: Vault at \(server.url) forbids it: ",
                    "permission denied"
                ),
                (
                    "broken", ["DB": "vault://"], "environment variable DB: vault://: ",
                    "there is no path after vault://"
                ),
                (
                    "away", ["DB": "vault://kv/db", "VAULT_ADDR": away],
                    "cannot log in with user name and password: Vault at \(away) ",
                    "does not answer: connection refused"
                ),
                (
                    "password", ["DB": "vault://kv/db", "VAULT_PASSWORD": "not-this-one"], "cannot log in with user ",
                    ": invalid username or password (status 400)"
                ),
                (
                    "setting", ["DB": "vault://kv/db", "VAULT_CLIENT_TIMEOUT": "soon"],
                    "VAULT_CLIENT_TIMEOUT=\"soon\": ", "is expected"
                ),
            ]
            try await ExecutorBox.run { box in
                for (name, change, begin, wanted) in cases {
                    let task = try await box.launch(
                        "exit 0", name: name, settings: server.userVariables.merging(change) { $1 })
                    let end = try await task.waitForEnd()
                    #expect(end.state == "TASK_FAILED" && end.reason == "REASON_CONTAINER_LAUNCH_FAILED")
                    let message = end.message ?? ""
                    #expect(message.hasPrefix(begin) && message.hasSuffix(wanted), "\(name): \(message)")
                    #expect(try await box.containers(of: task).isEmpty)
                    #expect(try await !everything(of: task, box).contains("never-to-be-seen"))
                }
            }
        }
    }

    @Test("Docker's own words do not give a secret away")
    func refusalWithASecret() async throws {
        try await VaultServer.run { server in
            try await server.post("kv/db", #"{"pass":"never-to-be-seen"}"#)
            try await ExecutorBox.run { box in
                // A variable without a name: Docker refuses it, and repeats it.
                let task = try await box.launch(
                    "exit 0", settings: server.userVariables,
                    arguments: ["--docker-parameter", "env==vault://kv/db?key=pass"])
                let end = try await task.waitForEnd()
                #expect(end.state == "TASK_FAILED")
                #expect(end.message?.hasSuffix("invalid environment variable: =***") == true, "\(end.message ?? "")")
                #expect(try await !everything(of: task, box).contains("never-to-be-seen"))
            }
        }
    }

    @Test("A kill does not wait for a Vault that hangs")
    func killDuringLookup() async throws {
        let vault = try FakeVault { _, _ in .held }
        defer { vault.stop() }
        try await ExecutorBox.run { box in
            let task = try await box.launch(
                "exit 0", settings: ["VAULT_ADDR": vault.url, "VAULT_TOKEN": "s.given", "DB": "vault://kv/db"])
            try await waitUntil("the lookup") { !vault.requests.isEmpty }
            kill(try await box.process("sidecar-executo", of: task), SIGTERM)
            let end = try await task.waitForEnd()
            #expect(end.state == "TASK_KILLED" && end.message == "killed because the executor got SIGTERM")
            try await waitUntil("the end of the executor") { try await box.processes(of: task).isEmpty }
            #expect(try await box.containers(of: task).isEmpty)
        }
    }

    // MARK: AWS

    private func withAWS(
        lease: Int, longest: Int = 1_000_000, settings: [String: String] = [:],
        _ body: (ExecutorBox, LaunchedTask, FakeAWS, VaultServer) async throws -> Void
    ) async throws {
        try await VaultServer.run { server in
            let aws = FakeAWS(duration: lease, longest: longest)
            let front = try FakeVault(before: server.port) { request, _ in aws.answer(request) }
            defer { front.stop() }
            var all = server.userVariables.merging(["EXECUTOR_AWS_ROLE": "web", "VAULT_ADDR": front.url]) { $1 }
            all.merge(settings) { $1 }
            try await ExecutorBox.run { box in
                let task = try await box.launch(Self.loop, settings: all)
                try await body(box, task, aws, server)
            }
        }
    }

    /// Nothing that was borrowed is left, and nothing of it was ever shown.
    private func expectGivenBack(
        _ task: LaunchedTask, _ aws: FakeAWS, _ server: VaultServer, _ box: ExecutorBox
    ) async throws {
        try await waitUntil("the end of the executor") { try await box.processes(of: task).isEmpty }
        #expect(aws.leases.map(\.isRevoked) == [true])
        let said = try await everything(of: task, box)
        for lease in aws.leases {
            #expect(try await !server.knows(lease.token))
            #expect(!said.contains(lease.token))
        }
        #expect(!said.contains(FakeAWS.accessKey(1)) && !said.contains(FakeAWS.secretKey(1)))
        #expect(said.contains("container's environment AWS_SECRET_ACCESS_KEY=***"))
    }

    @Test("A task is stopped before its AWS credentials end, and they are given back", arguments: [false, true])
    func expiry(isRenewed: Bool) async throws {
        let settings = isRenewed ? ["EXECUTOR_AWS_ROLE_TTL": "5s"] : [:]
        try await withAWS(lease: isRenewed ? 3600 : 366, settings: settings) { box, task, aws, server in
            try await task.waitFor(state: "TASK_RUNNING")
            let container = try #require(try await box.containers(of: task).first)
            let end = try await task.waitForEnd()
            #expect(end.state == "TASK_KILLED" && end.message?.hasPrefix("AWS credentials expire at 20") == true)
            #expect(try await box.docker.inspect(container.id).state.exitCode == 0)
            #expect(aws.leases.map(\.increments) == [isRenewed ? [365] : []])
            try await expectGivenBack(task, aws, server, box)
        }
    }

    @Test("What a worker borrowed that died before there was a container is given back by the next one")
    func workerKilledWhilePreparing() async throws {
        try await VaultServer.run { server in
            let aws = FakeAWS(duration: 3600)
            let isFirst = Mutex(true)
            let front = try FakeVault(before: server.port) { request, _ in
                // The first worker has its credentials, and waits for the last answer until it dies.
                if request.line == "POST /v1/auth/token/renew-self", aws.leases.count == 1,
                    isFirst.withLock({ first in
                        defer { first = false }
                        return first
                    })
                {
                    return .held
                }
                return aws.answer(request)
            }
            defer { front.stop() }
            let settings = server.userVariables.merging(["EXECUTOR_AWS_ROLE": "web", "VAULT_ADDR": front.url]) { $1 }
            try await ExecutorBox.run { box in
                let task = try await box.launch(Self.loop, settings: settings)
                try await waitUntil("the first worker waits") { aws.leases.count == 1 && front.isHolding }
                kill(try await box.process("container", of: task), SIGKILL)
                try await task.waitFor(state: "TASK_RUNNING")
                #expect(aws.leases.map(\.isRevoked) == [true, false])
                #expect(try await !server.knows(aws.leases[0].token))
                #expect(try await server.knows(aws.leases[1].token))
                kill(try await box.process("sidecar-executo", of: task), SIGTERM)
                #expect(try await task.waitForEnd().message == "killed because the executor got SIGTERM")
                try await waitUntil("the end of the executor") { try await box.processes(of: task).isEmpty }
                #expect(aws.leases.map(\.isRevoked) == [true, true])
                #expect(try await !server.knows(aws.leases[1].token))
            }
        }
    }

    @Test("A worker that died and was replaced looks after the credentials as well")
    func workerKilled() async throws {
        try await withAWS(lease: 375) { box, task, aws, server in
            try await task.waitFor(state: "TASK_RUNNING")
            let worker = try await box.process("container", of: task)
            kill(worker, SIGKILL)
            try await waitUntil("another worker") {
                try await box.processes(of: task).contains { $0.name == "container" && $0.pid != worker }
            }
            let end = try await task.waitForEnd()
            #expect(end.state == "TASK_KILLED" && end.message?.hasPrefix("AWS credentials expire at 20") == true)
            #expect(try await box.read("stderr", of: task).contains("taking over from a worker that died"))
            try await expectGivenBack(task, aws, server, box)
        }
    }

    @Test("SIGUSR1 ends the task in the words of its credentials")
    func signal() async throws {
        try await withAWS(lease: 3600) { box, task, aws, server in
            try await task.waitFor(state: "TASK_RUNNING")
            #expect(aws.leases.count == 1)
            kill(try await box.process("sidecar-executo", of: task), SIGUSR1)
            let end = try await task.waitForEnd()
            #expect(end.state == "TASK_KILLED" && end.message?.hasPrefix("AWS credentials expire at 20") == true)
            try await expectGivenBack(task, aws, server, box)
            #expect(try await box.read("stderr", of: task).contains("got AWS credentials"))
        }
    }
}
