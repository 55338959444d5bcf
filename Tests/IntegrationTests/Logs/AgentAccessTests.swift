import Complaints
import Foundation
import HTTPClient
import MesosClient
import Testing

@testable import Uploading

/// Logs of real agents that do not give them to everybody.
@Suite(.serialized, .enabled(if: CephGateway.isWanted, "a Ceph gateway needs the packages radosgw, ceph-mon, ceph-osd"))
struct AgentAccessTests {
    private static let secret = "s3cret & more"
    private static let http = HTTPClient(HTTPClient.Configuration(proxy: .none))

    private func fail(on cluster: MesosCluster) async throws -> LaunchedTask {
        var order = TaskOrder()
        order.name = "guarded"
        order.command = "echo behind a wall; exit 1"
        return try await cluster.launch(order)
    }

    @Test(
        "An agent that wants a password gives logs to who knows it; others read which setting is wrong",
        arguments: [Self.secret, "wrong", nil] as [String?])
    func guarded(given: String?) async throws {
        let file = try Scratch.folder("credentials").appending(path: "credentials.json")
        try Data(
            """
            {"credentials":[{"principal":"complainer","secret":"\(Self.secret)"}]}
            """.utf8
        ).write(to: file)
        let flags = [
            "--authenticate_http_readonly", "--authenticate_http_readwrite", "--http_credentials=\(file.path)",
        ]
        try await CephGateway.run { gateway in
            try await MesosCluster.with(agentFlags: flags) { cluster in
                let agent = try #require(await cluster.agents.first)
                // Not with HTTPGet: on Linux, a URLSession that is asked for a password waits for ever.
                let stranger = try await Self.http.send(HTTPRequest(.get, "\(agent.url)/flags"))
                #expect(stranger.status == 401, "it asks indeed")
                var options = ComplainerProcess.Options(cluster, gateway, "s3aws")
                if let given {
                    options.flags += ["-agents.user", "complainer"]
                    options.environment["COMPLAINER_AGENTS_PASSWORD"] = given
                }
                try await ComplainerProcess.with(options) { complainer in
                    let task = try await fail(on: cluster)
                    let report = try await SavedReport.of(task, in: complainer)
                    guard given == Self.secret else {
                        #expect(report.logsError.contains("401"), "\(report.logsError)")
                        #expect(
                            report.logsError.contains("see -agents.user and -agents.password"), "\(report.logsError)")
                        #expect(report.stdoutURL.hasPrefix(agent.url))
                        return
                    }
                    #expect(report.logsError == "")
                    #expect(report.stdoutURL.hasPrefix(gateway.endpoint))
                    #expect(report.stdoutTail.contains("behind a wall\n"))
                    #expect(try await HTTPGet.text(report.stdoutURL).contains("behind a wall\n"))
                    #expect(!complainer.log.contains(Self.secret))
                    try await search(task, of: agent, on: cluster)
                }
            }
        }
    }

    /// A real agent's `/state` leads to the same sandbox when nobody knows the container.
    private func search(_ task: LaunchedTask, of agent: MesosServer, on cluster: MesosCluster) async throws {
        let known = try #require(try await cluster.state().tasks.first { $0.id == task.id })
        var failure = Failure(
            id: task.id, name: "guarded", slave: "127.0.0.1", framework: "f", state: "TASK_FAILED",
            started: Timestamp(seconds: 1), finished: Timestamp(seconds: 2), frameworkID: task.frameworkID,
            agentID: task.agentID, terminal: known.statuses.last.map { Timestamp(seconds: $0.timestamp) })
        failure.agent = AgentAddress(hostname: "127.0.0.1", ip: "127.0.0.1", port: agent.port)
        var access = AgentAccess()
        access.credentials = .basic(user: "complainer", password: Self.secret)
        let sandbox = try await SandboxLocator(http: Self.http, access: access).locate(failure)
        #expect(sandbox.doubt == nil)
        #expect(sandbox.path.contains("/frameworks/\(task.frameworkID)/executors/\(task.id)/runs/"), "\(sandbox.path)")
        let stdout = try await sandbox.agent.read(sandbox.file("stdout"), offset: 0, length: 60_000)
        #expect(String(decoding: stdout, as: UTF8.self).contains("behind a wall\n"))
    }

    @Test("An agent with https gives logs to who asks for them that way and trusts it")
    func secure() async throws {
        let folder = try Scratch.folder("https")
        let (certificate, key) = (folder.appending(path: "cert.pem").path, folder.appending(path: "key.pem").path)
        let made = try await ChildProcess(
            "/usr/bin/openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate,
            ], name: "openssl", in: folder
        ).waitForExit()
        #expect(made == .code(0))
        try await CephGateway.run { gateway in
            let (port, inner) = (try FreePort.find(), try FreePort.find())
            let front = try ChildProcess(
                Checkout.support.appending(path: "mesos/tls-front.py").path, ["\(port)", "\(inner)", certificate, key],
                name: "front", in: folder)
            do {
                try await waitUntil("https") {
                    try String(contentsOf: front.standardOutput, encoding: .utf8).contains("ready")
                }
                try await MesosCluster.with(agents: 0) { cluster in
                    // The kit's agent hands only some flags on to libprocess, which takes all of them from here.
                    let advertised = [
                        "LIBPROCESS_ADVERTISE_IP": "127.0.0.1", "LIBPROCESS_ADVERTISE_PORT": "\(port)",
                    ]
                    try await cluster.addAgent(port: inner, environment: advertised)
                    try await cluster.waitForAgents()
                    try await save(on: cluster, through: port, trusting: certificate, gateway)
                }
            } catch {
                await front.killHard()
                throw error
            }
            await front.killHard()
        }
    }

    private func save(
        on cluster: MesosCluster, through port: Int, trusting certificate: String, _ gateway: CephGateway
    ) async throws {
        var options = ComplainerProcess.Options(cluster, gateway, "s3aws")
        options.flags += ["-agents.scheme", "https"]
        options.environment["SSL_CERT_FILE"] = certificate
        try await ComplainerProcess.with(options) { complainer in
            let report = try await SavedReport.of(try await fail(on: cluster), in: complainer)
            #expect(report.logsError == "")
            #expect(report.stdoutURL.hasPrefix(gateway.endpoint))
            #expect(try await HTTPGet.text(report.stdoutURL).contains("behind a wall\n"))
        }
        // Who does not trust it gets no logs, and reads why.
        options.environment["SSL_CERT_FILE"] = nil
        options.state = nil
        try await ComplainerProcess.with(options) { complainer in
            let report = try await SavedReport.of(try await fail(on: cluster), in: complainer)
            #expect(report.logsError.contains("https://127.0.0.1:\(port)/flags"), "\(report.logsError)")
            #expect(report.logsError.contains("certificate"), "\(report.logsError)")
            #expect(report.stdoutURL.hasPrefix("https://127.0.0.1:\(port)/files/download?path="))
        }
    }
}
