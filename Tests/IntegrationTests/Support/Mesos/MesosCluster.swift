import Foundation

/// A real Mesos master and agents on free ports of 127.0.0.1, in a folder of their own.
///
/// Several may run at once. `with(…)` stops its cluster also when the test throws; if the whole test process
/// dies, `Tests/Support/reap` ends everything.
actor MesosCluster {
    nonisolated let folder: URL
    nonisolated let master: MesosServer
    private(set) var agents: [MesosServer] = []
    private let agentFlags: [String]
    private let inOneProcess: Bool
    private var frameworks: [ChildProcess] = []

    /// With Mesos' own 75 s an agent without ZooKeeper would not notice for as long that its master is a new one.
    private static let impatience = ["--agent_ping_timeout=1secs", "--max_agent_ping_timeouts=6"]

    /// `host:port` of the master.
    nonisolated var address: String { "127.0.0.1:\(master.port)" }
    nonisolated var url: String { master.url }

    /// Starts a cluster, and returns when all agents have registered. Flags read `--name=value`; Mesos ignores
    /// misspelt ones without a word.
    ///
    /// - Parameter inOneProcess: the only agent is in the master's process, and not in `agents`.
    static func start(
        agents: Int = 1, masterFlags: [String] = [], agentFlags: [String] = [], inOneProcess: Bool = false
    ) async throws -> MesosCluster {
        while true {
            let cluster = try MesosCluster(
                masterFlags: masterFlags, agentFlags: agentFlags, inOneProcess: inOneProcess)
            do {
                try await cluster.master.start()
                if !inOneProcess { for _ in 0..<agents { try await cluster.addAgent() } }
                try await cluster.waitForAgents()
                return cluster
            } catch is MesosServer.PortTaken {
                await cluster.stop()
            } catch {
                await cluster.stop()
                throw error
            }
        }
    }

    /// Starts a cluster for as long as `body` runs.
    static func with<Value: Sendable>(
        agents: Int = 1, masterFlags: [String] = [], agentFlags: [String] = [], inOneProcess: Bool = false,
        _ body: (MesosCluster) async throws -> Value
    ) async throws -> Value {
        let cluster = try await start(
            agents: agents, masterFlags: masterFlags, agentFlags: agentFlags, inOneProcess: inOneProcess)
        do {
            let value = try await body(cluster)
            await cluster.stop()
            return value
        } catch {
            await cluster.stop()
            throw error
        }
    }

    private init(masterFlags: [String], agentFlags: [String], inOneProcess: Bool) throws {
        folder = try Scratch.folder("mesos")
        let both = ["--num_slaves=1"] + (try Self.commonFlags(ports: 30000)) + agentFlags
        master = try MesosServer(
            "master", program: inOneProcess ? "mesos-local-cluster" : "mesos-master", healthPath: "/master/health",
            port: try FreePort.find(), in: folder,
            flags: (inOneProcess ? both : Self.impatience) + masterFlags)
        self.agentFlags = agentFlags
        self.inOneProcess = inOneProcess
    }

    private static func commonFlags(ports: Int) throws -> [String] {
        [
            "--launcher=posix", "--launcher_dir=\(try MesosKit.folder().path)",
            "--isolation=posix/cpu,posix/mem,filesystem/posix", "--containerizers=mesos",
            "--systemd_enable_support=false",
            "--resources=cpus:4;mem:4096;disk:8192;ports:[\(ports)-\(ports + 999)]",
        ]
    }

    /// Starts one more agent. Its resources are 4 CPUs, 4 GB and 1000 ports, unless `agentFlags` say otherwise.
    ///
    /// - Parameters:
    ///   - port: a free one if nil.
    ///   - environment: of this agent alone.
    @discardableResult
    func addAgent(port: Int? = nil, environment: [String: String] = [:]) async throws -> MesosServer {
        let number = agents.count + 1
        let agent = try MesosServer(
            "agent\(number)", program: "mesos-agent", healthPath: "/slave(1)/health",
            port: try port ?? FreePort.find(), in: folder,
            flags: [
                "--master=\(address)", "--hostname=127.0.0.1",
            ] + (try Self.commonFlags(ports: 30000 + 1000 * (number - 1))) + agentFlags, environment: environment)
        try await agent.start()
        agents.append(agent)
        return agent
    }

    /// Waits until as many agents are active at the master as run now.
    func waitForAgents() async throws {
        var expected = inOneProcess ? 1 : 0
        for agent in agents where await agent.isRunning { expected += 1 }
        try await waitUntil("\(expected) active agents at \(url)") {
            try await activeAgents() == expected
        }
    }

    private nonisolated func activeAgents() async throws -> Int {
        struct Listed: Decodable {
            struct Agent: Decodable {
                let active: Bool
            }
            let slaves: [Agent]
        }
        return try await HTTPGet.json(Listed.self, "\(url)/master/slaves").slaves.count(where: \.active)
    }

    /// SIGKILL for the master; its port and work dir are kept for `startMaster`.
    func killMaster() async {
        await master.kill()
    }

    /// Starts the killed master again, and waits until the agents that run have registered with it again.
    func startMaster() async throws {
        try await master.start()
        try await waitForAgents()
    }

    /// SIGKILL for an agent, counted from 0.
    func killAgent(_ index: Int = 0) async {
        await agents[index].kill()
    }

    /// Starts a killed agent again, which recovers its checkpointed executors, and waits until it has registered.
    func startAgent(_ index: Int = 0) async throws {
        try await agents[index].start()
        try await waitForAgents()
    }

    func restartAgent(_ index: Int = 0) async throws {
        await killAgent(index)
        try await startAgent(index)
    }

    /// What the master shows at `/master/state`.
    nonisolated func state() async throws -> MasterState {
        try await HTTPGet.json(MasterState.self, "\(url)/master/state")
    }

    /// Runs a framework's process that is stopped with the cluster.
    func runFramework(_ program: String, _ arguments: [String]) throws -> ChildProcess {
        let name = "\(program.prefix { $0 != "." })-\(frameworks.count + 1)"
        let process = try ChildProcess(try MesosKit.program(program), arguments, name: name, in: folder)
        frameworks.append(process)
        return process
    }

    /// Ends frameworks, agents and master, and what is left of the containers. May be called twice.
    func stop() async {
        for framework in frameworks { await framework.killHard() }
        for agent in agents { await agent.stop() }
        await master.stop()
        // Containers are in sessions of their own; `reap` knows how to find them.
        _ = try? await Leftovers.end(in: folder)
    }
}
