import AgentTesting
import Foundation
import Testing

/// The Debian packages, on a machine with a real dpkg and a real systemd.
@Suite(.serialized, .enabled(if: SystemdBox.isWanted, "a systemd box needs root and systemd"))
struct PackageTests {
    private let ledger = "/var/lib/complainer/ledger.sqlite"
    private let report = "/var/log/complainer/failures.log"

    /// A box with the package that `option` is about in `/root/packages`.
    private func withPackage(_ option: String, _ body: (SystemdBox) async throws -> Void) async throws {
        let packages = try await Deployment.packages(option)
        try await SystemdBox.run { box in
            try await box.copyIn(packages, to: "/root/packages")
            // Debian's images for containers forbid packages to start anything.
            try await box.exec("rm", "-f", "/usr/sbin/policy-rc.d").succeed("allow services")
            do {
                try await body(box)
            } catch {
                let journal = try? await box.exec("journalctl", "--no-pager", "-n", "40")
                throw HarnessError("\(error)\n\(journal?.stdout ?? "")")
            }
        }
    }

    private func shell(_ box: SystemdBox, _ line: String) async throws -> String {
        let outcome = try await box.exec("sh", "-c", line).succeed(line)
        return (outcome.stdout + outcome.stderr).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private func show(_ box: SystemdBox, _ property: String) async throws -> String {
        try await shell(box, "systemctl show -P \(property) complainer")
    }

    /// How often the file reporter has told of a task.
    private func reports(_ box: SystemdBox, of task: String) async throws -> Int {
        let lines = try await box.exec("cat", report).stdout.split(separator: "\n")
        return lines.count { $0.hasPrefix("Task \(task) (\(task)) died") }
    }

    /// Files of such a name that the box did not boot with.
    private func left(_ box: SystemdBox, _ name: String) async throws -> String {
        try await shell(
            box, "find /etc /usr /opt /var/lib /var/log -name '\(name)' -cnewer /etc/machine-id ! -path '*/dpkg/*'")
    }

    @Test func `an upgrade loses nothing of the ledger, and a purge leaves nothing`() async throws {
        let agent = try FakeAgent()
        let web = FakeFailures.Task(id: "web", agent: agent)
        let failures = try FakeFailures([web])
        defer { failures.stop() }
        try await withPackage("--complainer") { box in
            let installed = try await shell(box, "dpkg -i /root/packages/complainer_*.deb")
            #expect(installed.contains("systemctl enable --now complainer"), "says what to do next: \(installed)")
            #expect(try await show(box, "ActiveState") == "inactive", "it knows no masters yet")
            #expect(try await shell(box, "systemd-analyze verify complainer.service") == "")
            let modes = try await shell(box, "stat -c '%U:%G %a' /etc/default/complainer /etc/complainer")
            #expect(modes == "root:root 600\nroot:complainer 750")
            #expect(try await shell(box, "journalctl --list-catalog").contains("A task of Mesos failed"))

            try await box.write(
                """
                COMPLAINER_MASTERS=\(failures.master.url)
                COMPLAINER_UPLOADER=noop
                COMPLAINER_REPORTERS=file
                COMPLAINER_DETECT=poll
                COMPLAINER_POLL_INTERVAL=200ms
                COMPLAINER_CATCH_UP=10m
                FILE_NAME=\(report)
                """, to: "/etc/default/complainer", mode: 0o600)
            // What an administrator tries out as root does not get into the service's way.
            for command in ["check -offline", "test-report"] {
                let tried = try await shell(box, "complainer \(command) -config /etc/default/complainer")
                #expect(tried.contains(command == "test-report" ? "file/default: delivered" : "is good"), "\(tried)")
            }
            _ = try await shell(box, "systemctl enable --now complainer")
            #expect(try await show(box, "ActiveState") == "active")
            #expect(try await shell(box, "ps -o user:20= -p $(systemctl show -P MainPID complainer)") == "complainer")
            try await waitUntil("the report") { try await reports(box, of: "web") == 1 }

            let former = try await show(box, "MainPID")
            _ = try await shell(box, "dpkg -i /root/packages/complainer_*.deb")
            let upgraded = try await show(box, "MainPID")
            #expect(upgraded != former && upgraded != "0")
            #expect(try await show(box, "ActiveState") == "active")
            failures.list([web, FakeFailures.Task(id: "api", agent: agent)])
            try await waitUntil("the report of another failure") { try await reports(box, of: "api") == 1 }
            #expect(try await reports(box, of: "web") == 1, "a failure from before the upgrade is not news")
            #expect(try await shell(box, "grep -c ^COMPLAINER /etc/default/complainer") == "6")

            let journal = try await shell(box, "journalctl -u complainer -o cat")
            #expect(!journal.contains("priority"), "libdispatch talks: \(journal.prefix(500))")

            _ = try await shell(box, "dpkg -r complainer")
            #expect(try await show(box, "LoadState") == "not-found")
            #expect(try await box.exec("pgrep", "-u", "complainer").stdout == "")
            _ = try await shell(box, "test -e \(ledger) && test -e /etc/default/complainer")
            _ = try await shell(box, "! test -e /usr/bin/complainer")
            _ = try await shell(box, "dpkg -P complainer")
            #expect(try await left(box, "*complainer*") == "")
        }
    }

    @Test func `the executor is where tasks expect it, and its timer goes with it`() async throws {
        try await withPackage("--executor") { box in
            _ = try await shell(box, "dpkg -i /root/packages/sidecar-executor_*.deb")
            #expect(try await shell(box, "/opt/mesos/sidecar-executor version").hasPrefix("sidecar-executor v"))
            _ = try await shell(box, "test -x /opt/mesos/executor.sh")
            let units = ["sidecar-executor-cleanup.service", "sidecar-executor-cleanup.timer"]
            #expect(try await shell(box, "systemd-analyze verify \(units[0]) \(units[1])") == "")
            let rating = try await box.exec("systemd-analyze", "security", "--threshold=45", units[0])
            #expect(rating.status == 0, "exposure over 4.5: \(rating.stdout.suffix(100))")
            try await cleansUp(box)
            _ = try await shell(box, "systemctl enable --now sidecar-executor-cleanup.timer")
            _ = try await shell(box, "dpkg -i /root/packages/sidecar-executor_*.deb")
            #expect(try await shell(box, "systemctl is-active sidecar-executor-cleanup.timer") == "active")
            _ = try await shell(box, "dpkg -P sidecar-executor")
            #expect(try await shell(box, "systemctl is-active sidecar-executor-cleanup.timer || true") == "inactive")
            #expect(try await left(box, "*sidecar-executor*") == "")
        }
    }

    /// The clean-up, locked away as its unit has it, sees which sandbox nobody looks after: of any user, and below /tmp.
    private func cleansUp(_ box: SystemdBox) async throws {
        let containers = ["lost", "alive"].map {
            #"{"Id":"\#($0)","Image":"i","State":"running","Labels":{"sidecar-executor.sandbox":"/tmp/mesos/\#($0)"}}"#
        }
        let docker = try FakeMaster { request in
            switch request.path.split(separator: "/").last {
            case "_ping": .response(200, Data("OK".utf8), headers: ["Api-Version: 1.41"])
            case "json": .json("[\(containers.joined(separator: ","))]")
            default: .status(204)
            }
        }
        defer { docker.stop() }
        try await box.write(
            "DOCKER_HOST=tcp://127.0.0.1:\(docker.port)\n", to: "/etc/default/sidecar-executor", mode: 0o600)
        let lock = ".sidecar-executor.lock"
        let made = "mkdir -m 700 $t; touch $t/\(lock); chown -R nobody: $t"
        _ = try await shell(box, "mkdir /tmp/mesos; cd /tmp/mesos; for t in lost alive; do \(made); done")
        _ = try await shell(box, "systemd-run -u holder flock /tmp/mesos/alive/\(lock) sleep infinity")
        _ = try await box.wait(for: { $0.status == 1 }, "flock", "-n", "/tmp/mesos/alive/\(lock)", "true")
        let cleaned = try await box.exec("systemctl", "start", "sidecar-executor-cleanup")
        let journal = try await shell(box, "journalctl -o cat -u sidecar-executor-cleanup")
        #expect(cleaned.status == 0, "\(journal)")
        let stopped = docker.requests.filter { $0.method == "POST" }.map(\.path)
        #expect(stopped.count == 1 && stopped.first?.hasSuffix("/containers/lost/stop") == true, "\(stopped)")
    }
}
