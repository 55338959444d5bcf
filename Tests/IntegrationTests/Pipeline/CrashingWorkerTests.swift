import Foundation
import Testing

/// Workers that crash over what they are given, and what becomes of it and of the others.
@Suite(.serialized)
struct CrashingWorkerTests {
    @Test func aReporterThatCrashesOverEveryReportHarmsNobodyElse() async throws {
        let hook = try FakeHook()
        defer { hook.stop() }
        try await MesosCluster.with { cluster in
            var options = PipelineTests.listing(cluster)
            options.reporters = "file,slack,webhook"
            options.flags += ["-slack.hook_url", "\(hook.url)/slack", "-webhook.url", "\(hook.url)/webhook"]
            options.environment["COMPLAINER_FAULT"] = "reporter/slack:segv-on-delivery"
            try await ComplainerProcess.with(options) { complainer in
                let tests = PipelineTests()
                let others = complainer.workers().filter { $0.role != "reporter/slack" }
                try await tests.fail("first", on: cluster)
                try await waitUntil("the quarantine") {
                    try await complainer.status().reports(of: "first")["slack/default"] == "poisoned"
                }
                // Detection and the others go on with the next one, in the same processes.
                try await tests.fail("second", on: cluster)
                try await complainer.waitForReport(containing: "second")
                try await waitUntil("the other quarantine") {
                    try await complainer.status().reports(of: "second")["slack/default"] == "poisoned"
                }
                let status = try await complainer.status()
                for task in ["first", "second"] {
                    #expect(status.reports(of: task)["file/default"] == "delivered")
                    #expect(status.reports(of: task)["webhook/default"] == "delivered")
                }
                #expect(complainer.reportLines() == ["first", "second"])
                #expect(hook.requests("/webhook").count == 2)
                #expect(hook.requests("/slack").isEmpty)
                try await waitUntil("three crashes for each, and no more") {
                    try await complainer.status().workers?.first { $0.role == "reporter/slack" }?.restarts == 6
                }
                #expect(others.allSatisfy { complainer.workers().contains($0) })
                let page = try await complainer.statusPage()
                #expect(page.contains("slack/default: poisoned"), "\(page)")
                #expect(page.contains("reports to slack: 2 poisoned"), "\(page)")
                #expect(page.contains("died with it in its hands"), "\(page)")
            }
        }
    }

    @Test func onlyThePoisonedReportIsGivenUp() async throws {
        let hook = try FakeHook()
        defer { hook.stop() }
        try await MesosCluster.with { cluster in
            var options = ComplainerProcess.Options(cluster)
            options.reporters = "slack"
            options.flags = ["-slack.hook_url", "\(hook.url)/slack", "-slack.format", "{{ .failure.Name }}"]
            options.environment["COMPLAINER_FAULT"] = "reporter/slack:segv-on-delivery=poison"
            try await ComplainerProcess.with(options) { complainer in
                let tests = PipelineTests()
                for name in ["before", "poison", "after"] { try await tests.fail(name, on: cluster) }
                try await waitUntil("all three") {
                    let status = try await complainer.status()
                    return status.reports(of: "poison")["slack/default"] == "poisoned"
                        && status.reports(of: "before")["slack/default"] == "delivered"
                        && status.reports(of: "after")["slack/default"] == "delivered"
                }
                let texts = try hook.requests("/slack").map { try $0.json()["text"] as? String }
                #expect(texts == ["before", "after"])
            }
        }
    }

    @Test func logsThatCrashTheUploaderAreLinkedToInTheSandbox() async throws {
        try await MesosCluster.with { cluster in
            var options = ComplainerProcess.Options(cluster)
            options.flags = [
                "-file.format", "{{ .failure.Name }} {{ .stdoutURL }} {{ .failure.LogsError }}{{ .nl }}",
            ]
            options.environment["COMPLAINER_FAULT"] = "uploader:segv-on-collection=poison"
            try await ComplainerProcess.with(options) { complainer in
                let tests = PipelineTests()
                try await tests.fail("poison", on: cluster)
                let line = try #require(
                    try await complainer.waitForReport(containing: "poison").first { $0.hasPrefix("poison ") })
                #expect(line.contains("the uploader died 3 times over these logs, so they were not saved; the links"))
                let url = String(line.split(separator: " ")[1])
                #expect(url.hasPrefix("http://127.0.0.1:") && url.hasSuffix("/runs/latest/stdout"), "\(url)")
                _ = try await HTTPGet.text(url)
                try await tests.fail("well", on: cluster)
                try await complainer.waitForReport(containing: "well http")
                #expect(try await complainer.statusPage().contains("the uploader died 3 times over these logs"))
            }
        }
    }

    @Test func aReloadThatRestartsTheDispatcherKeepsTheTemporaryLedger() async throws {
        let hook = try FakeHook { _ in .status(503) }
        defer { hook.stop() }
        try await MesosCluster.with { cluster in
            let file = try Scratch.folder("configuration").appending(path: "complainer.conf")
            func write(_ keep: String) throws {
                try "COMPLAINER_KEEP=\(keep)\n".write(to: file, atomically: true, encoding: .utf8)
            }
            try write("24h")
            var options = ComplainerProcess.Options(cluster)
            options.stateless = true
            options.reporters = "webhook"
            options.flags = ["-webhook.url", hook.url, "-config", file.path]
            let temporary = try Scratch.folder("temporary")
            options.environment["TMPDIR"] = temporary.path
            func ledgers() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: temporary.path) }
            try await ComplainerProcess.with(options) { complainer in
                try await PipelineTests().fail("held", on: cluster)
                try await waitUntil("a try") { !hook.server.requests.isEmpty }
                let before = complainer.workers().first { $0.role == "dispatcher" }
                try write("48h")
                kill(complainer.pid, SIGHUP)
                try await waitUntil("another dispatcher") {
                    complainer.workers().contains { $0.role == "dispatcher" && $0 != before }
                }
                hook.server.behave { _ in .status(200) }
                let count = hook.server.requests.count
                try await waitUntil("the report") { hook.server.requests.count > count }
                #expect(try hook.server.requests.last?.json()["failure"] != nil)
                #expect(try ledgers().count == 1)
            }
            #expect(try ledgers().isEmpty)
        }
    }
}
