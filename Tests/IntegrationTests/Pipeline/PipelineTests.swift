import Foundation
import Glibc
import Testing

/// The whole way from a real master to a report.
@Suite(.serialized)
struct PipelineTests {
    @Test(arguments: ["stream", "poll", "auto"])
    func aFailedTaskIsReportedWithLinksToItsOutput(detect: String) async throws {
        try await MesosCluster.with { cluster in
            var options = ComplainerProcess.Options(cluster)
            options.flags = ["-detect", detect, "-poll-interval", "500ms"]
            try await ComplainerProcess.with(options) { complainer in
                var order = TaskOrder()
                order.name = "web"
                order.plan = "running out:last_words err:of_stderr failed:no_luck"
                order.failoverTimeout = 600
                let task = try await cluster.launch(order)
                try await complainer.waitForReport(containing: "stderr")
                let lines = complainer.reportLines()
                #expect(lines.count == 3)
                #expect(lines.first == "Task web (\(task.id)) died with status TASK_FAILED:")
                let urls = lines.dropFirst().map { String($0.dropFirst(4)) }
                #expect(lines.dropFirst().allSatisfy { $0.hasPrefix("  * http://127.0.0.1:") })
                for (url, words) in zip(urls, ["last words", "of stderr"]) {
                    try await waitUntil("“\(words)” behind \(url)") { try await HTTPGet.text(url).contains(words) }
                }
            }
        }
    }

    @Test func whatFailedBeforeTheFirstStartIsNoNewsButWhatFailedWhileAwayIs() async throws {
        try await MesosCluster.with { cluster in
            try await fail("before", on: cluster)
            var options = Self.listing(cluster)
            let first = try await ComplainerProcess.start(options)
            try await fail("first", on: cluster)
            try await first.waitForReport(containing: "first")
            await first.stop()
            try await fail("away", on: cluster)
            options.state = first.state
            // The other way of detection finds the same keys.
            options.flags += ["-detect", "poll"]
            try await ComplainerProcess.with(options) { second in
                try await second.waitForReport(containing: "away")
                try await fail("last", on: cluster)
                try await second.waitForReport(containing: "last")
                #expect(names(second) == ["away", "last"])
            }
            #expect(names(first) == ["first"])
        }
    }

    @Test func catchUpReportsWhatFailedShortlyBeforeTheFirstStart() async throws {
        try await MesosCluster.with { cluster in
            try await fail("before", on: cluster)
            var options = Self.listing(cluster)
            options.flags += ["-catch-up", "10m"]
            try await ComplainerProcess.with(options) { complainer in
                try await complainer.waitForReport(containing: "before")
                try await fail("after", on: cluster)
                try await complainer.waitForReport(containing: "after")
                #expect(names(complainer) == ["before", "after"])
            }
        }
    }

    @Test(arguments: ["stream", "poll"])
    func aMasterThatDiesAndComesBackCausesNoDuplicate(detect: String) async throws {
        try await MesosCluster.with { cluster in
            var options = Self.listing(cluster)
            options.flags += ["-detect", detect, "-poll-interval", "500ms"]
            try await ComplainerProcess.with(options) { complainer in
                try await fail("early", on: cluster)
                try await complainer.waitForReport(containing: "early")
                await cluster.killMaster()
                try await waitUntil("the trouble in STATUS") {
                    complainer.statuses.last?.contains("connection refused") ?? false
                }
                try await cluster.startMaster()
                try await fail("late", on: cluster)
                try await complainer.waitForReport(containing: "late")
                #expect(names(complainer) == ["early", "late"])
            }
        }
    }

    @Test func frameworksAreFilteredByName() async throws {
        try await MesosCluster.with { cluster in
            var options = Self.listing(cluster)
            options.flags += ["-framework-whitelist", "^prod-", "-framework-blacklist", "noisy$"]
            try await ComplainerProcess.with(options) { complainer in
                for framework in ["dev-web", "prod-noisy", "prod-web"] {
                    try await fail(framework, on: cluster, framework: framework)
                }
                try await complainer.waitForReport(containing: "prod-web")
                #expect(names(complainer) == ["prod-web"])
            }
        }
    }

    @Test func labelsSilenceAndMultiplyReports() async throws {
        try await MesosCluster.with { cluster in
            try await ComplainerProcess.with(Self.listing(cluster)) { complainer in
                try await fail("silent", on: cluster, labels: ["complainer_file_instances": ""])
                try await fail("twice", on: cluster, labels: ["complainer_file_instances": "ops,dev"])
                try await fail(
                    "own", on: cluster, labels: ["complainer_file_format": "own {{ .failure.Name }}!{{ .nl }}"])
                try await complainer.waitForReport(containing: "own own!")
                try await waitUntil("both reports") { names(complainer).count >= 3 }
                #expect(names(complainer).sorted() == ["own own!", "twice", "twice"])
            }
        }
    }

    @Test func aFormatThatFailsIsNamedInTheReportAndStopsNothing() async throws {
        try await MesosCluster.with { cluster in
            try await ComplainerProcess.with(Self.listing(cluster)) { complainer in
                let wrong = "{{ .failure.Name }}{{ .nl }}\n{{ index .stdoutURL 999 }}"
                try await fail("bad", on: cluster, labels: ["complainer_file_format": wrong])
                try await fail("good", on: cluster)
                try await complainer.waitForReport(containing: "good")
                try await waitUntil("the end of the bad one") {
                    try await complainer.status().reports(of: "bad")["file/default"] == "delivered"
                }
                let line = try #require(
                    complainer.log.split(separator: "\n").first { $0.contains("reported without a value") })
                #expect(line.contains(" warning ") && line.contains("label format:2:"), "\(line)")
                #expect(line.contains("bad"), "the task: \(line)")
                let remark = try #require(names(complainer).first { $0.contains("is not used") })
                #expect(
                    remark.hasPrefix("(the label complainer_file_format is not used: ")
                        && remark.contains("label format:2:"), "\(remark)")
                #expect(names(complainer).sorted() == [remark, "bad", "good"], "in the reporter's own format")
            }
        }
    }

    @Test func workersKnowNoSecretOnTheirCommandLineOrInTheirEnvironment() async throws {
        try await MesosCluster.with { cluster in
            var options = Self.listing(cluster)
            options.masters = cluster.url.replacingOccurrences(of: "http://", with: "http://reader:mastersecret@")
            options.flags += ["-slack.hook_url", "https://hooks.example.com/flagsecret", "-log-level", "debug"]
            options.environment = [
                "S3_SECRET_KEY": "environmentsecret", "SENTRY_DSN": "https://dsnsecret@sentry.example.com/1",
                "https_proxy": "http://user:proxysecret@127.0.0.1:1",
            ]
            try await ComplainerProcess.with(options) { complainer in
                let workers = complainer.workers()
                #expect(Set(workers.map(\.role)).isSuperset(of: ["poller", "dispatcher", "uploader", "reporter/file"]))
                for worker in workers {
                    let shown = WorkerProcess.arguments(of: worker.pid) + WorkerProcess.environment(of: worker.pid)
                    #expect(!shown.contains { $0.contains("secret") }, "\(worker.role)")
                }
                try await fail("one", on: cluster)
                try await complainer.waitForReport(containing: "one")
                #expect(!complainer.log.contains("secret"))
                #expect(!complainer.statuses.contains { $0.contains("secret") })
            }
        }
    }

    @Test func aHungWorkerIsReplaced() async throws {
        try await MesosCluster.with { cluster in
            try await ComplainerProcess.with(Self.listing(cluster)) { complainer in
                let hung = try complainer.kill(role: "poller", signal: SIGSTOP)
                try await waitUntil("another poller") {
                    complainer.workers().contains { $0.role == "poller" && $0.pid != hung }
                }
                try await fail("after", on: cluster)
                try await complainer.waitForReport(containing: "after")
            }
        }
    }

    @Test func aWorkerThatWasKilledIsBackAtOnce() async throws {
        try await MesosCluster.with { cluster in
            try await ComplainerProcess.with(Self.listing(cluster)) { complainer in
                let all = complainer.workers()
                for worker in all {
                    _ = try complainer.kill(role: worker.role)
                    try await waitUntil("another \(worker.role)") {
                        let now = complainer.workers()
                        return now.count == all.count && now.contains { $0.role == worker.role && $0.pid != worker.pid }
                    }
                    let name = "after-\(worker.role.replacingOccurrences(of: "/", with: "-"))"
                    try await fail(name, on: cluster)
                    try await complainer.waitForReport(containing: name)
                }
                #expect(names(complainer).count == all.count)
            }
        }
    }
}

extension PipelineTests {
    /// Reports are lines of the task's name.
    static func listing(_ cluster: MesosCluster) -> ComplainerProcess.Options {
        var options = ComplainerProcess.Options(cluster)
        options.flags = ["-file.format", "{{ .failure.Name }}{{ .nl }}"]
        return options
    }

    func names(_ complainer: ComplainerProcess) -> [String] { complainer.reportLines() }

    /// Lets a task fail and waits until the master shows that.
    func fail(
        _ name: String, on cluster: MesosCluster, framework: String = "integration-test", labels: [String: String] = [:]
    ) async throws {
        var order = TaskOrder()
        order.name = name
        order.labels = labels
        order.frameworkName = framework
        order.failoverTimeout = 600
        let task = try await cluster.launch(order)
        _ = try await task.waitForEnd()
        try await waitUntil("the failure of \(name) at the master") {
            try await cluster.state().tasks.contains { $0.id == task.id && $0.state == "TASK_FAILED" }
        }
    }
}
