import Foundation

/// One master or agent of a `MesosCluster`, which can be killed and started again on its port and work dir.
actor MesosServer {
    nonisolated let name: String
    nonisolated let port: Int
    nonisolated let folder: URL
    private let program: String
    private let healthPath: String
    private let flags: [String]
    private let environment: [String: String]
    private var process: ChildProcess?

    /// `program` is the kit's, `healthPath` answers 200 once it is up; `flags` without the address and the work dir.
    init(
        _ name: String, program: String, healthPath: String, port: Int, in folder: URL, flags: [String],
        environment: [String: String] = [:]
    ) throws {
        self.name = name
        self.port = port
        self.folder = folder
        self.program = try MesosKit.program(program)
        self.healthPath = healthPath
        self.flags = flags
        self.environment = environment
    }

    nonisolated var url: String { "http://127.0.0.1:\(port)" }
    nonisolated var workDir: URL { folder.appending(path: name) }

    var isRunning: Bool { process.map { $0.exit == nil } ?? false }
    var pid: Int32? { isRunning ? process?.pid : nil }

    /// The port was taken between being found free and being bound.
    struct PortTaken: Error {}

    /// Starts it and waits until it answers. A work dir that was used before is recovered.
    func start() async throws {
        precondition(!isRunning, "\(name) runs already")
        let started = try ChildProcess(
            program, ["--ip=127.0.0.1", "--port=\(port)", "--work_dir=\(workDir.path)"] + flags, name: name, in: folder,
            environment: environment)
        process = started
        do {
            try await waitUntil("\(name) at \(url)") {
                if let exit = started.exit { throw Hopeless(description: "\(name) ended: \(exit)\n\(started.tail)") }
                // Not /metrics/snapshot, which may never answer when it is asked as early as this.
                _ = try await HTTPGet.data("\(url)\(healthPath)", timeout: 5)
                return true
            }
        } catch {
            if started.tail.contains("Address already in use") { throw PortTaken() }
            throw error
        }
    }

    /// SIGKILL: no good-byes to anybody.
    func kill() async {
        await process?.killHard()
    }

    func stop() async {
        guard isRunning else { return }
        await process?.stop()
    }

    /// SIGSTOP: it hangs, and its connections stay open.
    func freeze() {
        process?.signal(SIGSTOP)
    }

    func thaw() {
        process?.signal(SIGCONT)
    }
}
