import Foundation
import Glibc
import TestTools
import Testing

/// What the supervisor itself gives up.
@Suite(.serialized)
struct ServiceUserTests {
    private func fields(_ pid: Int32) -> [String: String] {
        let text = String(
            decoding: FileManager.default.contents(atPath: "/proc/\(pid)/status") ?? Data(), as: UTF8.self)
        return Dictionary(
            text.split(separator: "\n").compactMap { line in
                line.firstIndex(of: ":").map {
                    (
                        String(line[..<$0]),
                        line[line.index(after: $0)...].split(whereSeparator: \.isWhitespace).joined(separator: " ")
                    )
                }
            }, uniquingKeysWith: { $1 })
    }

    @Test(.enabled(if: geteuid() == 0, "only root can give itself up"))
    func rootIsGivenUpByTheSupervisorAndItsWorkers() async throws {
        let folder = try Scratch.folder("user")
        // The user must be able to come here, and to run the program.
        let program = folder.appending(path: "complainer")
        try FileManager.default.copyItem(atPath: Checkout.binary("complainer"), toPath: program.path)
        for path in [folder.deletingLastPathComponent().path, folder.path] { chmod(path, 0o755) }
        let state = folder.appending(path: "state")
        let reports = folder.appending(path: "reports")
        try FileManager.default.createDirectory(at: reports, withIntermediateDirectories: true)
        #expect(chown(reports.path, 65534, 65534) == 0)
        let master = try FakeMaster(.status(503))
        defer { master.stop() }
        // Root has used this state directory before.
        for user in [nil, "nobody"] {
            var options = ComplainerProcess.Options(masters: master.url)
            options.command = [program.path]
            options.state = state
            options.flags = [
                "-file.name", reports.appending(path: "file-\(user ?? "root")").path, "-listen", "127.0.0.1:0",
            ]
            if let user { options.environment["COMPLAINER_USER"] = user }
            let complainer = try await ComplainerProcess.start(options, untilReady: false)
            try await waitUntil("four workers and a ledger") {
                if let exit = complainer.process.exit { throw Hopeless(description: "\(exit)\n\(complainer.log)") }
                return complainer.log.contains("listening on \(state.path)/complainer.sock")
                    && FileManager.default.fileExists(atPath: "\(state.path)/ledger.sqlite")
                    && complainer.workers().count == 5
                    && FileManager.default.fileExists(atPath: reports.appending(path: "file-\(user ?? "root")").path)
            }
            if user != nil {
                for pid in [complainer.pid] + complainer.workers().map(\.pid) {
                    let status = fields(pid)
                    #expect(status["Uid"] == "65534 65534 65534 65534")
                    #expect(status["Gid"] == "65534 65534 65534 65534")
                    #expect(status["Groups"] == "65534" || status["Groups"] == "")
                    #expect(status["CapEff"] == "0000000000000000" && status["CapPrm"] == "0000000000000000")
                    // Nobody else of that user may look into it.
                    var owner = stat()
                    #expect(stat("/proc/\(pid)/environ", &owner) == 0 && owner.st_uid == 0)
                }
                for name in ["", "/ledger.sqlite", "/lock", "/complainer.sock"] {
                    var file = stat()
                    #expect(stat(state.path + name, &file) == 0 && file.st_uid == 65534, "\(name)")
                }
                #expect(!complainer.log.contains("going on in memory"), "\(complainer.log)")
            }
            await complainer.stop()
        }
    }

    @Test func whoCannotBecomeThatUserIsToldWhy() async throws {
        let run = try await CommandRun(
            ["-masters", "http://127.0.0.1:9", "-uploader", "noop", "-reporters", "file", "-user", "no-such-user"])
        #expect(run.status == 2)
        #expect(run.error.contains("-user: there is no user \"no-such-user\"; create it"), "\(run.error)")
        let check = try await CommandRun(
            [
                "check", "-offline", "-masters", "http://127.0.0.1:9", "-uploader", "noop", "-reporters", "file",
                "-user",
                "nobody", "-listen", ":80",
            ])
        #expect(check.out.contains("nobody may not listen on port 80"), "\(check.out)")
    }

    @Test func secretsLeaveTheCommandLineAndTheEnvironmentThatOthersSee() async throws {
        let master = try FakeMaster(.status(503))
        defer { master.stop() }
        var options = ComplainerProcess.Options(masters: "http://user:pass-of-master@127.0.0.1:\(master.port)")
        options.reporters = "file,slack,hipchat"
        options.flags = [
            "-slack.hook_url=https://hooks.example.com/services/token-of-slack", "-hipchat.token", "abc",
            "-hipchat.room", "room",
        ]
        options.environment["COMPLAINER_AGENTS_PASSWORD"] = "word-of-agents"
        options.environment["COMPLAINER_AGENTS_USER"] = "user-of-agents"
        let complainer = try await ComplainerProcess.start(options, untilReady: false)
        try await waitUntil("the request") { !master.requests.isEmpty }
        func shown() -> String {
            (WorkerProcess.arguments(of: complainer.pid) + WorkerProcess.environment(of: complainer.pid))
                .joined(separator: "\n")
        }
        for secret in ["pass-of-master", "token-of-slack", "word-of-agents", "\nabc\n"] {
            #expect(!shown().contains(secret), "\(secret): \(shown())")
        }
        // What is no secret is still there.
        #expect(shown().contains("-hipchat.room") && shown().contains("user-of-agents"))
        // A reload reads what was given by flag and variable again, from a copy.
        let requests = master.requests.count
        kill(complainer.pid, SIGHUP)
        try await waitUntil("the reload") { complainer.log.contains("reloading the configuration") }
        try await waitUntil("another request") { master.requests.count > requests }
        #expect(!complainer.log.contains("is refused"), "\(complainer.log)")
        #expect(master.requests.last?.header("authorization") != nil)
        await complainer.stop()
    }
}
