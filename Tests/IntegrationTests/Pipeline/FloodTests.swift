import Complaints
import Foundation
import Testing

/// An app that dies all the time, with a real master.
@Suite(.serialized)
struct FloodTests {
    @Test func theRestOfAFloodIsOneReportAlsoAcrossARestart() async throws {
        let hook = try FakeHook()
        defer { hook.stop() }
        try await MesosCluster.with { cluster in
            var options = ComplainerProcess.Options(cluster)
            options.reporters = "file,webhook"
            options.flags = [
                "-file.format", "{{ .failure.ID }} {{ .stdoutURL }}{{ .nl }}", "-webhook.url", hook.url,
                "-flood.limit", "2", "-flood.window", "10m",
            ]
            let tests = PipelineTests()
            // The window does not end before everything has happened that belongs into it.
            let all = ["complainer_webhook_flood_limit": "0"]
            let first = try await ComplainerProcess.start(options)
            for _ in 0..<2 { try await tests.fail("web", on: cluster, labels: all) }
            try await waitUntil("two reports") { first.reportLines().count == 2 }
            for _ in 0..<3 { try await tests.fail("web", on: cluster, labels: all) }
            try await tests.fail("db", on: cluster, labels: all)
            try await waitUntil("the others at the webhook, and one more in the file") {
                hook.server.requests.count == 6 && first.reportLines().count == 3
            }
            let status = try await first.status()
            #expect(status.summary?.floods?.map(\.held) == [3])
            #expect(status.summary?.deliveries["file"]?["held"] == 3)
            let page = try await first.statusPage()
            #expect(page.contains("flood: 3 TASK_FAILED of web (integration-test) held for file/default"), "\(page)")
            let newest = try #require(status.failures?.first { $0.failure.name == "web" })
            await first.stop()

            options.state = first.state
            options.flags += ["-file.name", first.reportFile.path]
            // For the next one it ends soon.
            options.environment["COMPLAINER_CLOCK"] = "200@\(Int(Date().timeIntervalSince1970))"
            try await ComplainerProcess.with(options) { second in
                try await waitUntil("the summary") { first.reportLines().count == 5 }
                let lines = first.reportLines().suffix(2).map { $0 }
                #expect(lines[0].hasPrefix("Task web died 3 more times with status TASK_FAILED in "), "\(lines)")
                #expect(lines[1] == "\(newest.failure.id) \(newest.evidence?.stdoutURL ?? "")")
                try await waitUntil("the end") { try await second.status().summary?.backlog == 0 }
                let reports = try await second.status().summary?.deliveries
                #expect(reports?["file"] == ["delivered": 4, "summarised": 2])
                #expect(reports?["webhook"] == ["delivered": 6])
            }
            #expect(hook.server.requests.count == 6)
        }
    }
}
