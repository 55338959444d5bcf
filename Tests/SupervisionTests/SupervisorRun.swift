import CProcess
import Foundation
import Glibc
import Logging
import Synchronization
import TestTools
import Testing

@testable import Supervision

/// A supervisor on a thread of its own, with workers written in Python.
final class SupervisorRun: Sendable {
    private struct State {
        var lines: [String] = []
        var log: [String] = []
        var crashes = 0
        var isReady = false
        var starting = 0
        var hasEnded = false
        var watchdogs = 0
        var reload: [WorkerSpecification]?
        var exitCode: Int32?
        var said: [String] = []
    }
    private let state = Mutex(State())
    private let signalSource: Descriptor
    private let signalSink: Descriptor

    static let script = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Support/workers/worker.py").path()

    /// - Parameter modes: how each worker behaves, by role; `hub` is the hub.
    init(
        _ modes: [(role: String, mode: String)], executable: String? = nil, arguments: [String]? = nil,
        environment: [String: String] = ["PATH": "/usr/local/bin:/usr/bin:/bin"],
        limits: ProcessLimits = ProcessLimits(),
        timing: WorkerLife.Timing = WorkerLife.Timing(), policy: RestartPolicy = RestartPolicy()
    ) throws {
        (signalSource, signalSink) = try Descriptor.socketPair()
        let specifications = modes.map { Self.specification($0.role, mode: $0.mode, limits: limits) }
        let thread = Thread { [self, signals = signalSink.number] in
            var hooks = SupervisorHooks()
            hooks.ready = { self.state.withLock { $0.isReady = true } }
            hooks.starting = { self.state.withLock { $0.starting += 1 } }
            hooks.status = { line in self.state.withLock { $0.lines.append(line) } }
            hooks.watchdog = { self.state.withLock { $0.watchdogs += 1 } }
            hooks.workerStatus = { role, line in self.state.withLock { $0.said.append("\(role): \(line)") } }
            hooks.watchdogInterval = .milliseconds(50)
            hooks.reload = { self.state.withLock { $0.reload } }
            var logger = Logger(label: "supervisor", factory: { _ in Recorder(run: self) })
            logger.logLevel = .debug
            let supervisor = Supervisor(
                executable: executable ?? "/usr/bin/env",
                arguments: arguments ?? ["env", "python3", Self.script],
                environment: environment, workers: specifications, signals: signals, policy: policy,
                timing: timing, hooks: hooks, logger: logger)
            let exitCode = supervisor.run()
            self.state.withLock {
                $0.hasEnded = true
                $0.exitCode = exitCode
            }
        }
        thread.start()
    }

    static func specification(
        _ role: String, mode: String, limits: ProcessLimits = ProcessLimits(), values: [String: [String]] = [:]
    ) -> WorkerSpecification {
        WorkerSpecification(
            role: "\(mode)/\(role)", settings: WorkerSettings(values: values), limits: limits, isHub: role == "hub",
            mayFinish: role == "only", finishesWithin: role == "last" ? .seconds(20) : nil,
            mayBeLate: role == "late")
    }

    private struct Recorder: LogHandler {
        let run: SupervisorRun
        var logLevel = Logger.Level.debug
        var metadata = Logger.Metadata()
        init(run: SupervisorRun) { self.run = run }
        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }
        func log(event: LogEvent) {
            let line = "\(event.level) \(event.message) \(event.metadata ?? [:])"
            run.state.withLock {
                $0.log.append(line)
                if line.contains("crash") { $0.crashes += 1 }
            }
        }
    }

    func reload(_ workers: [WorkerSpecification]?) {
        state.withLock { $0.reload = workers }
        signal(SIGHUP)
    }

    /// What a signalfd would say.
    func signal(_ number: Int32) {
        var record = [UInt8](repeating: 0, count: MemoryLayout<SignalRecord>.size)
        record[0] = UInt8(number)
        write(signalSource.number, record, record.count)
    }
    private typealias SignalRecord = (
        UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64,
        UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64
    )

    var exitCode: Int32? { state.withLock { $0.exitCode } }
    /// What workers said of themselves.
    var said: [String] { state.withLock { $0.said } }
    var starting: Int { state.withLock { $0.starting } }
    var isReady: Bool { state.withLock { $0.isReady } }
    var hasEnded: Bool { state.withLock { $0.hasEnded } }
    var line: String { state.withLock { $0.lines.last ?? "" } }
    var log: [String] { state.withLock { $0.log } }
    /// Lines of the log that tell of one.
    var crashes: Int { state.withLock { $0.crashes } }
    var watchdogs: Int { state.withLock { $0.watchdogs } }

    /// Pid of the worker of that role, as the process table has it.
    func pid(_ role: String) -> Int32? {
        Self.children().first { $0.arguments.last?.hasSuffix("/\(role)") ?? false }?.pid
    }

    func stop() async throws {
        signal(SIGTERM)
        try await waitUntil { self.hasEnded }
    }

    /// The children of this process that are not zombies.
    static func children() -> [(pid: Int32, arguments: [String])] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { Int32($0) }.compactMap { pid in
            guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
                let close = stat.lastIndex(of: ")")
            else { return nil }
            let fields = stat[close...].split(separator: " ")
            guard fields.count > 2, fields[1] != "Z", Int32(fields[2]) == getpid() else { return nil }
            let line = (try? String(contentsOfFile: "/proc/\(pid)/cmdline", encoding: .utf8)) ?? ""
            return (pid, line.split(separator: "\0").map(String.init))
        }
    }
}
