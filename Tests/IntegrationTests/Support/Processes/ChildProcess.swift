import Foundation
import Glibc
import Synchronization

/// A process that a test started. Its output goes to files in a folder of the test.
final class ChildProcess: Sendable {
    /// How a process ended.
    enum Exit: Equatable, Sendable {
        case code(Int32)
        case signal(Int32)
    }

    let pid: pid_t
    /// A short name for messages, and of the output files.
    let name: String
    let standardOutput: URL
    let standardError: URL
    private let ended = Mutex<Exit?>(nil)

    /// Starts `program`, an absolute path. The environment is `environment`, a plain PATH, HOME and LANG, and
    /// nothing else, so that no setting of the developer's own shell reaches a test.
    init(
        _ program: String, _ arguments: [String], name: String, in folder: URL, environment: [String: String] = [:]
    ) throws {
        self.name = name
        standardOutput = folder.appending(path: "\(name).stdout")
        standardError = folder.appending(path: "\(name).stderr")
        let plain = [
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": ProcessInfo.processInfo.environment["HOME"] ?? "/", "LANG": "C.UTF-8",
            Scratch.variable: try Scratch.root.path,
        ]
        pid = try Spawn(
            program: program, arguments: arguments, environment: plain.merging(environment) { $1 },
            directory: folder.path, standardOutput: standardOutput.path, standardError: standardError.path
        ).run()
        Thread.detachNewThread { [self] in reap() }
    }

    /// How it ended, nil while it runs.
    var exit: Exit? { ended.withLock { $0 } }

    /// Sends a signal, unless the process has ended.
    func signal(_ number: Int32) {
        // Under the lock that `reap` takes to free the process id: it cannot belong to another process.
        ended.withLock { if $0 == nil { kill(pid, number) } }
    }

    /// Waits for the process to end by itself.
    @discardableResult
    func waitForExit(within limit: Duration = .seconds(60)) async throws -> Exit {
        try await waitFor("the end of \(name) (process \(pid))", within: limit) { self.exit }
    }

    /// SIGTERM, and SIGKILL if it has not ended after `grace`.
    @discardableResult
    func stop(grace: Duration = .seconds(30)) async -> Exit? {
        signal(SIGTERM)
        if let exit = try? await waitForExit(within: grace) { return exit }
        return await killHard()
    }

    /// SIGKILL.
    @discardableResult
    func killHard() async -> Exit? {
        signal(SIGKILL)
        return try? await waitForExit()
    }

    /// The end of what it has said, for messages.
    var tail: String {
        [standardOutput, standardError].map { file in
            let text = (try? String(decoding: Data(contentsOf: file), as: UTF8.self)) ?? ""
            return text.split(separator: "\n").suffix(15).map { "    \($0)\n" }.joined()
        }.joined()
    }

    /// On a thread of its own, since waiting blocks.
    private func reap() {
        var info = siginfo_t()
        while waitid(P_PID, id_t(pid), &info, WEXITED | WNOWAIT) == -1, errno == EINTR {}
        ended.withLock { ended in
            var status: Int32 = 0
            while waitpid(pid, &status, 0) == -1, errno == EINTR {}
            let signal = status & 0x7f
            ended = signal == 0 ? .code((status >> 8) & 0xff) : .signal(signal)
        }
    }
}
