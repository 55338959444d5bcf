import Foundation
import Testing

/// `complainer check` asks the services that can be asked.
@Suite(.serialized)
struct CheckCommandTests {
    private func check(_ flags: [String], _ environment: [String: String] = [:]) async throws -> CommandRun {
        let master = try FakeMaster(.status(200))
        defer { master.stop() }
        return try await CommandRun(
            ["check", "-masters", master.url, "-uploader", "noop"] + flags, environment: environment)
    }

    // MARK: Jira

    private static let form = """
        {"projects":[{"key":"OPS","issuetypes":[{"id":"1","name":"Bug","fields":{
        "summary":{"required":true,"name":"Summary","schema":{"type":"string","system":"summary"}},
        "components":{"required":true,"name":"Component/s","schema":{"type":"array","items":"component"}}}}]}]}
        """

    /// Takes one password, has one project with one form, and keeps count of what is not only read.
    private func jira() throws -> FakeMaster {
        let basic = "Basic " + Data("bot:jirasecret".utf8).base64EncodedString()
        return try FakeMaster { request in
            guard request.path.hasPrefix("/jira/rest/") else { return .status(404, "no Jira here") }
            guard request.header("Authorization") == basic else { return .status(401) }
            switch request.path {
            case "/jira/rest/api/2/myself": return .json("{}")
            case "/jira/rest/api/2/issue/createmeta": return .json(Self.form)
            default: return .status(404)
            }
        }
    }

    @Test(
        arguments: [
            ("Component/s:Billing", "jirasecret", "/jira", nil),
            ("Component/s:Billing", "wrongsecret", "/jira", "error: jira.username: "),
            ("Component/s:Billing", "jirasecret", "", "error: jira.url: "),
            ("Componet:Billing", "jirasecret", "/jira", "error: jira.fields: there is no field \"Componet\""),
            ("Description:x", "jirasecret", "/jira", "error: jira.fields: there is no field \"Description\""),
        ] as [(String, String, String, String?)])
    func jiraIsAskedForTheForm(field: String, password: String, path: String, finding: String?) async throws {
        let jira = try jira()
        defer { jira.stop() }
        let run = try await check(
            ["-reporters", "jira"],
            [
                "JIRA_URL": jira.url + path, "JIRA_USERNAME": "bot", "JIRA_PASSWORD": password,
                "JIRA_FIELDS": "Project:OPS;Issue Type:Bug;Summary:{{ .failure.Name }};\(field)",
            ])
        #expect(run.status == (finding == nil ? 0 : 1), "\(run)")
        #expect(run.out.hasPrefix(finding ?? "the configuration is good\n"), "\(run.out)")
        #expect(findings(run).count == 1 && !run.out.contains(password))
        #expect(jira.requests.allSatisfy { $0.method == "GET" || $0.path == "/jira/rest/auth/1/session" })
        #expect(!jira.requests.isEmpty)
    }

    /// The lines but for the one that tells where labels may send reports.
    private func findings(_ run: CommandRun) -> [Substring] {
        run.out.split(separator: "\n").filter { !$0.hasPrefix("-labels.destinations=") }
    }

    @Test func whereTheProjectDependsOnTheFailureTheLoginIsChecked() async throws {
        let jira = try jira()
        defer { jira.stop() }
        func run(_ password: String) async throws -> CommandRun {
            try await check(
                ["-reporters", "jira"],
                [
                    "JIRA_URL": "\(jira.url)/jira", "JIRA_USERNAME": "bot", "JIRA_PASSWORD": password,
                    "JIRA_FIELDS": "Project:{{ .failure.Framework }};Issue Type:Bug;Summary:{{ .failure.Name }}",
                ])
        }
        #expect(try await run("jirasecret").status == 0)
        let refused = try await run("wrong")
        #expect(refused.status == 1 && refused.out.hasPrefix("error: jira.username: "), "\(refused.out)")
    }

    @Test func aServiceThatIsNotThereIsToldByItsSetting() async throws {
        let port = try FreePort.find()
        let run = try await check(
            ["-reporters", "jira,email"],
            [
                "JIRA_URL": "http://127.0.0.1:\(port)", "JIRA_USERNAME": "bot", "JIRA_PASSWORD": "pass",
                "EMAIL_URL": "smtp://127.0.0.1:\(port)", "EMAIL_FROM": "a@example.com", "EMAIL_TO": "b@example.com",
            ])
        let lines = findings(run)
        #expect(run.status == 1 && lines.count == 2, "\(run.out)")
        for (line, setting) in zip(lines, ["jira.url", "email.url"]) {
            #expect(line.hasPrefix("error: \(setting): ") && line.contains("connection refused"), "\(line)")
        }
        let offline = try await check(
            ["-reporters", "email", "-offline"],
            ["EMAIL_URL": "smtp://127.0.0.1:\(port)", "EMAIL_FROM": "a@example.com", "EMAIL_TO": "b@example.com"])
        #expect(offline.status == 0, "\(offline.out)")
    }

    // MARK: The mail server

    @Test(.enabled(if: PythonKit.isWanted, "a mail server needs Tests/Support/python/setup.sh"))
    func theMailServerIsVisitedWithoutAMail() async throws {
        let certificate = try await SMTPSink.Certificate(in: Scratch.folder("cert"))
        let options = ["--tls", "starttls", "--login", "bot:mailsecret"]
        try await SMTPSink.run(options, certificate: certificate) { sink in
            func run(_ changes: [String: String]) async throws -> CommandRun {
                let environment = [
                    "EMAIL_URL": "smtp://localhost:\(sink.port)", "EMAIL_FROM": "a@example.com",
                    "EMAIL_TO": "b@example.com", "EMAIL_USERNAME": "bot", "EMAIL_PASSWORD": "mailsecret",
                    "EMAIL_CA_FILE": certificate.certificate.path,
                ]
                return try await check(["-reporters", "email"], environment.merging(changes) { $1 })
            }
            let good = try await run([:])
            #expect(
                good.status == 0 && good.out.hasPrefix("the configuration is good\n-labels.destinations=any: "),
                "\(good)")
            let wrong = try await run(["EMAIL_PASSWORD": "othersecret"])
            #expect(wrong.status == 1 && wrong.out.hasPrefix("error: email.username: "), "\(wrong)")
            #expect(wrong.out.contains("535") && !wrong.out.contains("othersecret"))
            let untrusted = try await run(["EMAIL_CA_FILE": ""])
            #expect(untrusted.status == 1 && untrusted.out.contains("TLS: "), "\(untrusted)")
            #expect(untrusted.out.contains("email.ca_file"))
            #expect(try sink.mails.isEmpty)
        }
        try await SMTPSink.run { sink in
            let run = try await check(
                ["-reporters", "email"],
                [
                    "EMAIL_URL": "smtp://127.0.0.1:\(sink.port)", "EMAIL_FROM": "a@example.com",
                    "EMAIL_TO": "b@example.com", "EMAIL_TLS": "required",
                ])
            #expect(run.status == 1 && run.out.hasPrefix("error: email.tls: "), "\(run)")
            #expect(try sink.mails.isEmpty)
        }
    }
}
