import Foundation
import Testing

/// executor.sh by itself, under both shells that agents have as /bin/sh.
struct ExecutorScriptTests {
    /// A folder with blanks in its name, a program in it and a file that sets its environment.
    private func run(
        _ shell: String, program: String, environmentFile: String? = nil,
        during: (ChildProcess, URL) async throws -> Void = { _, _ in }
    ) async throws -> (exit: ChildProcess.Exit, notes: String, sandbox: URL, said: String) {
        let folder = try Scratch.folder("exec").appending(path: "with two blanks")
        let sandbox = folder.appending(path: "sand box")
        try FileManager.default.createDirectory(at: sandbox, withIntermediateDirectories: true)
        let binary = folder.appending(path: "the program")
        try Data("#!/bin/sh\n\(program)\n".utf8).write(to: binary)
        var variables = [
            "MESOS_SANDBOX": sandbox.path, "SIDECAR_EXECUTOR_PATH": binary.path, "NOTES": "\(folder.path)/notes",
            "SIDECAR_EXECUTOR_CUSTOM_ENV_PATH": "\(folder.path)/custom env",
        ]
        if program.isEmpty { variables["SIDECAR_EXECUTOR_PATH"] = "/nowhere/sidecar-executor" }
        if let environmentFile {
            try Data(environmentFile.utf8).write(to: folder.appending(path: "custom env"))
        }
        let process = try ChildProcess(
            shell, [Checkout.root.appending(path: "executor.sh").path], name: "script", in: folder,
            environment: variables)
        try await during(process, sandbox)
        let exit = try await process.waitForExit()
        let notes = (try? String(contentsOf: folder.appending(path: "notes"), encoding: .utf8)) ?? ""
        return (exit, notes, sandbox, process.tail)
    }

    @Test("The status is kept, the copy runs and goes, the clean-up comes last", arguments: ["/bin/dash", "/bin/bash"])
    func normal(shell: String) async throws {
        let ran = try await run(
            shell, program: #"echo "$0 $* $EXECUTOR_A" >>"$NOTES"; [ $# = 0 ] && exit 5; exit 0"#,
            environmentFile: "EXECUTOR_A='b c'\n")
        #expect(ran.exit == .code(5))
        let copy = ran.sandbox.appending(path: "sidecar-executor").path
        #expect(ran.notes == "\(copy)  b c\n\(copy) cleanup b c\n")
        #expect(try FileManager.default.contentsOfDirectory(atPath: ran.sandbox.path).isEmpty)
    }

    @Test("The file that sets the environment may be for bash", arguments: ["/bin/dash", "/bin/bash"])
    func bashFile(shell: String) async throws {
        let ran = try await run(
            shell, program: #"[ $# = 1 ] || echo "$EXECUTOR_A $EXECUTOR_B" >>"$NOTES""#,
            environmentFile: #"""
                ports=(1 2 3)
                function last { echo "${ports[2]}"; }
                [[ $MESOS_SANDBOX == */sand\ box ]] && EXECUTOR_A=yes
                EXECUTOR_B=$(last)
                """#)
        #expect(ran.exit == .code(0) && ran.notes == "yes 3\n", "\(ran.said)")
    }

    @Test("Signals reach the executor, which is waited for", arguments: ["/bin/dash", "/bin/bash"])
    func signals(shell: String) async throws {
        let program = #"""
            if [ $# = 1 ]; then echo "$1" >>"$NOTES"; exit; fi
            trap 'sleep 0.3; echo USR1 >>"$NOTES"' USR1
            trap 'sleep 0.3; echo TERM >>"$NOTES"; exit 7' TERM
            : >"$MESOS_SANDBOX/ready"
            while :; do sleep 0.05; done
            """#
        let ran = try await run(shell, program: program) { process, sandbox in
            try await waitUntil("the program") {
                FileManager.default.fileExists(atPath: sandbox.appending(path: "ready").path)
            }
            process.signal(SIGUSR1)
            process.signal(SIGTERM)
        }
        #expect(ran.exit == .code(7))
        #expect(ran.notes.split(separator: "\n").suffix(2) == ["TERM", "cleanup"])
    }

    @Test("A crash is told by its status", arguments: ["/bin/dash", "/bin/bash"])
    func crash(shell: String) async throws {
        let ran = try await run(shell, program: #"[ $# = 1 ] || kill -9 $$; echo "$1" >>"$NOTES""#)
        #expect(ran.exit == .code(137) && ran.notes == "cleanup\n")
    }

    @Test("Without a program it says what to do", arguments: ["/bin/dash", "/bin/bash"])
    func missing(shell: String) async throws {
        let ran = try await run(shell, program: "")
        #expect(ran.exit == .code(127))
        #expect(ran.said.contains("there is no /nowhere/sidecar-executor: install sidecar-executor on this agent"))
    }
}
