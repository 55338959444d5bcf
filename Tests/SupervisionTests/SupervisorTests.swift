import Foundation
import Glibc
import TestTools
import Testing

@testable import Supervision

/// The supervisor with real processes.
@Suite(.serialized) struct SupervisorTests {
    private func ready(_ modes: [(role: String, mode: String)]) async throws -> SupervisorRun {
        let run = try SupervisorRun(modes)
        try await waitUntil { run.isReady }
        return run
    }

    @Test func workersStartBecomeReadyAndStop() async throws {
        let run = try await ready([("hub", "well"), ("one", "well"), ("two", "well")])
        try await waitUntil { run.line == "3 of 3 workers up" }
        #expect(run.pid("one") != nil)
        try await waitUntil { run.watchdogs > 2 }
        try await run.stop()
        #expect(run.pid("one") == nil && run.pid("hub") == nil)
        #expect(!run.log.contains { $0.contains("crashed") })
    }

    @Test func aKilledWorkerIsBackWithoutTheOthersNoticing() async throws {
        let run = try await ready([("hub", "well"), ("one", "well"), ("two", "well")])
        guard let victim = run.pid("one"), let other = run.pid("two") else {
            Issue.record("no workers")
            return
        }
        kill(victim, SIGKILL)
        try await waitUntil { run.pid("one") != nil && run.pid("one") != victim && run.line == "3 of 3 workers up" }
        #expect(run.pid("two") == other)
        #expect(run.log.contains { $0.contains("a worker crashed") && $0.contains("killed by SIGKILL") })
        try await run.stop()
    }

    @Test func theDataChannelIsRenewedWhicheverSideDied() async throws {
        let run = try await ready([("hub", "chatter"), ("one", "chatter")])
        let both = ["chatter/hub hears chatter/one", "chatter/one hears chatter/hub"]
        try await waitUntil { both.allSatisfy { run.line.contains($0) } }
        for role in ["one", "hub"] {
            let victim = run.pid(role)
            kill(victim ?? 0, SIGKILL)
            try await waitUntil { run.pid(role) != nil && run.pid(role) != victim }
            try await waitUntil { both.allSatisfy { run.line.contains($0) } }
        }
        try await run.stop()
    }

    @Test func metricsReachTheHubAndItsSuccessor() async throws {
        let run = try await ready([("hub", "counts"), ("one", "counts"), ("two", "well")])
        let all = "counts/hub=counts/hub counts/one=counts/one"
        try await waitUntil { run.line.contains(all) }
        let victim = run.pid("hub")
        kill(victim ?? 0, SIGKILL)
        // The other worker says nothing new; what it said before is remembered for the new hub.
        try await waitUntil { run.pid("hub") != nil && run.pid("hub") != victim && run.line.contains(all) }
        try await run.stop()
    }

    @Test(arguments: [
        ("crash", "killed by SIGSEGV"), ("quits", "exited with status 7"), ("garbage", "a frame of 1195725856 bytes"),
        ("zero", "a frame of 0 bytes"), ("latin", "not UTF-8"), ("liar", "introduced itself as somebody"),
        ("hoards", "left a note of 1048577 bytes"),
    ]) func misbehaviourIsLoggedByNameAndAloneRestarted(mode: String, words: String) async throws {
        let run = try SupervisorRun([("hub", "well"), ("bad", mode), ("good", "well")])
        try await waitUntil { run.log.count(where: { $0.contains("crash") && $0.contains(words) }) >= 2 }
        #expect(run.pid("good") != nil)
        #expect(!run.log.contains { $0.contains("crash") && $0.contains("well/") })
        if mode == "crash" {
            try await waitUntil { run.line.contains("CRASH LOOP: crash/bad (killed by SIGSEGV") }
            #expect(run.log.contains { $0.hasPrefix("error") && $0.contains("keeps crashing") })
        }
        try await run.stop()
    }

    @Test func aWorkerAtTheSideThatOnlyCrashesDoesNotKeepTheProgramFromBeingReady() async throws {
        let run = try await ready([("hub", "well"), ("one", "well"), ("late", "quits")])
        #expect(run.log.contains { $0.contains("crashed") && $0.contains("exited with status 7") })
        try await run.stop()
    }

    @Test func untilAllIsReadyThatIsSaid() async throws {
        let run = try SupervisorRun([("hub", "well"), ("one", "quits")])
        try await waitUntil { run.starting >= 2 }
        #expect(!run.isReady)
        try await run.stop()
        let well = try await ready([("hub", "well")])
        let count = well.starting
        try await waitUntil { well.watchdogs > 2 }
        #expect(well.starting == count)
        try await well.stop()
    }

    @Test func aWorkerThatIsDoneEndsTheProgram() async throws {
        let run = try SupervisorRun([("only", "finishes")])
        try await waitUntil { run.hasEnded }
        #expect(run.exitCode == 3)
        #expect(run.said == ["finishes/only: about to finish"])
        #expect(!run.log.contains { $0.contains("crash") })
    }

    @Test func aNoteComesBackToTheNextWorker() async throws {
        let run = try SupervisorRun([("a", "notes"), ("b", "notes")])
        try await waitUntil {
            ["a", "b"].allSatisfy { name in
                run.said.filter { $0.hasPrefix("notes/\(name): ") }
                    == ["x", "xx", "xxx"].map { "notes/\(name): noted \($0)" }
            }
        }
        try await run.stop()
        #expect(!run.log.contains { $0.contains("xx") })
    }

    @Test func onlyAWorkerThatMayEndsTheProgram() async throws {
        let run = try SupervisorRun([("other", "finishes")])
        try await waitUntil { run.log.contains { $0.contains("not for it to say") } }
        #expect(!run.hasEnded)
        try await run.stop()
        #expect(run.exitCode == 0)
    }

    @Test func aWorkerThatKeepsCrashingEndsTheProgramWhenToldSo() async throws {
        var policy = RestartPolicy()
        policy.firstDelay = .milliseconds(1)
        policy.giveUpAfter = 3
        let run = try SupervisorRun([("only", "crash")], policy: policy)
        try await waitUntil { run.hasEnded }
        #expect(run.exitCode == 1)
        #expect(run.log.contains { $0.contains("crashed too often") && $0.contains("SIGSEGV") })
        #expect(run.log.count { $0.hasPrefix("warning a worker crashed") } == 2)
    }

    @Test func aWorkerAtTheSideNeverEndsTheProgram() async throws {
        var policy = RestartPolicy()
        policy.firstDelay = .milliseconds(1)
        policy.longestDelay = .milliseconds(1)
        policy.giveUpAfter = 2
        let run = try SupervisorRun([("only", "well"), ("last", "crash")], policy: policy)
        try await waitUntil { run.crashes > 4 }
        #expect(!run.hasEnded && run.pid("only") != nil)
        run.signal(SIGTERM)
        run.signal(SIGTERM)
        try await waitUntil { run.hasEnded }
        #expect(run.exitCode == 0)
    }

    @Test func whoHasSomethingToFinishIsStoppedLast() async throws {
        let run = try await ready([("only", "stubborn"), ("last", "well")])
        run.signal(SIGTERM)
        try await waitUntil { run.log.contains { $0.contains("stopping") } }
        // The first worker takes its time: until then the last one is not told, and if it dies it comes back.
        let victim = run.pid("last")
        kill(victim ?? 0, SIGKILL)
        try await waitUntil { run.pid("last") != nil && run.pid("last") != victim }
        #expect(run.pid("only") != nil && !run.hasEnded)
        try await waitUntil { run.hasEnded }
        #expect(run.pid("last") == nil)
    }

    @Test func whoHasJustCrashedIsStartedOnceMoreToFinish() async throws {
        var policy = RestartPolicy()
        policy.firstDelay = .seconds(1)
        let run = try SupervisorRun([("only", "well"), ("last", "well")], policy: policy)
        try await waitUntil { run.isReady }
        let victim = run.pid("last")
        kill(victim ?? 0, SIGKILL)
        try await waitUntil { run.crashes == 1 }
        run.signal(SIGTERM)
        // The other one is gone at once; this one is there again, and ends in good order.
        try await waitUntil { run.pid("last") != nil && run.pid("last") != victim }
        try await waitUntil { run.hasEnded }
        #expect(run.crashes == 1)
    }

    @Test func whoIsKilledWhileItFinishesIsStartedAgain() async throws {
        let run = try await ready([("only", "well"), ("last", "stubborn")])
        run.signal(SIGTERM)
        try await waitUntil { run.pid("only") == nil }
        let victim = run.pid("last")
        kill(victim ?? 0, SIGKILL)
        try await waitUntil { run.pid("last") != nil && run.pid("last") != victim }
        #expect(!run.hasEnded)
        run.signal(SIGTERM)
        try await waitUntil { run.hasEnded }
        #expect(run.pid("last") == nil)
    }

    @Test func hungWorkersAreKilled() async throws {
        var timing = WorkerLife.Timing()
        timing.ping = .milliseconds(100)
        timing.hello = .seconds(2)
        timing.grace = .milliseconds(200)
        let run = try SupervisorRun([("hub", "well"), ("one", "deaf"), ("two", "mute")], timing: timing)
        try await waitUntil { run.log.contains { $0.contains("hangs") && $0.contains("missed 3 pings") } }
        try await waitUntil { run.log.contains { $0.contains("hangs") && $0.contains("did not say hello") } }
        try await waitUntil { run.log.contains { $0.contains("crashed") && $0.contains("SIGABRT") } }
        try await run.stop()
    }

    @Test func aStubbornWorkerDoesNotHoldUpTheStop() async throws {
        let run = try await ready([("hub", "well"), ("one", "stubborn")])
        let began = ContinuousClock.now
        try await run.stop()
        #expect(began.duration(to: .now) < .seconds(10))
        #expect(run.pid("one") == nil)
    }

    @Test func aSecondSignalStopsAtOnce() async throws {
        let run = try await ready([("hub", "stubborn"), ("one", "stubborn")])
        run.signal(SIGTERM)
        try await waitUntil { run.log.contains { $0.contains("stopping") } }
        try await run.stop()
        #expect(run.log.contains { $0.contains("SIGTERM again") })
    }

    @Test func aWorkerSeesNothingItShouldNot() async throws {
        var limits = ProcessLimits()
        limits.core = 0
        let leaked = open("/dev/null", O_RDONLY)  // without close-on-exec
        defer { close(leaked) }
        let run = try SupervisorRun(
            [("hub", "well"), ("one", "environ")], environment: ["PATH": "/usr/bin:/bin", "TZ": "UTC"], limits: limits)
        try await waitUntil { run.line.contains("\"fds\"") }
        let line = run.line
        guard let brace = line.firstIndex(of: "{"),
            let seen = try JSONSerialization.jsonObject(with: Data(line[brace...].utf8)) as? [String: Any]
        else {
            Issue.record("\(line)")
            return
        }
        #expect((seen["environ"] as? [String])?.filter { $0 != "LC_CTYPE" } == ["PATH", "TZ"])
        #expect(seen["fds"] as? [Int] == [0, 1, 2, 3])
        #expect(seen["session"] as? Bool == true)
        #expect(seen["core"] as? [Int] == [0, 0])
        let status = seen["status"] as? [String]
        #expect(status?.first == "0000000000000000" && status?.last == "1")
        try await run.stop()
    }

    @Test func settingsArriveAndOnlyChangedOnesRestart() async throws {
        let run = try SupervisorRun([("hub", "well"), ("one", "well"), ("two", "environ")])
        try await waitUntil { run.isReady }
        let one = run.pid("one")
        let two = run.pid("two")
        let gone = SupervisorRun.specification("hub", mode: "well")
        run.reload([
            gone, SupervisorRun.specification("one", mode: "well"),
            SupervisorRun.specification("two", mode: "environ", values: ["token": ["new value"]]),
            SupervisorRun.specification("three", mode: "well"),
        ])
        try await waitUntil { run.pid("three") != nil && run.pid("two") != two && run.line.contains("new value") }
        #expect(run.pid("one") == one)
        run.reload(nil)
        run.reload([gone, SupervisorRun.specification("three", mode: "well")])
        try await waitUntil { run.pid("one") == nil && run.line == "2 of 2 workers up" }
        try await run.stop()
    }

    @Test func aProgramThatIsNotThereIsSaid() async throws {
        let run = try SupervisorRun([("hub", "well")], executable: "/nowhere/complainer", arguments: ["x"])
        try await waitUntil { run.log.contains { $0.contains("starting /nowhere/complainer: No such file") } }
        try await run.stop()
    }

    @Test func aThousandRestartsLeakNothing() async throws {
        var policy = RestartPolicy()
        policy.firstDelay = .zero
        policy.longestDelay = .zero
        let before = try openDescriptors()
        let run = try SupervisorRun([("one", "x")], executable: "/bin/true", arguments: ["true"], policy: policy)
        try await waitUntil(within: .seconds(300)) { run.crashes >= 1000 }
        try await run.stop()
        try await waitUntil { try openDescriptors() <= before + 10 }
        #expect(SupervisorRun.zombies(of: "true") == 0)
    }

    @Test func workersDieWithTheirSupervisor() async throws {
        // The parent-death signal watches the thread that forked: here it simply ends.
        let pid = try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                let spawner = Spawner(
                    executable: "/bin/sleep", arguments: ["sleep"], environment: ["PATH": "/bin"])
                continuation.resume(with: Result { try spawner.spawn(role: "3600", limits: ProcessLimits()).pid })
            }
        }
        var status: Int32 = 0
        try await waitUntil { waitpid(pid, &status, WNOHANG) == pid }
        #expect(ExitStatus(waitStatus: status) == .killed(signal: SIGKILL, core: false))
    }
}

extension SupervisorRun {
    /// Children of this process that are dead and not reaped, by the start of their name.
    static func zombies(of name: String) -> Int {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { Int32($0) }.count { pid in
            guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8) else { return false }
            return stat.contains("(\(name)) Z \(getpid()) ")
        }
    }
}
