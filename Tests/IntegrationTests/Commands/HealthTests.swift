import Foundation
import Glibc
import Testing

/// What a running instance says of itself.
@Suite(.serialized)
struct HealthTests {
    private func options(_ cluster: MesosCluster, port: Int, name: String = "default") -> ComplainerProcess.Options {
        var options = PipelineTests.listing(cluster)
        options.flags += ["-listen", "127.0.0.1:\(port)", "-name", name]
        return options
    }

    private func page(_ port: Int, _ path: String) async throws -> (status: Int, text: String) {
        try await HTTPGet.page("http://127.0.0.1:\(port)\(path)")
    }

    @Test func healthFollowsTheMasterAndNothingElse() async throws {
        try await MesosCluster.with { cluster in
            let port = try FreePort.find()
            try await ComplainerProcess.with(options(cluster, port: port)) { complainer in
                try await waitUntil("health") { try await page(port, "/health").status == 200 }
                #expect(try await page(port, "/health").text == "I am mostly okay, thanks.\n")
                let version = try await page(port, "/version").text
                #expect(version.wholeMatch(of: /complainer \(default\) v\d+\.\d+\.\d+\n/) != nil, "\(version)")

                // A reporter that keeps crashing is nobody else's business.
                for _ in 0..<6 {
                    try await waitUntil("the reporter") { (try? complainer.kill(role: "reporter/file")) != nil }
                    #expect(try await page(port, "/health").status == 200)
                }

                await cluster.killMaster()
                try await waitUntil("ill health", within: .seconds(15)) {
                    try await page(port, "/health").status == 500
                }
                let reason = try await page(port, "/health").text
                #expect(reason.hasPrefix("Something is fishy: ") && reason.contains("connection refused"), "\(reason)")
                try await cluster.startMaster()
                // Pauses between two tries grow to five seconds at the most.
                try await waitUntil("health again", within: .seconds(12)) {
                    try await page(port, "/health").status == 200
                }
            }
        }
    }

    /// The values of one metric, by worker.
    private func values(_ port: Int, _ name: String, where label: String = "") async throws -> [String: String] {
        let text = try await page(port, "/metrics").text
        var values: [String: String] = [:]
        for line in text.split(separator: "\n") where line.hasPrefix(name + "{") {
            guard label.isEmpty || line.contains(label) else { continue }
            guard let match = line.firstMatch(of: /worker="([^"]*)".*\} (.*)$/) else { continue }
            values[String(match.1)] = String(match.2)
        }
        return values
    }

    @Test func metricsTellOfEveryWorkerAndOfALedgerInTrouble() async throws {
        try await MesosCluster.with { cluster in
            let port = try FreePort.find()
            var options = options(cluster, port: port)
            // A ledger that cannot be opened, and must not be moved aside as a corrupt one.
            let state = try Scratch.folder("state")
            let obstacle = state.appending(path: "ledger.sqlite/obstacle")
            try FileManager.default.createDirectory(at: obstacle, withIntermediateDirectories: true)
            options.state = state
            try await ComplainerProcess.with(options) { complainer in
                try await waitUntil("trouble") {
                    try await values(port, "complainer_ledger_mode") == ["dispatcher": "2"]
                }
                try await waitUntil("STATUS") { complainer.statuses.last?.contains("LEDGER") == true }
                #expect(try await page(port, "/health").status == 200)
                let tests = PipelineTests()
                try await tests.fail("a", on: cluster)
                try await complainer.waitForReport(containing: "a")

                try FileManager.default.removeItem(at: state.appending(path: "ledger.sqlite"))
                try await waitUntil("the disk", within: .seconds(90)) {
                    try await values(port, "complainer_ledger_mode") == ["dispatcher": "0"]
                }
                try await tests.fail("b", on: cluster)
                try await complainer.waitForReport(containing: "b")
                try await waitUntil("the counters") {
                    try await values(port, "complainer_deliveries_total", where: "result=\"delivered\"")
                        == ["dispatcher": "2"]
                }
                #expect(try await values(port, "complainer_detection_streaming") == ["poller": "1"])
                let up = try await values(port, "complainer_worker_up")
                #expect(up == ["poller": "1", "dispatcher": "1", "uploader": "1", "reporter/file": "1", "server": "1"])
                let memory = try await values(port, "process_resident_memory_bytes")
                #expect(Set(memory.keys) == Set(up.keys))

                // Whoever reads a metric for the first time finds out what it means.
                let lines = try await page(port, "/metrics").text.split(separator: "\n").map(String.init)
                let named = lines.compactMap { $0.firstMatch(of: /^# TYPE (\S+)/).map { String($0.1) } }
                let helped = lines.compactMap { $0.firstMatch(of: /^# HELP (\S+)/).map { String($0.1) } }
                #expect(named.count > 15 && named == helped)
            }
        }
    }

    @Test func statusShowsWorkersAndFailures() async throws {
        try await MesosCluster.with { cluster in
            let port = try FreePort.find()
            try await ComplainerProcess.with(options(cluster, port: port)) { complainer in
                let tests = PipelineTests()
                try await tests.fail("web", on: cluster)
                try await complainer.waitForReport(containing: "web")
                let folder = try Scratch.folder("status")
                let process = try ChildProcess(
                    try Checkout.binary("complainer"), ["status", "-state", complainer.state.path], name: "status",
                    in: folder)
                #expect(try await process.waitForExit(within: .seconds(30)) == .code(0))
                let text = String(decoding: try Data(contentsOf: process.standardOutput), as: UTF8.self)
                for word in ["poller", "dispatcher", "uploader", "reporter/file", "server", "ready", "web"] {
                    #expect(text.contains(word), "\(text)")
                }
                let workers = try await HTTPGet.page("http://127.0.0.1:\(port)/api/workers")
                #expect(workers.status == 200 && workers.text.contains("\"reporter/file\""))
            }
        }
    }

    /// The set-up of the README: one instance for the cluster, another that watches the first one only.
    @Test func aSecondInstanceWatchesTheFirst() async throws {
        try await MesosCluster.with { cluster in
            var dogfood = PipelineTests.listing(cluster)
            dogfood.flags += ["-name", "dogfood", "-default=false"]
            try await ComplainerProcess.with(PipelineTests.listing(cluster)) { main in
                try await ComplainerProcess.with(dogfood) { second in
                    let tests = PipelineTests()
                    try await tests.fail("app", on: cluster)
                    try await tests.fail(
                        "complainer", on: cluster,
                        labels: [
                            "complainer_dogfood_file_instances": "default", "complainer_default_file_instances": "",
                        ])
                    try await second.waitForReport(containing: "complainer")
                    try await main.waitForReport(containing: "app")
                    try await tests.fail("last", on: cluster)
                    try await main.waitForReport(containing: "last")
                    #expect(main.reportLines() == ["app", "last"])
                    #expect(second.reportLines() == ["complainer"])
                }
            }
        }
    }

    @Test func aReloadRestartsOnlyWhatChangedAndRefusesNonsense() async throws {
        try await MesosCluster.with { cluster in
            let file = try Scratch.folder("configuration").appending(path: "complainer.conf")
            try "FILE_FORMAT=\"one {{ .failure.Name }}{{ .nl }}\"\n".write(to: file, atomically: true, encoding: .utf8)
            var options = ComplainerProcess.Options(cluster)
            options.flags = ["-config", file.path]
            try await ComplainerProcess.with(options) { complainer in
                let tests = PipelineTests()
                let before = complainer.workers()
                try await tests.fail("a", on: cluster)
                try await complainer.waitForReport(containing: "one a")

                try "FILE_FORMAT=\"{{ nonsense }}\"\n".write(to: file, atomically: true, encoding: .utf8)
                kill(complainer.pid, SIGHUP)
                try await waitUntil("the refusal") { complainer.log.contains("the old one stays") }
                #expect(complainer.workers() == before)

                try "FILE_FORMAT=\"two {{ .failure.Name }}{{ .nl }}\"\n".write(
                    to: file, atomically: true, encoding: .utf8)
                kill(complainer.pid, SIGHUP)
                try await waitUntil("another reporter") {
                    let now = complainer.workers()
                    return now.count == before.count && now != before
                }
                let changed = Set(complainer.workers().map(\.pid)).symmetricDifference(before.map(\.pid))
                #expect(changed.count == 2, "one ended and one began")
                try await tests.fail("b", on: cluster)
                try await complainer.waitForReport(containing: "two b")
                #expect(complainer.reportLines() == ["one a", "two b"])
            }
        }
    }
}
