import Foundation
import Testing

/// The reporters that talk to services, in a running instance, with a real task that fails.
@Suite(.serialized)
struct ServiceReporterTests {
    private static let paths = [
        "slack": "/slack", "sentry": "/api/42/envelope/", "hipchat": "/v2/room/ops/notification",
        "webhook": "/webhook", "pagerduty": "/pagerduty",
    ]
    private static let names = paths.keys.sorted()

    private func options(_ cluster: MesosCluster, _ hook: FakeHook) -> ComplainerProcess.Options {
        var options = ComplainerProcess.Options(cluster)
        options.reporters = Self.names.joined(separator: ",")
        options.environment = [
            "SLACK_HOOK_URL": "\(hook.url)/slack", "SENTRY_DSN": "http://key@127.0.0.1:\(hook.server.port)/42",
            "HIPCHAT_BASE_URL": "\(hook.url)/v2/", "HIPCHAT_ROOM": "ops", "HIPCHAT_TOKEN": "hipchattoken",
            "WEBHOOK_URL": "\(hook.url)/webhook", "WEBHOOK_SECRET": "webhooksecret",
            "PAGERDUTY_URL": "\(hook.url)/pagerduty", "PAGERDUTY_ROUTING_KEY": "pagerdutykey",
        ]
        return options
    }

    private func waitForDelivery(of task: String, by complainer: ComplainerProcess) async throws {
        try await waitUntil("all reports of \(task)") {
            let reports = try await complainer.status().reports(of: task)
            return reports.count == Self.names.count && reports.values.allSatisfy { $0 == "delivered" }
        }
    }

    private func counts(_ hook: FakeHook) -> [Int] {
        Self.names.map { hook.requests(Self.paths[$0] ?? "").count }
    }

    @Test func eachMakesExactlyOneReportAlsoWhenItWasKilledInBetween() async throws {
        let hook = try FakeHook()
        defer { hook.stop() }
        try await MesosCluster.with { cluster in
            try await ComplainerProcess.with(options(cluster, hook)) { complainer in
                let tests = PipelineTests()
                try await tests.fail("web", on: cluster, labels: ["team": "core"])
                try await waitForDelivery(of: "web", by: complainer)
                #expect(counts(hook) == [1, 1, 1, 1, 1])
                try await checkContents(hook, complainer)

                for name in Self.names {
                    let former = try complainer.kill(role: "reporter/\(name)")
                    try await waitUntil("another \(name)") {
                        complainer.workers().contains { $0.role == "reporter/\(name)" && $0.pid != former }
                    }
                }
                try await tests.fail("db", on: cluster)
                try await waitForDelivery(of: "db", by: complainer)
                #expect(counts(hook) == [2, 2, 2, 2, 2])
                #expect(hook.server.requests.count == 10, "and nowhere else")
                #expect(!complainer.log.contains("hipchattoken") && !complainer.log.contains("webhooksecret"))
            }
        }
    }

    private func checkContents(_ hook: FakeHook, _ complainer: ComplainerProcess) async throws {
        let failure = try #require(try await complainer.status().failures?.first { $0.failure.name == "web" })
        let id = failure.failure.id
        let stdout = try #require(failure.evidence?.stdoutURL)
        func only(_ name: String) throws -> FakeMaster.Request {
            try #require(hook.requests(Self.paths[name] ?? "").first)
        }

        let slack = try only("slack").json()["text"] as? String
        #expect(slack?.hasPrefix("Task web (\(id)) died with status TASK_FAILED [<\(stdout)|stdout>, <") == true)

        let hipchat = try only("hipchat")
        #expect(hipchat.header("Authorization") == "Bearer hipchattoken")
        #expect(try hipchat.json()["message_format"] as? String == "html")
        let message = try hipchat.json()["message"] as? String
        #expect(message?.contains("Task web (\(id)) died with status TASK_FAILED [<a href=\"\(stdout)\">") == true)

        let sentry = try only("sentry")
        let event = try sentry.json(line: 2)
        #expect(event["message"] as? String == "Task web died with status TASK_FAILED")
        #expect(event["fingerprint"] as? [String] == ["integration-test", "web", "TASK_FAILED"])
        let extra = try #require(event["extra"] as? [String: Any])
        #expect(extra["task.id"] as? String == id && extra["logs.stdout"] as? String == stdout)
        #expect(extra["labels.team"] as? String == "core")

        let webhook = try only("webhook")
        #expect(webhook.header("X-Complainer-Signature")?.hasPrefix("sha256=") == true)
        let told = try #require(webhook.json()["failure"] as? [String: Any])
        #expect(told["id"] as? String == id && told["state"] as? String == "TASK_FAILED")

        let pagerduty = try only("pagerduty").json()
        #expect(pagerduty["routing_key"] as? String == "pagerdutykey")
        let payload = try #require(pagerduty["payload"] as? [String: Any])
        #expect(payload["summary"] as? String == "Task web died with status TASK_FAILED")
        #expect(payload["source"] as? String == "127.0.0.1")
    }

    @Test func oneThatIsKilledInTheMiddleMakesTheSameReportAgain() async throws {
        // The first request of each is taken and never answered: nobody can know what became of it.
        let hook = try FakeHook { _ in .nothing }
        defer { hook.stop() }
        try await MesosCluster.with { cluster in
            try await ComplainerProcess.with(options(cluster, hook)) { complainer in
                try await PipelineTests().fail("web", on: cluster)
                try await waitUntil("a request of each") { counts(hook) == [1, 1, 1, 1, 1] }
                hook.server.behave { _ in .status(200) }
                for name in Self.names { try complainer.kill(role: "reporter/\(name)") }
                try await waitForDelivery(of: "web", by: complainer)
                #expect(counts(hook) == [2, 2, 2, 2, 2])
                // By these the services that can know the second for the first.
                let sentry = try hook.requests(Self.paths["sentry"] ?? "").map { try $0.json()["event_id"] as? String }
                #expect(sentry[0] == sentry[1] && sentry[0]?.count == 32)
                let pagerduty = try hook.requests("/pagerduty").map { try $0.json()["dedup_key"] as? String }
                #expect(pagerduty[0] == pagerduty[1] && pagerduty[0]?.count == 32)
                let webhook = hook.requests("/webhook").map { $0.header("Idempotency-Key") }
                #expect(webhook[0] == webhook[1] && webhook[0] != nil)
            }
        }
    }

    @Test func aDispatcherThatIsKilledInTheMiddleMakesNoReportTwice() async throws {
        // Each request is answered when the dispatcher that ordered it is gone.
        let answers = FakeFeed()
        let hook = try FakeHook { _ in FakeAnswer(bytes: Data(), ending: .follow(answers)) }
        defer { hook.stop() }
        try await MesosCluster.with { cluster in
            try await ComplainerProcess.with(options(cluster, hook)) { complainer in
                try await PipelineTests().fail("web", on: cluster)
                try await waitUntil("a request of each") { counts(hook) == [1, 1, 1, 1, 1] }
                let former = try complainer.kill(role: "dispatcher")
                try await waitUntil("another dispatcher that has given all of it out again") {
                    let isThere = complainer.workers().contains { $0.role == "dispatcher" && $0.pid != former }
                    guard isThere else { return false }
                    let workers = try await complainer.status().workers ?? []
                    return workers.contains { $0.role == "dispatcher" && $0.state == "ready" }
                }
                answers.append(raw: Data("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".utf8))
                answers.finish(cleanly: false)
                try await waitForDelivery(of: "web", by: complainer)
                #expect(counts(hook) == [1, 1, 1, 1, 1])
            }
        }
    }
}
