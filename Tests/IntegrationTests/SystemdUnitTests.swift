import Foundation
import Testing

@Suite(.enabled(if: SystemdBox.isWanted, "a systemd box needs root and systemd"))
struct SystemdUnitTests {
    private let unit = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "systemd/complainer.service")

    /// systemd only warns about a key that it does not know, and then runs without that protection.
    @Test func `systemd understands every line of the unit`() async throws {
        try await SystemdBox.run { box in
            try await box.write("#!/bin/sh\n", to: "/usr/bin/complainer", mode: 0o755)
            try await box.copyIn(unit, to: "/etc/systemd/system/complainer.service")
            let verified = try await box.exec("systemd-analyze", "verify", "complainer.service")
            #expect(verified.status == 0)
            #expect(verified.stdout + verified.stderr == "")
        }
    }

    @Test func `the clean-up on agents has little to misuse`() async throws {
        try await SystemdBox.run { box in
            let name = "sidecar-executor-cleanup.service"
            try await box.write("#!/bin/sh\n", to: "/opt/mesos/sidecar-executor", mode: 0o755)
            try await box.copyIn(
                unit.deletingLastPathComponent().appending(path: name), to: "/etc/systemd/system/\(name)")
            let verified = try await box.exec("systemd-analyze", "verify", name)
            #expect(verified.status == 0)
            #expect(verified.stdout + verified.stderr == "")
            try await box.exec("systemctl", "daemon-reload").succeed("load the unit")
            let rating = try await box.exec("systemd-analyze", "security", "--threshold=20", name)
            #expect(rating.status == 0, "exposure over 2: \(rating.stdout.suffix(200))")
            try await box.exec("systemctl", "start", name).succeed("run it")
        }
    }

    @Test func `the sandbox is strict, and its service comes up, reloads and stops`() async throws {
        try await SystemdBox.run { box in
            // Stands in for the daemon: keeps what it saw in its state folder.
            let daemon = """
                #!/bin/sh
                trap 'echo reloaded >> "$STATE_DIRECTORY/seen"' HUP
                trap 'exit 0' TERM
                echo "$EXTRA" > "$STATE_DIRECTORY/seen"
                touch /etc/forbidden 2> /dev/null && echo writable >> "$STATE_DIRECTORY/seen"
                test -x /proc/self/exe && echo self >> "$STATE_DIRECTORY/seen"
                while :; do sleep 0.1; done
                """
            try await box.write(daemon, to: "/usr/bin/complainer", mode: 0o755)
            try await box.write("EXTRA=\"from the default file\"\n", to: "/etc/default/complainer", mode: 0o600)
            try await box.copyIn(unit, to: "/etc/systemd/system/complainer.service")
            // A shell cannot notify as the main process; everything else is as shipped.
            try await box.write(
                "[Service]\nType=exec\nWatchdogSec=0\n", to: "/etc/systemd/system/complainer.service.d/test.conf")
            try await box.exec("systemctl", "daemon-reload").succeed("load the unit")
            try await box.exec("systemctl", "start", "complainer").succeed("start the service")
            let file = "/var/lib/private/complainer/seen"
            let started = try await box.wait(for: { $0.stdout.contains("self") }, "cat", file)
            #expect(started.stdout == "from the default file\nself\n")
            try await box.exec("systemctl", "reload", "complainer").succeed("reload the service")
            _ = try await box.wait(for: { $0.stdout.contains("reloaded") }, "cat", file)
            let mode = try await box.exec("stat", "-c", "%a", "/var/lib/private/complainer", "/run/complainer")
            #expect(mode.stdout == "700\n700\n")
            let rating = try await box.exec("systemd-analyze", "security", "--threshold=15", "complainer.service")
            #expect(rating.status == 0, "exposure over 1.5: \(rating.stdout.suffix(200))")
            try await box.exec("systemctl", "stop", "complainer").succeed("stop the service")
            let result = try await box.exec("systemctl", "show", "-P", "Result", "complainer")
            #expect(result.stdout == "success\n")
        }
    }

    @Test func `a box is gone even when its test fails`() async throws {
        struct Failure: Error {}
        var name = ""
        await #expect(throws: Failure.self) {
            try await SystemdBox.run { box in
                name = box.name
                throw Failure()
            }
        }
        let processes = try FileManager.default.contentsOfDirectory(atPath: "/proc").filter { Int($0) != nil }
        let left = processes.filter { pid in
            guard let line = FileManager.default.contents(atPath: "/proc/\(pid)/environ") else { return false }
            return String(decoding: line, as: UTF8.self).contains("SYSTEMD_BOX_NAME=\(name)")
        }
        #expect(left.isEmpty)
    }
}
