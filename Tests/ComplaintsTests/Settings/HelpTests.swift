import FoundationEssentials
import Templates
import TestTools
import Testing

@testable import Complaints

@Suite struct HelpTests {
    static let names = SettingsRegistry.standard.owners.flatMap(\.settings).flatMap { [$0.name] + $0.aliases }

    @Test func usageNamesEveryFlagVariableAndDefault() {
        let lines = Usage.render(.standard).split(separator: "\n", omittingEmptySubsequences: false)
        let squeezed = lines.joined().filter { $0 != " " }
        for definition in SettingsRegistry.standard.owners.flatMap(\.settings) {
            #expect(lines.contains { $0.trimmedStart.hasPrefix(Usage.label(definition)) }, "\(definition.name)")
            if definition.name != "offline", definition.name != "json" {
                let value = definition.defaultValue.map { "default:" + $0.filter { $0 != " " } } ?? ""
                #expect(
                    squeezed.contains("env:\(definition.environment ?? "")\(value)") || definition.environment == nil)
            }
            for alias in definition.aliases { #expect(squeezed.contains("-" + alias)) }
        }
    }

    @Test func usageFitsInto100Columns() {
        for line in Usage.render(.standard).split(separator: "\n") {
            #expect(line.count <= 100, "\(line)")
            #expect(line.last != " ")
        }
    }

    @Test func wrapping() {
        let long = String(repeating: "x", count: 75)
        #expect(Usage.wrap("", column: 30) == [])
        #expect(Usage.wrap(long, column: 30).map(\.count) == [100, 35])
        #expect(Usage.wrap("a  b " + long, column: 30).first == String(repeating: " ", count: 30) + "a  b")
    }

    @Test func everyDefinitionIsWellFormed() {
        var seen: Set<String> = []
        for owner in SettingsRegistry.standard.owners {
            // Subcommands may have flags of the same name, but none that all have.
            let prefix = owner.kind == .command ? "\(owner.name) " : ""
            for definition in owner.settings {
                for name in [definition.name] + definition.aliases {
                    #expect(!seen.contains(name) && seen.insert(prefix + name).inserted, "\(name) is there twice")
                    #expect(name.allSatisfy { $0.isLetter || $0.isNumber || "._-".contains($0) })
                }
                #expect(!definition.help.isEmpty && !definition.help.hasSuffix(".") && !definition.help.contains("\n"))
                let values = (definition.defaultValue ?? "").split(separator: definition.kind.isList ? "," : "\0")
                for value in values { #expect(definition.problem(with: String(value)) == nil, "\(definition.name)") }
                if owner.kind == .reporter || owner.kind == .uploader {
                    #expect(definition.name.hasPrefix(owner.name + "."))
                    #expect(definition.recipients == .owner)
                }
            }
        }
    }

    @Test func manualPagesAreCleanRoff() throws {
        let (version, date) = ("2.0.0", "2026-01-31")
        let page = ManPage.render(.standard, version: version, date: date)
        for name in Self.names { #expect(page.contains(Roff.escaped("-" + name)), "\(name)") }
        let file = ConfigurationManPage.render(.standard, version: version, date: date)
        for name in SettingsRegistry.standard.environmentNames.subtracting(["PORT", "STATE_DIRECTORY"]) {
            #expect(file.contains("\\fB\(name)\\fR"), "\(name)")
        }
        for page in [page, file, TemplateReference.manPage(version: version, date: date)] {
            guard let result = try Command.run("/usr/bin/groff", ["-ww", "-man", "-Tutf8", "-z"], input: page) else {
                return
            }
            #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
        }
    }

    @Test func theReferenceOfTemplatesNamesOnlyWhatThereIs() throws {
        let failure = Failure(
            id: "web.1f2e", name: "web", slave: "agent-17", framework: "marathon", state: "TASK_FAILED",
            started: Timestamp(nanoseconds: 0), finished: Timestamp(nanoseconds: 1), frameworkID: "F", agentID: "S1")
        let config = TemplateData.config { _ in nil }
        let data = TemplateData.value(failure, Evidence(stdoutURL: "", stderrURL: ""), config: config)
        let names =
            TemplateReference.values.flatMap(\.names).map { ".\($0)" }
            + TemplateReference.fields.flatMap(\.names).map { ".failure.\($0)" }
        for text in names.map({ "{{ with \($0) }}{{ end }}" }) + TemplateReference.examples {
            let template = try Template(name: "reference", text, functions: ["config"])
            #expect(throws: Never.self, "\(text)") { try template.render(data, functions: ["config": config]) }
        }
    }

    @Test func shellsAcceptTheirScripts() throws {
        let scripts = [
            ("/bin/bash", Completions.bash(.standard)), ("/usr/bin/zsh", Completions.zsh(.standard)),
            ("/usr/bin/fish", Completions.fish(.standard)),
        ]
        for (shell, script) in scripts {
            for name in Self.names { #expect(script.contains(name), "\(name)") }
            // zsh and fish are rarely there; bash is.
            guard let result = try Command.run(shell, ["-n", "/dev/stdin"], input: script) else { continue }
            #expect(result.status == 0 && result.errors.isEmpty, "\(shell): \(result.errors)")
        }
    }

    @Test(arguments: [
        ("-det", "-detect"), ("-detect = st", "stream"), ("--detect po", "poll"), ("-uploader =", "noop s3aws s3goamz"),
        ("-reporters = file,s", "file,sentry file,slack"), ("st", "status"), ("check -off", "-offline"),
        ("-default = f", "false"), ("-default -framework-al", "-framework-allow"), ("-name x", ""),
    ])
    func bashCompletes(words: String, expected: String) throws {
        let list = words.split(separator: " ").map { "'\($0)'" }.joined(separator: " ")
        let script =
            Completions.bash(.standard) + """
                COMP_WORDS=(complainer \(list)); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _complainer
                echo "${COMPREPLY[*]}"
                """
        let result = try #require(try Command.run("/bin/bash", ["--norc", "/dev/stdin"], input: script))
        #expect(result.output.trimmed == expected, "\(result.errors)")
    }
}

extension Substring {
    fileprivate var trimmedStart: Substring { drop { $0 == " " } }
}
