import Foundation
import Testing

/// executor.sh by itself, under both shells that agents have as /bin/sh.
struct ExecutorScriptTests {
    /// A folder with blanks in its name, a program in it and a file that sets its environment.
    private func run(
        _ shell: String, program: String, environmentFile: String? = nil, variables more: [String: String] = [:],
        prepare: (URL) throws -> Void = { _ in },
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
        variables.merge(more) { $1 }
        try prepare(sandbox)
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
            shell,
            program: #"echo "$* $EXECUTOR_A $(ls -A "$MESOS_SANDBOX")" >>"$NOTES"; [ $# = 0 ] && exit 5; exit 0"#,
            environmentFile: "EXECUTOR_A='b c'\n")
        #expect(ran.exit == .code(5))
        #expect(ran.notes == " b c \ncleanup b c \n", "while it runs there is nothing in the sandbox")
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
        let ran = try await run(
            shell, program: program,
            during: { process, sandbox in
                try await waitUntil("the program") {
                    FileManager.default.fileExists(atPath: sandbox.appending(path: "ready").path)
                }
                process.signal(SIGUSR1)
                process.signal(SIGTERM)
            })
        #expect(ran.exit == .code(7))
        #expect(ran.notes.split(separator: "\n").suffix(2) == ["TERM", "cleanup"])
    }

    @Test("A crash is told by its status", arguments: ["/bin/dash", "/bin/bash"])
    func crash(shell: String) async throws {
        let ran = try await run(shell, program: #"[ $# = 1 ] || kill -9 $$; echo "$1" >>"$NOTES""#)
        #expect(ran.exit == .code(137) && ran.notes == "cleanup\n")
    }

    /// A container that mounts its sandbox can write there as root.
    @Test("Nothing that is put into the sandbox is run", arguments: ["/bin/dash", "/bin/bash"])
    func replaced(shell: String) async throws {
        let ran = try await run(
            shell,
            program: #"""
                [ $# = 0 ] || { echo "$1 of ours" >>"$NOTES"; exit; }
                for name in sidecar-executor sidecar-executor.new .sidecar-executor; do
                  printf '#!/bin/sh\necho "hostile $*" >>"$NOTES"\n' >"$MESOS_SANDBOX/$name"
                  chmod 755 "$MESOS_SANDBOX/$name"
                done
                """#)
        #expect(ran.exit == .code(0) && ran.notes == "cleanup of ours\n", "\(ran.said)")
    }

    @Test("Links in the sandbox are not followed", arguments: ["/bin/dash", "/bin/bash"])
    func links(shell: String) async throws {
        let victim = try Scratch.folder("victim").appending(path: "file")
        try Data("of the host".utf8).write(to: victim)
        let ran = try await run(
            shell, program: #"echo "ran $*" >>"$NOTES""#,
            prepare: { sandbox in
                for name in ["sidecar-executor", "sidecar-executor.new"] {
                    try FileManager.default.createSymbolicLink(
                        at: sandbox.appending(path: name), withDestinationURL: victim)
                }
            })
        #expect(ran.exit == .code(0) && ran.notes == "ran \nran cleanup\n", "\(ran.said)")
        #expect(try String(contentsOf: victim, encoding: .utf8) == "of the host")
    }

    /// Commands, functions and start-up files of the task, which would run as root before the executor does.
    @Test("The task's environment does not steer the script", arguments: ["/bin/dash", "/bin/bash"])
    func steered(shell: String) async throws {
        let commands = try Scratch.folder("hostile")
        for name in ["bash", "cat", "chmod", "env", "mktemp", "rm", "sed", "sh", "sort"] {
            let file = commands.appending(path: name)
            try Data("#!/bin/dash\necho hostile \(name) >>\"$NOTES\"\nexit 1\n".utf8).write(to: file)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
        }
        var variables = [
            "PATH": "\(commands.path):/usr/bin:/bin", "BASH": "\(commands.path)/bash", "BASH_VERSION": "5",
            "SHELLOPTS": "xtrace", "VAULT_TOKEN": "x",
        ]
        for name in ["say", "names", "exec", "unset", "env", "cat", "mktemp", "rm", "trap"] {
            variables["BASH_FUNC_\(name)%%"] = "() { echo hostile \(name) >>\"$NOTES\"; }"
        }
        let ran = try await run(
            shell, program: #"echo "ran $*" >>"$NOTES""#, environmentFile: "EXECUTOR_A=$(cat /dev/null)\n",
            variables: variables)
        #expect(ran.exit == .code(0) && ran.notes == "ran \nran cleanup\n", "\(ran.notes) \(ran.said)")
    }

    @Test("No command is looked up in the sandbox", arguments: ["/bin/dash", "/bin/bash"])
    func path(shell: String) async throws {
        let ran = try await run(
            shell, program: #"[ $# = 1 ] || echo "$PATH" >>"$NOTES""#,
            variables: [
                "PATH": ".::bin:/opt/a b/bin:/usr/bin:/opt/../tmp:/sand/box/bin:/sand/boxes",
                "MESOS_SANDBOX": "/sand/box",
            ])
        let system = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        #expect(ran.notes == "\(system):/opt/a b/bin:/sand/boxes\n", "\(ran.said)")
    }

    @Test("A task that sets MESOS_SANDBOX has its program run all the same", arguments: ["/bin/dash", "/bin/bash"])
    func overriddenSandbox(shell: String) async throws {
        let ran = try await run(
            shell, program: #"echo "ran $*" >>"$NOTES""#, variables: ["MESOS_SANDBOX": "/mnt/mesos/sandbox"])
        #expect(ran.exit == .code(0) && ran.notes == "ran \nran cleanup\n", "\(ran.said)")
    }

    /// What of the task's variables the executor gets beside a file that sets one.
    @Test(
        "A kind of variables of which the agent's file sets any is the agent's",
        arguments: [
            ("VAULT_ADDR=https://vault", "https://vault///tcp://task/1///"),
            // The same value is the agent's all the same, and so is what is taken from the task.
            ("VAULT_ADDR=https://task", "https://task///tcp://task/1///"),
            (": \"${VAULT_PASSWORD:=secret}\"", "/secret//tcp://task/1///"),
            ("DOCKER_HOST=unix:///docker", "https://task/pass/true/unix:///docker////"),
            ("https_proxy=http://proxy", "https://task/pass/true/tcp://task/1/http://proxy//"),
            ("EXECUTOR_DEBUG=true", "https://task/pass/true/tcp://task/1/http://task/task/task\nVAULT_TOKEN=x"),
        ], ["/bin/dash", "/bin/bash"])
    func groups(file: (text: String, expected: String), shell: String) async throws {
        let ran = try await run(
            shell,
            program: #"""
                [ $# = 0 ] || exit
                printf '%s/' "$VAULT_ADDR" "$VAULT_PASSWORD" "$VAULT_SKIP_VERIFY" "$DOCKER_HOST" "$DOCKER_TLS_VERIFY" \
                  "$https_proxy" "$NO_PROXY" >>"$NOTES"
                printf '%s' "$SSL_CERT_FILE" >>"$NOTES"
                env | grep '^task_' >>"$NOTES"
                """#,
            environmentFile: file.text,
            variables: [
                "VAULT_ADDR": "https://task", "VAULT_PASSWORD": "pass", "VAULT_SKIP_VERIFY": "true",
                "DOCKER_HOST": "tcp://task", "DOCKER_TLS_VERIFY": "1", "https_proxy": "http://task",
                "NO_PROXY": "task", "SSL_CERT_FILE": "task\nVAULT_TOKEN=x",
            ])
        #expect(ran.notes == file.expected, "\(ran.said)")
        let isNamed = ran.said.contains("so these of the task are ignored:") && ran.said.contains("SSL_CERT_FILE")
        #expect(isNamed == !file.text.hasPrefix("EXECUTOR"), "\(ran.said)")
        #expect(!ran.said.contains("pass"), "a value is logged")
    }

    @Test(
        "A file that sets the environment and fails is named",
        arguments: [
            ("set -e\nfalse", "ended with status 1"), ("set -u\necho $NOT_SET", "ended with status"),
            ("if", "has a syntax error"), ("exit 3", "ended with status 3"),
        ], ["/bin/dash", "/bin/bash"])
    func brokenFile(file: (text: String, said: String), shell: String) async throws {
        let ran = try await run(shell, program: #"echo ran >>"$NOTES""#, environmentFile: file.text)
        #expect(ran.exit != .code(0) && ran.notes.isEmpty)
        #expect(ran.said.contains("custom env \(file.said)"), "\(ran.said)")
    }

    @Test("Without a program it says what to do", arguments: ["/bin/dash", "/bin/bash"])
    func missing(shell: String) async throws {
        let ran = try await run(shell, program: "")
        #expect(ran.exit == .code(127))
        #expect(ran.said.contains("there is no /nowhere/sidecar-executor: install sidecar-executor on this agent"))
    }
}
