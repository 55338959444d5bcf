import Foundation
import Testing

/// What the other integration tests stand on, tried on a real Mesos.
@Suite(.serialized)
struct MesosClusterTests {
    @Test func aFailedTaskIsInTheStateAndItsOutputCanBeDownloaded() async throws {
        try await MesosCluster.with { cluster in
            var order = TaskOrder()
            order.name = "web"
            order.plan = "running out:hello_there failed:no_luck"
            order.labels = ["team": "web"]
            let task = try await cluster.launch(order)
            let end = try await task.waitForEnd()
            #expect(end.state == "TASK_FAILED")
            #expect(end.message == "no luck")

            // The framework hears of it before the master has moved the task.
            let shown = try await waitFor("TASK_FAILED at the master") {
                try await cluster.state().tasks.first { $0.id == task.id && $0.state == "TASK_FAILED" }
            }
            #expect(shown.name == "web")
            #expect(shown.frameworkId == task.frameworkID)
            #expect(shown.slaveId == task.agentID)
            #expect(shown.statuses.last?.state == "TASK_FAILED")

            let url = try await cluster.sandboxURL(of: task, file: "stdout")
            try await waitUntil("the whole output") { try await HTTPGet.text(url) == "hello there\n" }
        }
    }

    @Test func aKilledMasterComesBackOnItsPortWithItsAgents() async throws {
        try await MesosCluster.with(agents: 2) { cluster in
            let url = cluster.url
            await cluster.killMaster()
            await #expect(throws: (any Error).self) { try await HTTPGet.data("\(url)/master/state") }
            try await cluster.startMaster()
            #expect(cluster.url == url)
            let end = try await cluster.launch().waitForEnd()
            #expect(end.state == "TASK_FAILED")
        }
    }

    @Test func aCheckpointedTaskSurvivesTheRestartOfItsAgent() async throws {
        try await MesosCluster.with { cluster in
            var order = TaskOrder()
            order.plan = "running wait"
            order.checkpoint = true
            let task = try await cluster.launch(order)
            try await task.waitFor(state: "TASK_RUNNING")
            try await cluster.restartAgent()
            try await waitUntil("the task still runs") {
                try await cluster.state().tasks.contains { $0.id == task.id && $0.state == "TASK_RUNNING" }
            }
        }
    }

    @Test func theTasksOfAKilledAgentAreLost() async throws {
        try await MesosCluster.with { cluster in
            var order = TaskOrder()
            order.plan = "running wait"
            let task = try await cluster.launch(order)
            try await task.waitFor(state: "TASK_RUNNING")
            await cluster.killAgent()
            let end = try await task.waitForEnd()
            #expect(end.state == "TASK_LOST" || end.state == "TASK_GONE", "\(end)")
        }
    }

    @Test func aStormOfFiftyTasksFailsCompletely() async throws {
        try await MesosCluster.with { cluster in
            var order = StormOrder()
            order.tasks = 50
            order.over = 1
            order.labels = ["complainer_default_file_instances": "default"]
            let result = try await cluster.storm(order)
            #expect(result.ids.count == 50)
            #expect(result.terminals.allSatisfy { $0.state == "TASK_FAILED" })
            try await waitUntil("50 failed tasks at the master") {
                Set(try await cluster.state().tasks.filter { $0.state == "TASK_FAILED" }.map(\.id)) == result.ids
            }
        }
    }

    @Test func twoClustersAtOnceDoNotDisturbEachOther() async throws {
        async let first = MesosCluster.with { try await $0.launch().waitForEnd().state }
        async let second = MesosCluster.with { try await $0.launch().waitForEnd().state }
        #expect(try await [first, second] == ["TASK_FAILED", "TASK_FAILED"])
    }

    @Test func nothingIsLeftOfAStoppedCluster() async throws {
        let cluster = try await MesosCluster.start()
        var order = TaskOrder()
        order.plan = "running wait"
        // Such an executor outlives its framework's process and its agent.
        order.checkpoint = true
        order.failoverTimeout = 3600
        let task = try await cluster.launch(order)
        try await task.waitFor(state: "TASK_RUNNING")
        #expect(!processes(of: cluster.folder).isEmpty)
        await cluster.stop()
        #expect(processes(of: cluster.folder) == [])
    }

    private func processes(of folder: URL) -> [String] {
        let pids = (try? FileManager.default.contentsOfDirectory(atPath: "/proc"))?.compactMap(Int32.init) ?? []
        return pids.filter { $0 != getpid() }.compactMap { pid in
            let words = WorkerProcess.arguments(of: pid)
            let all = words + WorkerProcess.environment(of: pid)
            return all.contains { $0.contains(folder.path) } ? words.joined(separator: " ") : nil
        }
    }
}
