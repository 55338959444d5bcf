import Foundation
import Glibc
import Testing

/// The harness around `complainer`, tried with a few lines of Python in its place.
struct ComplainerProcessTests {
    @Test func waitsForReadinessAndCollectsWhatSystemdWouldBeTold() async throws {
        try await withStandIn { complainer in
            #expect(complainer.statuses == ["starting", "watching"])
            let workers = complainer.workers()
            #expect(workers.map(\.role) == ["dispatcher", "reporter/file"])
            #expect(await complainer.stop() == .code(0))
            #expect(complainer.workers() == [])
        }
    }

    @Test func killsAWorkerByItsRole() async throws {
        try await withStandIn { complainer in
            let victim = try complainer.kill(role: "dispatcher")
            try await waitUntil("its end") { !complainer.workers().contains { $0.pid == victim } }
            #expect(complainer.workers().map(\.role) == ["reporter/file"])
            #expect(throws: HarnessError.self) { try complainer.kill(role: "dispatcher") }
        }
    }

    @Test func readsTheReportsAsLines() async throws {
        try await withStandIn { complainer in
            let lines = try await complainer.waitForReport(containing: "died with status")
            #expect(lines == ["Task a (a.1) died with status TASK_FAILED:"])
        }
    }

    @Test func saysWhyItNeverBecameReady() async throws {
        var options = ComplainerProcess.Options(masters: "http://127.0.0.1:1")
        options.command = ["/bin/sh"]  // which knows no -masters
        let failure = await #expect(throws: HarnessError.self) { try await ComplainerProcess.start(options) }
        #expect(failure?.description.contains("complainer ended: ") == true)
    }

    private func withStandIn(_ body: (ComplainerProcess) async throws -> Void) async throws {
        let file = try Scratch.folder("stand-in").appending(path: "complainer.py")
        let script = #"""
            import os, signal, socket, subprocess, sys
            flags = dict(zip(sys.argv[1::2], sys.argv[2::2]))
            notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            tell = lambda text: notify.sendto(text.encode(), os.environ["NOTIFY_SOCKET"].replace("@", "\0", 1))
            tell("STATUS=starting")
            work = ["-c", "import sys; sys.stdin.read()", "worker"]
            workers = [subprocess.Popen([sys.executable, *work, role], stdin=subprocess.PIPE)
                       for role in ("reporter/file", "dispatcher")]
            with open(flags["-file.name"], "a") as reports:
                reports.write("Task a (a.1) died with status TASK_FAILED:\n")
            signal.signal(signal.SIGTERM, lambda *_: sys.exit([w.kill() for w in workers] and 0))
            tell("READY=1\nSTATUS=watching")
            while True:
                signal.pause()
            """#
        try Data(script.utf8).write(to: file)
        var options = ComplainerProcess.Options(masters: "http://127.0.0.1:1")
        // Not the file itself: a test beside this one that forks just now still holds it open for writing.
        options.command = ["/usr/bin/python3", file.path]
        try await ComplainerProcess.with(options) { complainer in
            // A fork shows its parent's command line until it has exec'ed.
            try await waitUntil("both workers") { complainer.workers().count == 2 }
            try await body(complainer)
        }
    }
}
