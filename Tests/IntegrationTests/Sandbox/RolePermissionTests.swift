import Foundation
import TestTools
import Testing

/// Each worker tries what its role must not, once it is in its sandbox.
@Suite(.serialized)
struct RolePermissionTests {
    private static let roles = [
        "dispatcher", "poller", "uploader", "reporter/slack", "reporter/email", "reporter/file", "reporter/journald",
        "server",
    ]

    enum Outcome: Equatable {
        /// The worker is ended, and the log names the call.
        case ends(String)
        /// The call fails; the worker goes on.
        case fails(String)
        case succeeds
    }

    struct Attempt: CustomTestStringConvertible, Sendable {
        var name: String
        /// Of every role that is not in `others`.
        var outcome: Outcome
        var others: [String: Outcome] = [:]

        var testDescription: String { name }

        func outcome(of role: String) -> Outcome { others[role] ?? outcome }
    }

    private static let denied = Outcome.fails("Permission denied")
    private static let noSocket = Outcome.ends("socket")
    /// Roles that make no socket for the internet.
    private static let offline = ["dispatcher", "reporter/file", "reporter/journald"]
    /// Roles that write files.
    private static let writers = ["dispatcher", "reporter/file"]

    private static func all(_ roles: [String], _ outcome: Outcome) -> [String: Outcome] {
        Dictionary(uniqueKeysWithValues: roles.map { ($0, outcome) })
    }

    static let attempts = [
        Attempt(name: "execve", outcome: .ends("execve")),
        Attempt(name: "fork", outcome: .ends("clone")),
        Attempt(name: "clone3", outcome: .fails("Function not implemented")),
        Attempt(name: "ptrace", outcome: .ends("ptrace")),
        Attempt(name: "process_vm_readv", outcome: .ends("process_vm_readv")),
        Attempt(name: "mount", outcome: .ends("mount")),
        Attempt(name: "unshare", outcome: .ends("unshare")),
        Attempt(name: "setns", outcome: .ends("setns")),
        Attempt(name: "init_module", outcome: .ends("init_module")),
        Attempt(name: "bpf", outcome: .ends("bpf")),
        Attempt(name: "keyctl", outcome: .ends("keyctl")),
        Attempt(name: "perf_event_open", outcome: .ends("perf_event_open")),
        Attempt(name: "userfaultfd", outcome: .ends("userfaultfd")),
        Attempt(name: "io_uring_setup", outcome: .fails("Function not implemented")),
        Attempt(name: "memfd_create", outcome: .ends("memfd_create")),
        Attempt(name: "setuid", outcome: .ends("setuid")),
        Attempt(name: "kill", outcome: .ends("kill")),
        Attempt(name: "dumpable", outcome: .ends("prctl")),
        Attempt(name: "map-code", outcome: .ends("mmap")),
        Attempt(name: "make-code", outcome: .ends("mprotect")),
        Attempt(name: "raw", outcome: noSocket),
        Attempt(name: "packet", outcome: noSocket),
        Attempt(name: "internet", outcome: .succeeds, others: all(offline, noSocket)),
        Attempt(name: "unix", outcome: .succeeds, others: all(offline, noSocket)),
        Attempt(
            name: "connect", outcome: .fails("Connection refused"),
            others: all(offline, noSocket).merging(["server": denied]) { $1 }),
        Attempt(name: "listen", outcome: .ends("listen"), others: ["server": .fails("Socket operation on non-socket")]),
        Attempt(name: "accept", outcome: .ends("accept"), others: ["server": .fails("Socket operation on non-socket")]),
        Attempt(name: "read@/root", outcome: denied),
        Attempt(name: "read@/etc/hosts", outcome: .succeeds),
        Attempt(name: "write@/etc/hosts", outcome: .ends("openat"), others: all(writers, denied)),
        Attempt(name: "create@/tmp/of-a-worker", outcome: .ends("openat"), others: all(writers, denied)),
        Attempt(name: "remove@/etc/hosts", outcome: .ends("unlink"), others: all(writers + ["server"], denied)),
    ]

    private func options(_ master: FakeMaster, reports: URL) -> ComplainerProcess.Options {
        var options = ComplainerProcess.Options(masters: master.url)
        options.reporters = "file,slack,email,journald"
        options.flags = [
            "-slack.hook_url", "http://127.0.0.1:9/hook", "-email.url", "smtp://127.0.0.1:9", "-email.from",
            "a@example.com", "-email.to", "b@example.com", "-listen", "127.0.0.1:0", "-file.name",
            reports.appending(path: "reports").path,
        ]
        return options
    }

    @Test(arguments: attempts) func aWorkerDoesWhatItsRoleMayAndNothingElse(_ attempt: Attempt) async throws {
        let master = try FakeMaster(.status(503))
        defer { master.stop() }
        var options = options(master, reports: try Scratch.folder("reports"))
        options.environment["COMPLAINER_FAULT"] = Self.roles.map { "\($0):attempt-\(attempt.name)" }
            .joined(separator: ",")
        let complainer = try await ComplainerProcess.start(options, untilReady: false)
        do {
            for role in Self.roles {
                try await waitUntil("\(attempt.name) of \(role)") {
                    if let exit = complainer.process.exit { throw Hopeless(description: "ended: \(exit)") }
                    return complainer.log.split(separator: "\n").contains { line in
                        switch attempt.outcome(of: role) {
                        case .ends(let call):
                            line.contains("a worker was ended by its sandbox: system call ")
                                && line.contains(" (\(call)) is not allowed (about_worker=\(role) ")
                        case .fails(let reason):
                            line.hasSuffix(" \(role): attempted \(attempt.name): refused: \(reason)")
                        case .succeeds:
                            line.hasSuffix(" \(role): attempted \(attempt.name): done")
                        }
                    }
                }
            }
            if case .ends = attempt.outcome {
                try await waitUntil("the crash") { complainer.log.contains("reason=\"killed by SIGSYS\"") }
            }
        } catch {
            await complainer.stop()
            Issue.record("\(complainer.log)")
            throw error
        }
        await complainer.stop()
    }

    @Test func everyThreadOfEveryWorkerIsInItsSandbox() async throws {
        let master = try FakeMaster(.status(503))
        defer { master.stop() }
        let options = options(master, reports: try Scratch.folder("reports"))
        let complainer = try await ComplainerProcess.start(options, untilReady: false)
        try await waitUntil("all workers to be filtered") {
            let workers = complainer.workers()
            return workers.map(\.role).sorted() == Self.roles.sorted()
                && workers.allSatisfy { worker in
                    let threads =
                        (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(worker.pid)/task")) ?? []
                    return !threads.isEmpty
                        && threads.allSatisfy { thread in
                            let path = "/proc/\(worker.pid)/task/\(thread)/status"
                            let status = String(
                                decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
                            return status.contains("Seccomp:\t2\n") && status.contains("NoNewPrivs:\t1\n")
                        }
                }
        }
        await complainer.stop()
    }

    @Test func theSandboxCanBeSwitchedOffAndTheLogSaysSo() async throws {
        let master = try FakeMaster(.status(503))
        defer { master.stop() }
        var options = options(master, reports: try Scratch.folder("reports"))
        options.flags.append("-sandbox=false")
        options.environment["COMPLAINER_FAULT"] = "poller:attempt-execve"
        let complainer = try await ComplainerProcess.start(options, untilReady: false)
        try await waitUntil("the attempt") { complainer.log.contains("poller: attempted execve: refused: Bad address") }
        #expect(complainer.log.contains("supervisor: the sandbox is switched off"))
        await complainer.stop()
    }
}
