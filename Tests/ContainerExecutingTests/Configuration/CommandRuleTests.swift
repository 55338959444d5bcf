import DockerClient
import MesosExecutor
import Testing

@testable import ContainerExecuting

@Suite struct CommandRuleTests {
    @Test(arguments: [
        ("a b  c", ["a", "b", "c"]), ("  a\t\nb ", ["a", "b"]), ("", []), ("''", [""]), ("a '' b", ["a", "", "b"]),
        ("'a b'c\"d e\"", ["a bcd e"]), (#"a\ b \'"#, ["a b", "'"]), (#""a\"b\\c\$d\`e\f""#, [#"a"b\c$d`e\f"#]),
        (#"'a\b'"#, [#"a\b"#]), ("a\\\nb", ["ab"]), ("\"a\\\nb\"", ["ab"]),
        ("echo $HOME * | cat; x&&y #z", ["echo", "$HOME", "*", "|", "cat;", "x&&y", "#z"]),
        ("sh -c \"echo 'it works' > /tmp/x\"", ["sh", "-c", "echo 'it works' > /tmp/x"]), ("ü 'ä ö'", ["ü", "ä ö"]),
    ])
    func linesAreSplitLikeByAShell(line: String, words: [String]) throws {
        #expect(try ShellWords.split(line) == words)
    }

    @Test(arguments: [
        ("a 'b", ShellWords.Failure.openQuote("'")), ("\"a", .openQuote("\"")), ("\"a\\", .openQuote("\"")),
        ("a \\", .openBackslash),
    ])
    func whatIsNeverClosed(line: String, failure: ShellWords.Failure) {
        #expect(throws: failure) { try ShellWords.split(line) }
    }

    private func command(_ task: TaskInfo) throws -> [[String]?] {
        let specification = try Sample.make(task)
        return [specification.entrypoint, specification.command]
    }

    @Test func theLabelIsTheCommand() throws {
        let docker = DockerInfo(image: "x", parameters: [.init("label", "executor.ShellCommand=run 'a b'")])
        let other = CommandInfo(shell: false, value: "ignored")
        #expect(try command(Sample.task(docker, command: other)) == [nil, ["run", "a b"]])
        #expect(try command(Sample.task(labels: [.init("executor.ShellCommand", "run c")])) == [nil, ["run", "c"]])
        #expect(try command(Sample.task(labels: [.init("executor.ShellCommand", " ")])) == [nil, nil])
        #expect { try command(Sample.task(labels: [.init("executor.ShellCommand", "run 'c")])) } throws: {
            "\($0)" == "label executor.ShellCommand cannot be split into words: a ' is never closed"
        }
    }

    @Test func elseTheTasksOwn() throws {
        func of(_ command: CommandInfo) throws -> [[String]?] { try self.command(Sample.task(command: command)) }
        #expect(try of(CommandInfo(value: "a | b")) == [["/bin/sh"], ["-c", "a | b"]])
        #expect(try of(CommandInfo(shell: false, value: "run", arguments: ["-v"])) == [["run"], ["-v"]])
        #expect(try of(CommandInfo(shell: false, arguments: ["-v"])) == [nil, ["-v"]])
        #expect(try of(CommandInfo(arguments: ["-v"])) == [nil, ["-v"]])
        #expect(try of(CommandInfo()) == [nil, nil])
    }

    @Test func theExecutorsOwnCommandIsNotTheTasks() throws {
        let task = Sample.task(executor: CommandInfo(value: "/opt/mesos/executor.sh"))
        #expect(try command(task) == [nil, nil])
    }

    @Test func theEntrypointCanBeSet() throws {
        let docker = DockerInfo(image: "x", parameters: [.init("entrypoint", "/init")])
        #expect(try command(Sample.task(docker, command: CommandInfo(value: "a"))) == [["/init"], ["-c", "a"]])
    }
}
