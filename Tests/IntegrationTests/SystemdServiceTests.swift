import Foundation
import Testing

/// The shipped unit with the built program, under a real systemd with a real journal.
@Suite(.serialized, .enabled(if: SystemdBox.isWanted, "a systemd box needs root and systemd"))
struct SystemdServiceTests {
    private let unit = Checkout.root.appending(path: "systemd/complainer.service")

    /// A box with the service installed and started, but not waited for.
    private func withService(
        masters: String, reporters: String = "file", _ body: (SystemdBox) async throws -> Void
    ) async throws {
        let binary = URL(filePath: try Checkout.binary("complainer"))
        try await SystemdBox.run { box in
            try await box.copyIn(binary, to: "/usr/bin/complainer")
            try await box.copyIn(unit, to: "/etc/systemd/system/complainer.service")
            try await box.write(
                """
                COMPLAINER_MASTERS=\(masters)
                COMPLAINER_UPLOADER=noop
                COMPLAINER_REPORTERS=\(reporters)
                FILE_NAME=/dev/stdout
                """, to: "/etc/default/complainer")
            // As shipped, but for a shorter wait for the watchdog.
            try await box.write(
                "[Service]\nWatchdogSec=3\nRestartSec=100ms\n", to: "/etc/systemd/system/complainer.service.d/test.conf"
            )
            try await box.exec("systemctl", "daemon-reload").succeed("load the unit")
            try await box.exec("systemctl", "start", "--no-block", "complainer").succeed("start the service")
            do {
                try await body(box)
            } catch {
                let journal = try? await box.exec("journalctl", "--no-pager", "-n", "50")
                throw HarnessError("\(error)\n\(journal?.stdout ?? "")")
            }
        }
    }

    private func show(_ box: SystemdBox, _ property: String) async throws -> String {
        try await box.exec("systemctl", "show", "-P", property, "complainer").stdout
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private func poller(_ box: SystemdBox) async throws -> String {
        try await box.exec("pgrep", "-f", "complainer worker poller").stdout
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    @Test func theUnitIsActiveOnlyAfterTheMasterAnswered() async throws {
        let master = try FakeMaster(.nothing)
        defer { master.stop() }
        try await withService(masters: master.url) { box in
            try await waitUntil("a request to the master") { !master.requests.isEmpty }
            #expect(try await show(box, "ActiveState") == "activating")
            let feed = FakeFeed([
                """
                {"type":"SUBSCRIBED","subscribed":{"heartbeat_interval_seconds":15.0,"get_state":{"get_tasks":{},
                "get_executors":{},"get_frameworks":{},"get_agents":{}}}}
                """
            ])
            master.behave { _ in .stream(feed) }
            try await waitUntil("the unit to be active") { try await show(box, "ActiveState") == "active" }
            try await waitUntil("the line for people") {
                try await box.exec("systemctl", "status", "--no-pager", "complainer").stdout
                    .contains("Status: \"5 of 5 workers up")
            }
        }
    }

    @Test func aFailureIsInTheJournalAndTheServiceSurvivesItsWorkers() async throws {
        try await MesosCluster.with { cluster in
            try await withService(masters: cluster.url) { box in
                try await waitUntil("the unit to be active") { try await show(box, "ActiveState") == "active" }
                var order = TaskOrder()
                order.name = "web"
                order.failoverTimeout = 600
                let task = try await cluster.launch(order)
                _ = try await task.waitForEnd()
                for worker in ["dispatcher", "reporter/file"] {
                    try await waitUntil("\(worker)'s entry about the task") {
                        let entries = try await box.journal(
                            "COMPLAINER_WORKER=\(worker)", "COMPLAINER_TASK_ID=\(task.id)")
                        return entries.contains { $0["_SYSTEMD_UNIT"] == "complainer.service" }
                    }
                }
                // The report itself went to standard output, which is the journal here.
                try await waitUntil("the report") {
                    try await box.journal("-u", "complainer").contains {
                        $0["MESSAGE"] == "Task web (\(task.id)) died with status TASK_FAILED:"
                    }
                }

                let main = try await show(box, "MainPID")
                let former = try await poller(box)
                try await box.exec("kill", "-KILL", former).succeed("kill the poller")
                try await waitUntil("another poller") {
                    let now = try await poller(box)
                    return !now.isEmpty && now != former
                }
                #expect(try await show(box, "ActiveState") == "active")
                #expect(try await show(box, "MainPID") == main)

                try await box.exec("kill", "-STOP", main).succeed("stop the supervisor")
                try await waitUntil("the watchdog to have it restarted") {
                    let now = try await show(box, "MainPID")
                    return try await show(box, "ActiveState") == "active" && now != main && now != "0"
                }
                #expect(try await show(box, "NRestarts") == "1")
                try await box.exec("systemctl", "stop", "complainer").succeed("stop the service")
                #expect(try await show(box, "Result") == "success")
                #expect(try await poller(box).isEmpty)
            }
        }
    }

    @Test func theJournalExplainsAFailureToWhoeverAsks() async throws {
        try await MesosCluster.with { cluster in
            try await withService(masters: cluster.url, reporters: "journald") { box in
                try await box.copyIn(
                    Checkout.root.appending(path: "systemd/complainer.catalog"),
                    to: "/usr/lib/systemd/catalog/complainer.catalog")
                try await box.exec("journalctl", "--update-catalog").succeed("update the catalog")
                try await waitUntil("the unit to be active") { try await show(box, "ActiveState") == "active" }
                var order = TaskOrder()
                order.name = "web"
                order.failoverTimeout = 600
                order.labels = ["team": "shop", "complainer_slack_hook_url": "http://s3cr3t"]
                let task = try await cluster.launch(order)
                _ = try await task.waitForEnd()
                let catalog = try await box.exec("journalctl", "--dump-catalog", Self.messageID).stdout
                #expect(catalog.contains("Subject: A task of Mesos failed"))
                let entry = try await waitFor("the entry of the failure") {
                    try await box.journal("MESSAGE_ID=\(Self.messageID)").first
                }
                #expect(entry["MESSAGE"] == "Task web (\(task.id)) died with status TASK_FAILED")
                #expect(entry["PRIORITY"] == "3" && entry["SYSLOG_IDENTIFIER"] == "complainer")
                #expect(entry["_SYSTEMD_UNIT"] == "complainer.service")
                #expect(entry["COMPLAINER_TASK_ID"] == task.id && entry["COMPLAINER_TASK_STATE"] == "TASK_FAILED")
                #expect(entry["COMPLAINER_STDERR_URL"]?.hasPrefix("http://") == true)
                #expect(entry["COMPLAINER_LABEL"] == "team=shop")
                let explained = try await box.exec(
                    "journalctl", "-x", "--no-pager", "MESSAGE_ID=\(Self.messageID)"
                ).stdout
                #expect(explained.contains("A task of Mesos failed: web"), "\(explained)")
                #expect(explained.contains("Its id is \(task.id), and it ran on the agent"), "\(explained)")
            }
        }
    }

    /// As the reporter and the catalog have it.
    private static let messageID = "ac230c007e754926bc43b8259aa48188"
}
