import Testing

@testable import Complaints

@Suite struct FlagParserTests {
    static let parser = FlagParser(SettingsRegistry.standard.definitions(command: nil))

    func values(_ arguments: String...) throws(UsageError) -> [String: [String]] {
        try Self.parser.parse(arguments).occurrences.mapValues { $0.map(\.value) }
    }

    func refusal(_ arguments: String...) -> String {
        do throws(UsageError) {
            _ = try Self.parser.parse(arguments)
            return ""
        } catch {
            return error.description
        }
    }

    @Test func allThreeForms() throws {
        #expect(
            try values("-name=a", "--masters=b", "-uploader", "c") == [
                "name": ["a"], "masters": ["b"], "uploader": ["c"],
            ])
        #expect(try values("--name", "a") == ["name": ["a"]])
        #expect(try values() == [:])
    }

    @Test func aValueMayLookLikeAFlagAndHoldEquals() throws {
        #expect(try values("-name", "-default") == ["name": ["-default"]])
        #expect(try values("-name=", "-listen==x=") == ["name": [""], "listen": ["=x="]])
        #expect(try values("-name", "") == ["name": [""]])
        #expect(try values("-name=\u{301}") == ["name": ["\u{301}"]])
    }

    @Test func booleansTakeNoSecondWord() throws {
        #expect(try values("-default", "-name=x") == ["default": ["true"], "name": ["x"]])
        #expect(try values("-default=false") == ["default": ["false"]])
        #expect(refusal("-default", "false") == #"unexpected argument "false": write -default=false"#)
        #expect(refusal("--default", "0", "-name=x") == #"unexpected argument "0": write -default=0"#)
    }

    @Test func repeatedFlagsAreKeptInOrder() throws {
        #expect(try values("-framework-allow=a", "-framework-whitelist", "b") == ["framework-whitelist": ["a", "b"]])
        #expect(try values("-name=a", "-name=b") == ["name": ["a", "b"]])
    }

    @Test func twoDashesEndTheFlags() throws {
        #expect(try values("-name=a", "--") == ["name": ["a"]])
        #expect(refusal("--", "-name=a").hasPrefix("unexpected argument 2"))
    }

    @Test(arguments: ["-=x", "---x", "--=x", "---", "-=", "----"])
    func badSyntax(argument: String) {
        #expect(refusal(argument) == "bad flag syntax in argument 1: write -name=value")
    }

    @Test func aFlagWithoutItsValue() {
        #expect(refusal("-name=a", "-masters") == "flag -masters needs a value: write -masters=URL,…")
    }

    @Test func unknownFlagsNameTheNearest() {
        #expect(refusal("-master=http://x") == "unknown flag -master: did you mean -masters?")
        #expect(refusal("-slack-hook-url", "x") == "unknown flag -slack-hook-url: did you mean -slack.hook_url?")
        #expect(refusal("-uplaoder=noop") == "unknown flag -uplaoder: did you mean -uploader?")
        #expect(refusal("-zzzzzzzz") == "unknown flag -zzzzzzzz: -h lists all")
        #expect(refusal("-offline").hasPrefix("unknown flag -offline"))
    }

    @Test func aMistypedCommandIsRecognised() {
        let registry = SettingsRegistry.standard
        let parser = FlagParser(registry.definitions(command: nil), commands: registry.commands.map(\.name))
        func refusal(_ arguments: String...) -> String {
            do throws(UsageError) {
                _ = try parser.parse(arguments)
                return "none"
            } catch {
                return error.description
            }
        }
        #expect(refusal("chekc", "-name=x") == "unknown command chekc: did you mean check?")
        #expect(refusal("test-reprot") == "unknown command test-reprot: did you mean test-report?")
        #expect(refusal("version1") == "unknown command version1: did you mean version?")
        #expect(refusal("-name=x", "chekc").hasPrefix("unexpected argument 2"), "only the first word is a command")
        #expect(refusal("s3cr3t").hasPrefix("unexpected argument 1"))
    }

    @Test(arguments: ["-h", "-help", "--help", "--h", "-help=x"])
    func help(argument: String) {
        #expect(throws: UsageError.help) { try Self.parser.parse(["-name=x", argument, "-nonsense"]) }
        #expect(UsageError.help.exitCode == 0)
    }

    @Test func argumentsThatMayBePasswordsAreNotRepeated() {
        #expect(refusal("-slack.hook_url=", "https://hooks.example.com/s3cr3t").contains("s3cr3t") == false)
        #expect(refusal("-slack.hookurl=https://hooks.example.com/s3cr3t").contains("s3cr3t") == false)
        #expect(refusal("---jira.password=s3cr3t").contains("s3cr3t") == false)
        #expect(
            refusal("-") == "unexpected argument 1, which is not a flag: write flags as -name=value, without spaces")
        #expect(refusal("masters=x").hasPrefix("unexpected argument 1"))
        #expect(refusal("masters", "x") == #"unexpected argument "masters": write -masters, with the dash"#)
    }
}
