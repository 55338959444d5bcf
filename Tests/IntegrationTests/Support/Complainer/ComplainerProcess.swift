import Foundation
import Glibc

/// The built `complainer`, running as it would under systemd: a notify socket, a state directory, flags.
actor ComplainerProcess {
    /// How to start it. The defaults report to a file and keep the sandbox' own URLs.
    struct Options: Sendable {
        var masters: String
        var uploader = "noop"
        var reporters = "file"
        /// More flags, as on the command line.
        var flags: [String] = []
        var environment: [String: String] = [:]
        /// Where the ledger lives; give the folder of an earlier process to start again where that one ended.
        /// A new folder if nil.
        var state: URL?
        /// Another program than the built one, with its first arguments.
        var command: [String]?
        /// Without a state directory at all.
        var stateless = false

        init(masters: String) {
            self.masters = masters
        }

        init(_ cluster: MesosCluster) {
            self.init(masters: cluster.url)
        }
    }

    nonisolated let folder: URL
    nonisolated let state: URL
    nonisolated let reportFile: URL
    nonisolated let process: ChildProcess
    nonisolated let notify: NotifySocket

    nonisolated var pid: Int32 { process.pid }
    /// Its log.
    nonisolated var log: String {
        (try? String(decoding: Data(contentsOf: process.standardError), as: UTF8.self)) ?? ""
    }
    nonisolated var statuses: [String] { notify.statuses }

    /// Starts it, and waits for READY=1 unless `untilReady` is false.
    static func start(_ options: Options, untilReady: Bool = true) async throws -> ComplainerProcess {
        let started = try ComplainerProcess(options)
        if untilReady {
            do {
                try await started.waitForReady()
            } catch {
                await started.stop()
                throw error
            }
        }
        return started
    }

    /// Runs it for as long as `body` runs, and ends it also when `body` throws.
    static func with<Value: Sendable>(
        _ options: Options, _ body: (ComplainerProcess) async throws -> Value
    ) async throws -> Value {
        let started = try await start(options)
        do {
            let value = try await body(started)
            await started.stop()
            return value
        } catch {
            await started.stop()
            throw error
        }
    }

    private init(_ options: Options) throws {
        folder = try Scratch.folder("complainer")
        state = options.state ?? folder.appending(path: "state")
        reportFile = folder.appending(path: "reports")
        notify = try NotifySocket()
        let command = try options.command ?? [Checkout.binary("complainer")]
        var flags = [
            "-masters", options.masters, "-uploader", options.uploader, "-reporters", options.reporters,
            "-file.name", reportFile.path,
        ]
        if !options.stateless { flags += ["-state", state.path] }
        process = try ChildProcess(
            command[0], command.dropFirst() + flags + options.flags, name: "complainer", in: folder,
            environment: ["NOTIFY_SOCKET": notify.name].merging(options.environment) { $1 })
    }

    func waitForReady() async throws {
        try await waitUntil("READY=1 of complainer") { [process, notify] in
            if notify.assignments.contains("READY=1") { return true }
            if let exit = process.exit {
                throw Hopeless(description: "complainer ended: \(exit)\n\(process.tail)")
            }
            return false
        }
    }

    /// The lines of the report file so far.
    nonisolated func reportLines() -> [String] {
        let text = (try? String(decoding: Data(contentsOf: reportFile), as: UTF8.self)) ?? ""
        return text.split(separator: "\n").map(String.init)
    }

    /// Waits until a report holds `text`, and returns the lines of the whole file.
    @discardableResult
    nonisolated func waitForReport(containing text: String) async throws -> [String] {
        try await waitFor("a report with “\(text)”") {
            let lines = self.reportLines()
            if lines.contains(where: { $0.contains(text) }) { return lines }
            if let exit = self.process.exit {
                throw Hopeless(description: "complainer ended: \(exit)\n\(self.process.tail)")
            }
            return nil
        }
    }

    nonisolated func workers() -> [WorkerProcess] {
        WorkerProcess.all(of: pid)
    }

    /// Sends a signal to the worker of this role, and returns its process id.
    @discardableResult
    nonisolated func kill(role: String, signal: Int32 = SIGKILL) throws -> Int32 {
        guard let worker = workers().first(where: { $0.role == role }) else {
            throw HarnessError("no worker \(role) now; there are \(workers().map(\.role))")
        }
        guard Glibc.kill(worker.pid, signal) == 0 else {
            throw HarnessError("cannot signal \(role), process \(worker.pid): errno \(errno)")
        }
        return worker.pid
    }

    /// SIGTERM, and waits; SIGKILL after 30 s. May be called twice.
    @discardableResult
    func stop() async -> ChildProcess.Exit? {
        let exit = await process.stop()
        notify.stop()
        return exit
    }

    /// SIGKILL for the supervisor alone; its workers must notice by themselves.
    @discardableResult
    func killHard() async -> ChildProcess.Exit? {
        let exit = await process.killHard()
        notify.stop()
        return exit
    }
}
