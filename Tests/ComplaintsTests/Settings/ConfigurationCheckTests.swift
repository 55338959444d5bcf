import FoundationEssentials
import Testing

@testable import Complaints

@Suite struct ConfigurationCheckTests {
    static let folder = Support.folder + "broken-configurations/"

    static var files: [String] {
        get throws {
            try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".conf") }.sorted()
        }
    }

    /// Every line that an operator would see.
    static func lines(_ path: String) throws -> [String] {
        do throws(UsageError) {
            let configuration = try Configuration.resolve(
                arguments: ["-config=\(path)"], environment: [:], registry: .standard
            ) { path in
                Array(try Data(contentsOf: URL(filePath: path)))
            }
            return ConfigurationCheck.offline(configuration).map(\.description)
        } catch {
            return [error.description]
        }
    }

    @Test func thereAreEnoughOfThem() throws {
        #expect(try Self.files.count >= 30)
    }

    /// The first line of each file is what the one line must say.
    @Test(arguments: try files)
    func aBrokenConfigurationGetsOneClearLine(file: String) throws {
        let bytes = try Data(contentsOf: URL(filePath: Self.folder + file))
        let comment = String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
        let expected = comment.dropFirst(2)
        let lines = try Self.lines(Self.folder + file)
        #expect(lines.count == 1)
        let line = try #require(lines.first)
        #expect(line.contains(expected))
        #expect(line.count < 500 && !line.contains("\n"))
        for secret in ["example-secret", "example-password", "example-token", "secret-of-the-hook"] {
            #expect(!line.contains(secret))
        }
    }

    @Test func aGoodConfigurationHasNoFindings() throws {
        let good = "COMPLAINER_MASTERS=m:5050\nCOMPLAINER_UPLOADER=noop\nCOMPLAINER_REPORTERS=\"file\"\n"
        let configuration = try resolve(["-config=/f"], files: ["/f": good])
        #expect(ConfigurationCheck.offline(configuration) == [])
    }

    @Test func findingsTellWhereTheValueCameFrom() throws {
        let configuration = try resolve(
            ["-masters=m:1", "-uploader=noop", "-reporters=sentry"], environment: ["SENTRY_DSN": "https://h/x"])
        #expect(
            ConfigurationCheck.offline(configuration).map(\.description) == [
                "error: sentry.dsn (environment variable SENTRY_DSN): there is no key before \"@\"; "
                    + "copy the DSN from the project's settings: https://KEY@host/PROJECT"
            ])
    }

    @Test func templatesAreCheckedWhereTheyAreUsed() throws {
        let jira = ["-jira.url=http://j", "-jira.username=u", "-jira.password=p"]
        let configuration = try resolve(
            ["-masters=m:1", "-uploader=noop", "-reporters=file,jira", "-file.format={{", "-slack.format={{"] + jira
                + ["-jira.fields=Project:P;Issue Type:Bug;Summary:{{"])
        let findings = ConfigurationCheck.offline(configuration) { $0 == "{{" ? "1:3: unclosed action" : nil }
        #expect(
            findings.map(\.description) == [
                "error: jira.fields (flag -jira.fields): the template of \"Summary\" is wrong: 1:3: unclosed action; "
                    + "see Go's text/template",
                "error: file.format (flag -file.format): the template is wrong: 1:3: unclosed action; "
                    + "see Go's text/template",
            ])
    }

    @Test func settingsOfOthersAreLeftAlone() throws {
        let configuration = try resolve(needed + ["-sentry.dsn=https://nothing/x", "-s3aws.bucket=s3://x"])
        #expect(ConfigurationCheck.offline(configuration) == [])
    }

    @Test func aMailServerWantsNoPasswordButMailsWantAnAddress() throws {
        let mail = ["-masters=m:1", "-uploader=noop", "-reporters=email", "-email.url=smtp://mail"]
        let silent = ConfigurationCheck.offline(try resolve(mail + ["-email.from=c@example.com"]))
        #expect(
            silent.map(\.description) == [
                "warning: email.to: email reports only failures of tasks whose labels give this; "
                    + "set -email.to or EMAIL_TO, unless that is what you want"
            ])
        let whole = ["-email.from=c@example.com", "-email.to=ops@example.com, Dev <dev@example.com>"]
        #expect(ConfigurationCheck.offline(try resolve(mail + whole)) == [])
        let broken = ConfigurationCheck.offline(try resolve(mail + ["-email.from=c", "-email.to=ops@example.com"]))
        #expect(broken.first?.setting == "email.from" && broken.first?.severity == .error)
    }
}
