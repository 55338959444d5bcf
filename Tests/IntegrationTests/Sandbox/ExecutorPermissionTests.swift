import Foundation
import TestTools
import Testing

/// The executor's workers try what they must not.
@Suite(.serialized)
struct ExecutorPermissionTests {
    enum Outcome {
        case ends(String)
        case fails(String)
        case succeeds
    }

    struct Attempt: CustomTestStringConvertible, Sendable {
        var name: String
        var container: Outcome
        var relay: Outcome

        var testDescription: String { name }
    }

    private static func both(_ name: String, _ outcome: Outcome) -> Attempt {
        Attempt(name: name, container: outcome, relay: outcome)
    }

    static let attempts = [
        both("ptrace", .ends("ptrace")),
        both("mount", .ends("mount")),
        both("unshare", .ends("unshare")),
        both("setns", .ends("setns")),
        both("bpf", .ends("bpf")),
        both("init_module", .ends("init_module")),
        both("process_vm_readv", .ends("process_vm_readv")),
        both("io_uring_setup", .fails("Function not implemented")),
        both("internet", .succeeds),
        Attempt(name: "keyctl", container: .fails("Operation not permitted"), relay: .ends("keyctl")),
        // The credential helpers of registries.
        Attempt(name: "execve", container: .fails("Bad address"), relay: .ends("execve")),
        Attempt(name: "fork", container: .succeeds, relay: .ends("clone")),
        Attempt(name: "listen", container: .fails("Socket operation on non-socket"), relay: .ends("listen")),
        Attempt(name: "read@/root", container: .succeeds, relay: .fails("Permission denied")),
        Attempt(name: "create@/tmp/of-a-worker", container: .succeeds, relay: .fails("Permission denied")),
    ]

    private func environment(_ sandbox: URL, _ attempt: String) -> [String: String] {
        [
            "MESOS_SANDBOX": sandbox.path, "MESOS_DIRECTORY": sandbox.path, "MESOS_AGENT_ENDPOINT": "127.0.0.1:9",
            "MESOS_FRAMEWORK_ID": "F", "MESOS_EXECUTOR_ID": "E", "EXECUTOR_RELAY_SYSLOG": "true",
            "EXECUTOR_SYSLOG_ADDR": "127.0.0.1:9",
            "COMPLAINER_FAULT": "container:attempt-\(attempt),relay:attempt-\(attempt)",
        ]
    }

    private func executor(_ environment: [String: String]) throws -> ChildProcess {
        try ChildProcess(
            try Checkout.binary("sidecar-executor"), [], name: "executor", in: try Scratch.folder("executor"),
            environment: environment)
    }

    private func log(_ process: ChildProcess) -> String {
        (try? String(decoding: Data(contentsOf: process.standardError), as: UTF8.self)) ?? ""
    }

    private func says(_ log: String, _ role: String, _ name: String, _ outcome: Outcome) -> Bool {
        log.split(separator: "\n").contains { line in
            switch outcome {
            case .ends(let call):
                line.contains("a worker was ended by its sandbox: system call ")
                    && line.contains(" (\(call)) is not allowed (about_worker=\(role) ")
            case .fails(let reason): line.hasSuffix(" \(role): attempted \(name): refused: \(reason)")
            case .succeeds: line.hasSuffix(" \(role): attempted \(name): done")
            }
        }
    }

    @Test(arguments: attempts) func aWorkerDoesWhatItsRoleMayAndNothingElse(_ attempt: Attempt) async throws {
        let process = try executor(environment(try Scratch.folder("sandbox"), attempt.name))
        do {
            try await waitUntil("the attempts: \(attempt.name)") {
                let log = log(process)
                return says(log, "container", attempt.name, attempt.container)
                    && says(log, "relay", attempt.name, attempt.relay)
            }
        } catch {
            Issue.record("\(log(process))")
            await process.killHard()
            throw error
        }
        await process.killHard()
    }

    @Test func aSettingSwitchesItOff() async throws {
        var environment = environment(try Scratch.folder("sandbox"), "fork")
        environment["EXECUTOR_RESTRICT"] = "false"
        let process = try executor(environment)
        try await waitUntil("the attempts") {
            says(log(process), "container", "fork", .succeeds) && says(log(process), "relay", "fork", .succeeds)
        }
        await process.killHard()
    }
}
