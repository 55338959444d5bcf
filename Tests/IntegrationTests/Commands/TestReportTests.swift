import Foundation
import Testing

/// `complainer test-report`: does my hook work?
@Suite(.serialized)
struct TestReportTests {
    @Test func aMarkedReportGoesToEveryInstanceAndNothingIsLeftBehind() async throws {
        let hook = try FakeHook()
        defer { hook.stop() }
        let folder = try Scratch.folder("test-report")
        let state = folder.appending(path: "state")
        let temporary = folder.appending(path: "tmp")
        try FileManager.default.createDirectory(at: temporary, withIntermediateDirectories: false)
        let run = try await CommandRun(
            [
                "test-report", "-reporters", "slack,file", "-file.name", "-", "-state", state.path,
                "-listen", "127.0.0.1:1", "-label", "complainer_slack_instances=default,ops", "-label",
                "complainer_slack_instance_ops_hook_url=\(hook.url)/ops", "-label", "team=web",
            ], environment: ["SLACK_HOOK_URL": "\(hook.url)/hook", "TMPDIR": temporary.path])
        #expect(run.status == 0, "\(run)")
        for line in ["slack/default: delivered", "slack/ops: delivered", "file/default: delivered"] {
            #expect(run.out.split(separator: "\n").contains { $0 == line }, "\(run.out)")
        }
        #expect(run.out.contains("[test] Task complainer-test (complainer-test."))
        #expect(run.error.isEmpty, "\(run.error)")
        for path in ["/hook", "/ops"] {
            let text = try #require(hook.requests(path).first?.json()["text"] as? String)
            #expect(text.hasPrefix("[test] Task complainer-test (complainer-test."))
            #expect(hook.requests(path).count == 1)
        }
        #expect(!FileManager.default.fileExists(atPath: state.path), "the real ledger is not touched")
        #expect(try FileManager.default.contentsOfDirectory(atPath: temporary.path).isEmpty)
    }

    @Test func aRefusalIsToldAtOnce() async throws {
        let hook = try FakeHook { _ in .status(404, "no_service") }
        defer { hook.stop() }
        let run = try await CommandRun([
            "test-report", "-reporter", "slack", "-slack.hook_url", hook.url + "/secret-path",
        ])
        #expect(run.status == 1)
        #expect(run.out.hasSuffix("slack/default: FAILED: Slack answered 404: no_service\n"), "\(run.out)")
    }

    @Test func aServiceThatComesBackIsWaitedForAndOneThatDoesNotIsGivenUp() async throws {
        let flaky = try FakeHook { _ in .status(503, "busy") }
        defer { flaky.stop() }
        let first = Task {
            try await CommandRun(["test-report", "-reporter", "webhook", "-webhook.url", flaky.url, "-timeout", "60s"])
        }
        try await waitUntil("a first try") { !flaky.server.requests.isEmpty }
        flaky.server.behave { _ in .status(204) }
        let run = try await first.value
        #expect(run.status == 0 && run.out.hasSuffix("webhook/default: delivered\n"), "\(run)")
        #expect(run.out.contains("webhook/default: not delivered yet, trying again (after try 1): "))
        #expect(try flaky.server.requests.last?.json()["test"] as? Bool == true)

        flaky.server.behave { _ in .status(503, "busy") }
        let clock = ContinuousClock()
        let begin = clock.now
        let given = try await CommandRun([
            "test-report", "-reporter", "webhook", "-webhook.url", flaky.url, "-timeout", "2s",
        ])
        #expect(given.status == 1)
        #expect(given.out.contains("webhook/default: FAILED: not delivered within 2 s: the webhook answered 503"))
        #expect(begin.duration(to: clock.now) < .seconds(30))
    }

    @Test func aReporterThatCrashesIsTold() async throws {
        let run = try await CommandRun(
            ["test-report", "-reporter", "file", "-file.name", "-"],
            environment: ["COMPLAINER_FAULT": "reporter/file:segv-on-delivery"])
        #expect(run.status == 1)
        #expect(run.out.contains("file/default: FAILED: the reporter/file died with it in its hands"), "\(run)")
    }

    @Test func credentialsAreSeenAsByTheService() async throws {
        let hook = try FakeHook()
        defer { hook.stop() }
        let credentials = try Scratch.folder("credentials")
        try "\(hook.url)/credential\n".write(
            to: credentials.appending(path: "slack.hook_url"), atomically: true, encoding: .utf8)
        let flags = ["test-report", "-reporter", "slack"]
        let service = try await CommandRun(flags, environment: ["CREDENTIALS_DIRECTORY": credentials.path])
        #expect(service.status == 0, "\(service)")
        let operators = try await CommandRun(
            flags + ["-credentials", credentials.path], environment: ["SLACK_HOOK_URL": "\(hook.url)/other"])
        #expect(operators.status == 0, "\(operators)")
        #expect(hook.requests("/credential").count == 2 && hook.server.requests.count == 2)
        let missing = try await CommandRun(flags + ["-credentials", credentials.path + "/nowhere"])
        #expect(missing.status == 1 && missing.error.contains("-credentials: there is no directory"), "\(missing)")
    }

    @Test(.enabled(if: CephGateway.isWanted, "a Ceph gateway needs the packages radosgw, ceph-mon, ceph-osd"))
    func sampleLogsAreSavedAndLinkedTo() async throws {
        let hook = try FakeHook()
        defer { hook.stop() }
        try await CephGateway.run { gateway in
            func run(_ secret: String) async throws -> CommandRun {
                try await CommandRun(
                    ["test-report", "-uploader", "s3goamz", "-reporter", "slack", "-slack.hook_url", hook.url],
                    environment: [
                        "S3_ACCESS_KEY": gateway.credentials.accessKey, "S3_SECRET_KEY": secret,
                        "S3_BUCKET": gateway.bucket, "S3_ENDPOINT": gateway.endpoint,
                    ])
            }
            let good = try await run(gateway.credentials.secretKey)
            #expect(good.status == 0 && good.out.contains("\nlogs: saved, \(gateway.endpoint)"), "\(good)")
            let text = try #require(hook.server.requests.first?.json()["text"] as? String)
            let link = try #require(text.firstMatch(of: /<([^|>]*)\|stderr>/)?.1)
            let log = try await HTTPGet.text(String(link).replacing("&amp;", with: "&"))
            #expect(log == "[test] this stands where the stderr of a failed task would be\n")
            let bad = try await run("wrongsecret")
            #expect(bad.status == 1 && bad.out.contains("\nlogs: FAILED: "), "\(bad)")
            #expect(bad.out.contains("slack/default: delivered") && !bad.out.contains("wrongsecret"), "\(bad)")
        }
    }

    @Test(
        arguments: [
            ([], 2, "give -reporter, -reporters, or"), (["-reporter", "fax"], 2, "there is no reporter \"fax\""),
            (["-reporter", "slack"], 1, "slack/default: FAILED: hook_url is not set"),
            (["-reporter", "file", "-label", "x"], 1, "\"x\" is not KEY=VALUE"),
            (["-reporter", "file", "-default=false"], 1, "no reporter has an instance for such a task"),
            (["-reporter", "file", "-timeout", "0s"], 2, "timeout"),
            (["-reporter", "file", "-file.format", "{{ .x"], 1, "file.format"),
        ] as [([String], Int32, String)])
    func whatCannotWorkIsToldInOneLine(flags: [String], status: Int32, words: String) async throws {
        let run = try await CommandRun(["test-report"] + flags)
        #expect(run.status == status, "\(run)")
        #expect((run.out + run.error).contains(words), "\(run)")
    }
}
