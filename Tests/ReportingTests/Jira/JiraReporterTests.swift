import Complaints
import Foundation
import Testing

@testable import Reporting

@Suite struct JiraReporterTests {
    static let fields =
        "Project:OPS;Issue Type:bug;Summary:Task {{ .failure.Name }} died with status {{ .failure.State }};"
        + "Description:at http://x:1/ {{ .failure.ID }};Component/s:billing, Scheduler"

    static func reporter(
        _ jira: FakeJira, fields: String = fields, password: String = "s3cr3t-pass", time: FakeTime = FakeTime(),
        timeout: Duration = ServiceClient.timeout
    ) throws -> JiraReporter {
        try JiraReporter(
            settings("jira", ["url": jira.url, "username": "bot", "password": password, "fields": fields]),
            client: ServiceClient(timeout: timeout, time: time.time))
    }

    private static let versions: [FakeJira.Version] = [.old, .new, .cloud]

    @Test(arguments: versions, [FakeJira.Login.basic, .session])
    func anIssueIsMadeOnce(version: FakeJira.Version, login: FakeJira.Login) async throws {
        let jira = try FakeJira(version, login: login)
        defer { jira.stop() }
        let reporter = try Self.reporter(jira)
        #expect(await reporter.refreshForm() == .seconds(3600))
        #expect(try await reporter.deliver(.sample("jira")) == .delivered)
        #expect(try await reporter.deliver(.sample("jira") { $0.failure.id = "web.2" }) == .delivered)
        #expect(jira.issues.map(\.summary) == ["Task web died with status TASK_FAILED"])
        let sent = try #require(jira.created.first)
        #expect(sent["project"] as? [String: String] == ["key": "OPS"])
        #expect(sent["issuetype"] as? [String: String] == ["name": "Bug"])
        #expect(sent["description"] as? String == "at http://x:1/ web.1", "a value may hold a colon")
        #expect(sent["components"] as? [[String: String]] == [["name": "Billing"], ["name": "Scheduler"]])
        #expect(sent.count == 5)
        #expect(jira.logins == (login == .session ? 1 : 0))
        #expect(jira.paths.allSatisfy { $0.hasPrefix("/tools/jira/rest/") }, "below the path of the URL")
    }

    @Test(arguments: versions)
    func anOpenIssueIsEnough(version: FakeJira.Version) async throws {
        // The search is for text: these four are found too, and fill two pages.
        let near = (1...4).map {
            FakeJira.Issue(key: "OPS-\($0)", summary: "Task web died with status TASK_FAILED again \($0)")
        }
        let same = FakeJira.Issue(key: "OPS-5", summary: "Task web died with  status TASK_FAILED")
        let jira = try FakeJira(version, issues: near + [same])
        defer { jira.stop() }
        // Two spaces are Jira's own doing; its search would find it, so does ours.
        jira.change { $0.issues[4].summary = "Task web died with status TASK_FAILED" }
        #expect(try await Self.reporter(jira).deliver(.sample("jira")) == .delivered)
        #expect(jira.issues.count == 5)
        jira.change { $0.issues[4].status = "Closed" }
        #expect(try await Self.reporter(jira).deliver(.sample("jira")) == .delivered)
        #expect(jira.issues.count == 6, "a closed one is not")
    }

    @Test(arguments: [
        #"a "quoted" name"#, #"C:\temp\"#, "ends with \"", #"\""#, "über + - && || ! ( ) { } [ ] ^ ~ * ?",
    ])
    func namesWithQuotesAndBackslashesAreFoundAgain(name: String) async throws {
        let jira = try FakeJira()
        defer { jira.stop() }
        for time in [FakeTime(), FakeTime()] {
            #expect(
                try await Self.reporter(jira, time: time).deliver(.sample("jira") { $0.failure.name = name })
                    == .delivered)
        }
        #expect(jira.issues.map(\.summary) == ["Task \(name) died with status TASK_FAILED"])
    }

    @Test func summariesAreOneLineThatJiraTakes() async throws {
        let jira = try FakeJira()
        defer { jira.stop() }
        for _ in 0..<2 {
            let report = Report.sample("jira") { $0.failure.name = "a\r\nb\u{7}" + String(repeating: "ü", count: 400) }
            #expect(try await Self.reporter(jira).deliver(report) == .delivered)
        }
        let summary = try #require(jira.issues.first?.summary)
        #expect(jira.issues.count == 1 && summary.hasPrefix("Task a büü") && summary.unicodeScalars.count == 254)
    }

    @Test func failuresReportedTogetherAreInTheIssueThatIsOpen() async throws {
        let jira = try FakeJira(issues: [.init(key: "OPS-1", summary: "Task web died with status TASK_FAILED")])
        defer { jira.stop() }
        let moment = Timestamp(nanoseconds: 1_795_255_200_000_000_000)
        func report(_ name: String) -> Report {
            .sample("jira") { delivery in
                delivery.failure.name = name
                delivery.held = HeldFailures(count: 120, first: moment, last: moment, seconds: 60)
            }
        }
        let reporter = try Self.reporter(jira)
        #expect(try await reporter.deliver(report("web")) == .delivered)
        #expect(jira.issues.count == 1)
        #expect(try await reporter.deliver(report("api")) == .delivered)
        #expect((jira.created.first?["description"] as? String)?.contains("120") == true)
        #expect(jira.created.first?["project"] as? [String: String] == ["key": "OPS"])
    }

    @Test func theQueryIsTheOriginals() {
        #expect(
            JiraQuery.open(#"a "b" \c"#, project: "OPS", closed: "Won't \"fix\"")
                == #"summary ~ "\"a \\\"b\\\" \\\\c\"" AND project = "OPS" AND status != "Won't \"fix\"""#)
    }

    // MARK: No second issue

    @Test(arguments: [FakeJira.Fault.lostAnswer, .refusedAfter(502)])
    func aCreateWhoseAnswerWasLostIsFound(fault: FakeJira.Fault) async throws {
        let jira = try FakeJira()
        defer { jira.stop() }
        jira.change { $0.faults = [fault] }
        let time = FakeTime()
        let reporter = try Self.reporter(jira, time: time)
        let error = await refusal(of: .sample("jira"), by: reporter)
        #expect(error?.isPermanent == false && error?.retryAfter == 15)
        time.advance(.seconds(15))
        #expect(try await reporter.deliver(.sample("jira") { $0.attempt = 2 }) == .delivered)
        #expect(jira.issues.count == 1)
    }

    @Test func failuresAtOnceWithOneSummaryMakeOneIssue() async throws {
        let jira = try FakeJira(.cloud)
        defer { jira.stop() }
        // As on Cloud, where an issue is found only some seconds after it was made.
        jira.change { $0.isSearchBlind = true }
        let reporter = try Self.reporter(jira)
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<8 {
                group.addTask {
                    _ = try? await reporter.deliver(.sample("jira") { $0.failure.id = "web.\(number)" })
                }
            }
        }
        #expect(jira.issues.count == 1)
    }

    // MARK: Fields

    @Test(arguments: [
        ("Foo:x", "no field \"Foo\""), ("Priority:Medium", "none of \"High\", \"Low\""),
        ("Team:Mobile", "none of \"Web\""), ("Labels:x", "wants \"Component/s\""),
    ])
    func fieldsThatDoNotFitAreRefused(more: String, words: String) async throws {
        let jira = try FakeJira(.new)
        defer { jira.stop() }
        let base = "Project:OPS;Issue Type:Bug;Summary:s;\(more)"
        let fields = more.hasPrefix("Labels") ? base : base + ";Component/s:Billing"
        let error = await refusal(of: .sample("jira"), by: try Self.reporter(jira, fields: fields))
        #expect(error?.isPermanent == true && error?.reason.contains(words) == true, "\(error?.reason ?? "")")
        #expect(jira.issues.isEmpty)
    }

    @Test(arguments: versions)
    func aFormThatChangedIsReadAgain(version: FakeJira.Version) async throws {
        let jira = try FakeJira(version)
        defer { jira.stop() }
        let time = FakeTime()
        let fields = Self.fields + ";Severity:{{ .failure.State }}"
        let reporter = try Self.reporter(jira, fields: fields, time: time)
        let report = Report.sample("jira")
        #expect(await refusal(of: report, by: reporter)?.reason.contains("no field \"Severity\"") == true)
        jira.change { $0.fields["customfield_1"] = #"{"name":"Severity","schema":{"type":"string"}}"# }
        time.advance(.seconds(61))
        #expect(try await reporter.deliver(report) == .delivered)
        #expect(jira.created.first?["customfield_1"] as? String == "TASK_FAILED")
    }

    @Test func labelsWin() async throws {
        let jira = try FakeJira(.cloud, issues: [.init(key: "OPS-1", summary: "own web", status: "Done")])
        defer { jira.stop() }
        let labels = [
            "complainer_jira_instance_ops_url": jira.url, "complainer_jira_instance_ops_username": "bot",
            "complainer_jira_instance_ops_password": "s3cr3t-pass",
            "complainer_jira_instance_ops_issue_closed_status": "Done",
            "complainer_jira_instance_ops_fields":
                "Project:OPS;Issue Type:Bug;Summary:own {{ .failure.Name }};components:Billing;"
                + "Assignee:5b10;Labels:mesos, {{ .failure.Framework }} x;Team:web;Priority:low",
        ]
        let other = try JiraReporter(
            settings("jira", ["url": "http://127.0.0.1:1", "username": "x", "password": "y"]),
            client: ServiceClient(time: FakeTime().time))
        #expect(try await other.deliver(.sample("jira", labels: labels, instance: "ops")) == .delivered)
        let sent = try #require(jira.created.first)
        #expect(sent["summary"] as? String == "own web")
        #expect(sent["assignee"] as? [String: String] == ["accountId": "5b10"], "as on Cloud")
        #expect(sent["labels"] as? [String] == ["mesos", "marathon", "x"])
        #expect(sent["customfield_10010"] as? [String: String] == ["value": "Web"])
        #expect(sent["priority"] as? [String: String] == ["name": "Low"])
    }

    @Test(arguments: [
        ("Project:OPS", "lack \"Issue Type\""), ("nonsense", "has no \":\""),
        ("Project:OPS;Issue Type:Bug;Summary:{{ .x", "label fields, Summary"),
        ("Project:OPS;Issue Type:Bug;Summary:{{ nil.x }}", "label fields, Summary"),
        ("Project:OPS;Issue Type:Bug;Summary: ", "Summary of the issue is empty"),
        ("Project:NOPE;Issue Type:Bug;Summary:x", "no project \"NOPE\""),
        ("Project:OPS;Issue Type:Incident;Summary:x", "no issue type \"Incident\", only \"Task\", \"Bug\""),
    ])
    func labelsThatAreWrongAreRefused(fields: String, words: String) async throws {
        let jira = try FakeJira()
        defer { jira.stop() }
        let error = await refusal(
            of: .sample("jira", labels: ["complainer_jira_fields": fields]), by: try Self.reporter(jira))
        #expect(error?.isPermanent == true && error?.reason.contains(words) == true, "\(error?.reason ?? "")")
    }

    // MARK: Trouble

    @Test func aJiraThatIsDownAtTheStartStopsNothing() async throws {
        let jira = try FakeJira()
        defer { jira.stop() }
        jira.change { $0.outage = .status(503, [], "starting") }
        let time = FakeTime()
        let reporter = try Self.reporter(jira, time: time)
        #expect(await reporter.refreshForm() == .seconds(30))
        let error = await refusal(of: .sample("jira"), by: reporter)
        #expect(error?.isPermanent == false && error?.reason == "Jira answered 503: starting")
        jira.change { $0.outage = nil }
        #expect(await reporter.refreshForm() == .seconds(3600))
        #expect(try await reporter.deliver(.sample("jira")) == .delivered)
    }

    @Test func aSessionThatIsOverIsRenewed() async throws {
        let jira = try FakeJira(.new, login: .session)
        defer { jira.stop() }
        let reporter = try Self.reporter(jira)
        _ = try await reporter.deliver(.sample("jira"))
        jira.change { $0.sessions = [] }
        #expect(try await reporter.deliver(.sample("jira") { $0.failure.name = "api" }) == .delivered)
        #expect(jira.logins == 2 && jira.issues.count == 2)
        #expect(jira.requests.filter { $0.header("Authorization") != nil }.count == 1, "basic is not tried again")
    }

    /// The one that found out is lost; those behind it are not, and do not make Jira lock the user out.
    @Test(arguments: [FakeJira.Login.basic, .session])
    func aWrongPasswordIsPermanentAndNotShownAndNotTriedAllTheTime(login: FakeJira.Login) async throws {
        let jira = try FakeJira(login: login)
        defer { jira.stop() }
        let time = FakeTime()
        let reporter = try Self.reporter(jira, password: "s3cr3t-wrong", time: time)
        for _ in 0..<2 {
            let seen = jira.requests.count
            let error = await refusal(of: .sample("jira"), by: reporter)
            #expect(error?.isPermanent == true && error?.reason.contains("answered 401") == true)
            #expect(error?.reason.contains("s3cr3t") == false)
            #expect(jira.requests.count == seen + 2)
            let behind = await refusal(of: .sample("jira"), by: reporter)
            #expect(behind?.isPermanent == false && behind?.retryAfter == 60)
            #expect(jira.requests.count == seen + 2)
            time.advance(.seconds(60))
        }
        #expect(await reporter.refreshForm() == .seconds(600))
    }

    @Test func whatJiraRefusesIsToldInItsWords() async throws {
        let jira = try FakeJira()
        defer { jira.stop() }
        jira.change { $0.faults = [.refusedBefore(400)] }
        let error = await refusal(of: .sample("jira"), by: try Self.reporter(jira))
        #expect(error == DeliveryError("Jira answered 400: a: b; priority: Low is no more", isPermanent: true))
    }

    @Test(arguments: [
        "", "[]", "{}", #"{"issues":7}"#, "<html>log in</html>", "\u{0}", #"{"issues":[{"key":null}]}"#,
        String(repeating: "[", count: 100_000),
    ])
    func answersThatAreNotJirasAreTransient(body: String) async throws {
        let service = try FakeService(.status(200, [], body))
        defer { service.stop() }
        let reporter = try JiraReporter(
            settings("jira", ["url": service.url, "username": "u", "password": "p", "fields": Self.fields]))
        let error = await refusal(of: .sample("jira"), by: reporter)
        #expect(error?.isPermanent == false && error?.reason.contains("see that the URL is right") == true)
    }

    @Test func withoutItsSettingsItIsSilent() async throws {
        #expect(try await JiraReporter(settings("jira")).deliver(.sample("jira")) == .notConfigured("url"))
    }

    /// What Jira, or what stands before it, may answer to each of the three requests: the search, the form, the issue.
    @Test(
        arguments: [
            (400, true), (403, true), (404, true), (410, true), (413, true), (301, true), (308, true), (500, false),
            (502, false), (503, false), (504, false), (408, false), (429, false), (302, false),
        ], ["search", "createmeta", "issue"])
    func outcomes(outcome: (status: Int, isPermanent: Bool), request: String) async throws {
        let service = try FakeService { sent in
            let target = sent.line.split(separator: " ")[1]
            let isIt =
                switch request {
                case "search": target.contains("/search")
                case "createmeta": target.contains("/createmeta")
                default: sent.line.hasPrefix("POST")
                }
            if isIt { return .status(outcome.status, ["Retry-After: 17", "Location: http://127.0.0.1:1/"], "no ") }
            if target.contains("/search") { return .status(200, [], #"{"issues":[]}"#) }
            return .status(
                200, [], #"{"projects":[{"key":"OPS","issuetypes":[{"id":"1","name":"Bug","fields":{}}]}]}"#)
        }
        defer { service.stop() }
        let time = FakeTime()
        let reporter = try JiraReporter(
            settings(
                "jira",
                [
                    "url": service.url, "username": "u", "password": "s3cr3t",
                    "fields": "Project:OPS;Issue Type:Bug;Summary:x",
                ]), client: ServiceClient(time: time.time))
        let error = await refusal(of: .sample("jira"), by: reporter)
        #expect(error?.isPermanent == outcome.isPermanent, "\(error?.reason ?? "")")
        #expect(error?.retryAfter == (outcome.isPermanent ? nil : 17))
        #expect(
            error?.reason.contains("answered \(outcome.status)") == true && error?.reason.contains("s3cr3t") == false)
        guard !outcome.isPermanent else { return }
        let sent = service.requests.count
        #expect(await refusal(of: .sample("jira"), by: reporter)?.retryAfter == 17)
        #expect(service.requests.count == sent, "nothing is sent before that")
    }

    @Test func noAnswerIsTransient() async throws {
        let answers: [FakeService.Answer] = [
            .close, .raw("HTTP/1.1 2"), .raw("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"issues\":["), .silence,
            .status(200, [], String(repeating: " ", count: 40 << 20)),
        ]
        for answer in answers {
            let service = try FakeService(answer)
            defer { service.stop() }
            let values = ["url": service.url, "username": "u", "password": "p", "fields": Self.fields]
            let reporter = try JiraReporter(
                settings("jira", values), client: ServiceClient(timeout: .seconds(answer.isSilence ? 1 : 30)))
            let error = await refusal(of: .sample("jira"), by: reporter)
            #expect(error?.isPermanent == false, "\(error?.reason ?? "")")
        }
    }
}

extension FakeService.Answer {
    fileprivate var isSilence: Bool {
        if case .silence = self { true } else { false }
    }
}
