import Foundation
import Testing

/// Which run's logs are saved, and what becomes of reports when store or agent are not there.
@Suite(.serialized, .enabled(if: CephGateway.isWanted, "a Ceph gateway needs the packages radosgw, ceph-mon, ceph-osd"))
struct SavedRunTests {
    private func bed(
        _ flags: [String] = [], through proxied: Bool = false,
        _ body: (MesosCluster, ComplainerProcess, TearingProxy) async throws -> Void
    ) async throws {
        try await CephGateway.run { gateway in
            let proxy = try TearingProxy(to: try #require(URL(string: gateway.endpoint)?.port))
            defer { proxy.stop() }
            try await MesosCluster.with { cluster in
                var options = ComplainerProcess.Options(
                    cluster, gateway, "s3aws", endpoint: proxied ? "http://127.0.0.1:\(proxy.port)" : nil)
                options.flags += flags
                try await ComplainerProcess.with(options) { complainer in try await body(cluster, complainer, proxy) }
            }
        }
    }

    @Test(
        "A task that is tried three times under the same ids has three reports with three logs",
        arguments: [nil, "one executor: 50% & more"] as [String?])
    func retried(executor: String?) async throws {
        try await bed { cluster, complainer, _ in
            var framework: String?
            for run in 1...3 {
                var order = TaskOrder()
                order.name = "again"
                order.failoverTimeout = 600
                // With characters that paths and URLs take amiss.
                order.arguments = ["--task-id", "again 1:50%&#+x", "--no-teardown"]
                if let framework { order.arguments += ["--framework-id", framework] }
                if let executor {
                    order.plan = "running out:this_is_run_\(run) failed:no_luck"
                    order.arguments += ["--executor-id", executor]
                } else {
                    order.command = "echo this is run \(run); exit 1"
                }
                let task = try await cluster.launch(order)
                framework = task.frameworkID
                let report = try await SavedReport.of(task, count: run, in: complainer)
                #expect(report.logsError == "")
                let stdout = try await HTTPGet.text(report.stdoutURL)
                #expect(stdout.contains("this is run \(run)"), "\(stdout)")
                for other in 1...3 where other != run { #expect(!stdout.contains("this is run \(other)")) }
                await task.endFramework()
            }
        }
    }

    @Test("An agent that dies with its task: the report comes all the same and says what happened")
    func agentKilled() async throws {
        try await bed { cluster, complainer, _ in
            var order = TaskOrder()
            order.name = "orphan"
            order.plan = "running out:hello wait"
            let task = try await cluster.launch(order)
            try await task.waitFor(state: "TASK_RUNNING")
            // The kernel closes the files of a killed process one after the other, the last one first: the master would
            // see the agent go a moment before it stops listening, and complainer might still get a connection.
            await cluster.master.freeze()
            await cluster.killAgent()
            await cluster.master.thaw()
            let report = try await SavedReport.of(task, in: complainer)
            #expect(report.logsError.contains("could not be saved"), "\(report.logsError)")
            #expect(report.logsError.contains("connection refused"), "\(report.logsError)")
            #expect(report.logsError.contains("127.0.0.1:"), "it names the agent: \(report.logsError)")
            #expect(report.stdoutURL.hasPrefix("http://127.0.0.1:"))
            #expect(report.stdoutURL.contains("/files/download?path="))
        }
    }

    @Test("A store that is down holds no report back for longer than wanted, and gets the logs when it is back")
    func storeDown() async throws {
        try await bed(["-upload.patience", "4s"], through: true) { cluster, complainer, proxy in
            proxy.set(.refusing)
            var order = TaskOrder()
            order.name = "early"
            order.command = "echo early words; exit 1"
            let task = try await cluster.launch(order)
            let report = try await SavedReport.of(task, in: complainer)
            #expect(report.logsError.contains("could not be saved") || report.logsError.contains("still being saved"))
            #expect(try await HTTPGet.text(report.stdoutURL).contains("early words\n"), "the agent still has it")
            #expect(report.stdoutTail.contains("early words\n"))
            try await waitUntil("a try that is told") {
                guard let upload = try await complainer.status().failures?.first?.upload else { return false }
                return upload.attempts > 1 && upload.error?.contains("PUT logs/") == true
            }
            let page = try await complainer.statusPage()
            #expect(page.contains("logs: still being saved, ") && page.contains(" tries failed"), "\(page)")
            #expect(page.contains("reported without them: 1"), "\(page)")
            proxy.set(.calm)
            try await waitUntil("the logs are saved late") {
                complainer.log.contains("reported without them are saved now")
            }
            // The dispatcher's own line comes once a second.
            try await waitUntil("a status without it") {
                try await !complainer.statusPage().contains("still being saved")
            }
            #expect(try await complainer.status().failures?.first?.evidence?.logsError == nil)
            #expect(SavedReport.all(in: complainer).filter { $0.id == task.id }.count == 1, "no second report")
        }
    }
}
