import Testing

@testable import Supervision

/// Every transition of a worker's life, without a process and without a clock.
@Suite struct WorkerLifeTests {
    private struct Rig {
        var now = ContinuousClock.now
        var life: WorkerLife

        init() {
            var policy = RestartPolicy()
            policy.jitter = { 0 }
            life = WorkerLife(startAt: now, policy: policy)
        }

        mutating func feed(_ event: WorkerLife.Event, after delay: Duration = .zero) -> [WorkerLife.Action] {
            now += delay
            return life.handle(event, now: now)
        }

        mutating func start(pid: Int32 = 42) {
            _ = feed(.tick)
            _ = feed(.spawned(pid: pid))
            _ = feed(.hello)
            _ = feed(.ready)
        }

        var wait: Duration? { life.deadline.map { now.duration(to: $0) } }
    }

    @Test func theGoodLife() {
        var rig = Rig()
        #expect(rig.feed(.tick) == [.spawn])
        #expect(rig.life.state == .spawning && rig.life.deadline == nil)
        #expect(rig.feed(.spawned(pid: 42)) == [])
        #expect(rig.life.pid == 42 && rig.wait == .seconds(10))
        #expect(rig.feed(.hello) == [.configure])
        #expect(rig.wait == .seconds(5))
        #expect(rig.feed(.ready) == [])
        #expect(rig.life.isReady)
        #expect(rig.feed(.tick, after: .seconds(5)) == [.ping])
        #expect(rig.feed(.pong) == [])
        #expect(rig.feed(.tick, after: .seconds(4)) == [])
        #expect(rig.feed(.tick, after: .seconds(1)) == [.ping])
        #expect(rig.feed(.stop(within: .seconds(3))) == [.askToStop(within: .seconds(3))])
        #expect(rig.feed(.exited(.exited(code: 0))) == [])
        #expect(rig.life.state == .stopped && rig.life.lastExit == "exited with status 0" && rig.life.restarts == 0)
        #expect(rig.feed(.tick, after: .seconds(100)) == [])
    }

    @Test func delaysDoubleUpToHalfAMinuteAndStartOverAfterAMinuteOfHealth() {
        var rig = Rig()
        var delays: [Duration] = []
        for _ in 0..<11 {
            _ = rig.feed(.tick, after: rig.wait ?? .zero)
            _ = rig.feed(.spawned(pid: 1))
            for case .crashed(_, let delay, _) in rig.feed(.exited(.killed(signal: 11, core: false))) {
                delays.append(delay)
            }
        }
        let expected: [Duration] = [.milliseconds(100), .milliseconds(200), .milliseconds(400), .milliseconds(800)]
        #expect(Array(delays.prefix(4)) == expected)
        #expect(Array(delays.suffix(3)) == [.milliseconds(25600), .seconds(30), .seconds(30)])
        _ = rig.feed(.tick, after: .seconds(30))
        _ = rig.feed(.spawned(pid: 1))
        _ = rig.feed(.hello)
        _ = rig.feed(.ready)
        let crash = rig.feed(.exited(.exited(code: 1)), after: .seconds(60))
        #expect(crash == [.crashed(reason: "exited with status 1", restartIn: .milliseconds(100), looping: false)])
        #expect(rig.life.restarts == 12)
    }

    @Test func jitterShortensByAQuarterAtMost() {
        var policy = RestartPolicy()
        policy.jitter = { 0.999 }
        #expect(
            policy.delay(afterFailures: 1) > .milliseconds(75) && policy.delay(afterFailures: 1) < .milliseconds(76))
        #expect(policy.delay(afterFailures: 1000) <= .seconds(30))
        policy.jitter = { 0 }
        #expect(policy.delay(afterFailures: .max) == .seconds(30))
    }

    @Test func whoMustNotBeAwayIsBackAtOnceTheFirstTime() {
        var policy = RestartPolicy()
        policy.jitter = { 0 }
        policy.startsOverAtOnce = true
        let delays = (1...4).map { policy.delay(afterFailures: $0) }
        #expect(delays == [0, 100, 200, 400].map { .milliseconds($0) })
    }

    @Test func fiveCrashesInAMinuteAreALoop() {
        var rig = Rig()
        var looping: [Bool] = []
        for _ in 0..<5 {
            _ = rig.feed(.tick, after: rig.wait ?? .zero)
            _ = rig.feed(.spawned(pid: 1))
            for case .crashed(_, _, let isLooping) in rig.feed(.exited(.exited(code: 1))) { looping.append(isLooping) }
        }
        #expect(looping == [false, false, false, false, true])
        #expect(!rig.life.isCrashLooping(at: rig.now + .seconds(61)))
    }

    @Test func aHungWorkerIsAbortedThenKilledThenRestarted() {
        var rig = Rig()
        rig.start()
        #expect(rig.feed(.tick, after: .seconds(5)) == [.ping])
        #expect(rig.feed(.tick, after: .seconds(5)) == [.ping])
        #expect(rig.feed(.tick, after: .seconds(5)) == [.ping])
        #expect(rig.feed(.tick, after: .seconds(5)) == [.hung("missed 3 pings"), .signal(6)])
        #expect(rig.feed(.pong) == [])
        #expect(rig.feed(.tick, after: .seconds(1)) == [.signal(9)])
        #expect(rig.feed(.tick, after: .seconds(1)) == [])
        let crash = rig.feed(.exited(.killed(signal: 9, core: false)))
        #expect(
            crash == [
                .crashed(reason: "missed 3 pings; killed by SIGKILL", restartIn: .milliseconds(100), looping: false)
            ])
        #expect(rig.feed(.tick, after: .milliseconds(100)) == [.spawn])
    }

    @Test func anAnswerInTimeForgivesMissedPings() {
        var rig = Rig()
        rig.start()
        for _ in 0..<10 {
            #expect(rig.feed(.tick, after: .seconds(5)) == [.ping])
            #expect(rig.feed(.tick, after: .seconds(5)) == [.ping])
            _ = rig.feed(.pong)
        }
    }

    @Test func aWorkerThatNeverSaysHelloIsHung() {
        var rig = Rig()
        _ = rig.feed(.tick)
        _ = rig.feed(.spawned(pid: 9))
        #expect(rig.feed(.tick, after: .seconds(9)) == [])
        let actions = rig.feed(.tick, after: .seconds(1))
        #expect(actions.last == .signal(6))
        #expect(rig.life.pid == 9)
    }

    @Test(arguments: [WorkerLife.Event.hello, .ready]) func wordsOutOfTurnKill(event: WorkerLife.Event) {
        var rig = Rig()
        rig.start()
        #expect(rig.feed(event) == [.signal(9)])
    }

    @Test func readyBeforeHelloKills() {
        var rig = Rig()
        _ = rig.feed(.tick)
        _ = rig.feed(.spawned(pid: 9))
        #expect(rig.feed(.ready) == [.signal(9)])
    }

    @Test func aViolationKillsAndRestarts() {
        var rig = Rig()
        rig.start()
        #expect(rig.feed(.violation("a frame of 0 bytes")) == [.signal(9)])
        guard case .crashed(let reason, _, _)? = rig.feed(.exited(.killed(signal: 9, core: false))).first else {
            Issue.record("no crash")
            return
        }
        #expect(reason == "a frame of 0 bytes; killed by SIGKILL")
    }

    @Test func aDisconnectedWorkerThatLingersIsKilled() {
        var rig = Rig()
        rig.start()
        #expect(rig.feed(.disconnected) == [])
        #expect(rig.feed(.tick, after: .milliseconds(200)) == [.signal(9)])
        var other = Rig()
        other.start()
        _ = other.feed(.disconnected)
        guard case .crashed(let reason, _, _)? = other.feed(.exited(.killed(signal: 11, core: true))).first else {
            Issue.record("no crash")
            return
        }
        #expect(reason == "killed by SIGSEGV (core dumped)")
    }

    @Test func whoWasHealthyStartsOverHoweverItsEndWasSeen() {
        var rig = Rig()
        for _ in 0..<5 {
            rig.start()
            // The end of the channel comes first, as it mostly does.
            _ = rig.feed(.disconnected, after: .seconds(61))
            guard case .crashed(_, let delay, _)? = rig.feed(.exited(.killed(signal: 9, core: false))).first else {
                Issue.record("no crash")
                return
            }
            #expect(delay == .milliseconds(100))
            rig.now += delay
        }
    }

    @Test func stoppingEscalates() {
        var rig = Rig()
        rig.start()
        #expect(rig.feed(.stop(within: .seconds(5))) == [.askToStop(within: .seconds(5))])
        #expect(rig.feed(.stop(within: .seconds(5))) == [])
        #expect(rig.feed(.tick, after: .seconds(5)) == [.signal(15)])
        #expect(rig.feed(.tick, after: .seconds(1)) == [.signal(9)])
        #expect(rig.feed(.exited(.killed(signal: 9, core: false))) == [])
        #expect(rig.life.state == .stopped)
    }

    @Test func whoDiesBeforeItHasFinishedIsStartedAgain() {
        var rig = Rig()
        rig.start()
        #expect(rig.feed(.finish(within: .seconds(5))) == [.askToStop(within: .seconds(5))])
        guard case .crashed(let reason, _, _)? = rig.feed(.exited(.killed(signal: 9, core: false))).first else {
            Issue.record("no crash")
            return
        }
        #expect(reason == "killed by SIGKILL")
        guard case .waiting = rig.life.state else {
            Issue.record("not started again")
            return
        }
        // Its time is over before it is there.
        #expect(rig.feed(.stop(within: .zero)) == [] && rig.life.state == .stopped)

        var done = Rig()
        done.start()
        _ = done.feed(.finish(within: .seconds(5)))
        #expect(done.feed(.exited(.exited(code: 0))) == [] && done.life.state == .stopped)
    }

    @Test func whoIsAwayIsStartedBeforeItIsAskedToFinish() {
        var rig = Rig()
        #expect(rig.feed(.finish(within: .seconds(5))) == [])
        #expect(rig.feed(.tick) == [.spawn])
        #expect(rig.feed(.finish(within: .seconds(5))) == [])
        _ = rig.feed(.spawned(pid: 7))
        _ = rig.feed(.hello)
        _ = rig.feed(.ready)
        #expect(rig.feed(.finish(within: .seconds(5))) == [.askToStop(within: .seconds(5))])
        _ = rig.feed(.exited(.killed(signal: 10, core: false)))
        rig.now += .seconds(1)
        rig.start()
        #expect(rig.feed(.finish(within: .seconds(4))) == [.askToStop(within: .seconds(4))])
    }

    @Test func whoHangsWhileItWasAskedToEndIsFoundOut() {
        func hang(_ event: WorkerLife.Event) -> Rig {
            var rig = Rig()
            rig.start()
            #expect(rig.feed(event) == [.askToStop(within: .seconds(3600))])
            #expect(rig.feed(.tick, after: .seconds(5)) == [.ping])
            #expect(rig.feed(.pong) == [] && rig.wait == .seconds(5))
            for _ in 0..<3 { #expect(rig.feed(.tick, after: .seconds(5)) == [.ping]) }
            #expect(rig.feed(.tick, after: .seconds(5)) == [.hung("missed 3 pings"), .signal(6)])
            #expect(rig.feed(.tick, after: .seconds(1)) == [.signal(9)])
            return rig
        }
        var stopping = hang(.stop(within: .seconds(3600)))
        #expect(stopping.feed(.exited(.killed(signal: 9, core: false))) == [] && stopping.life.state == .stopped)
        var finishing = hang(.finish(within: .seconds(3600)))
        guard case .crashed(let reason, _, _)? = finishing.feed(.exited(.killed(signal: 9, core: false))).first else {
            Issue.record("no crash")
            return
        }
        #expect(reason == "missed 3 pings; killed by SIGKILL")
    }

    @Test func stopInEveryState() {
        var waiting = Rig()
        #expect(waiting.feed(.stop(within: .seconds(1))) == [] && waiting.life.state == .stopped)

        var spawning = Rig()
        _ = spawning.feed(.tick)
        #expect(spawning.feed(.stop(within: .seconds(1))) == [])
        #expect(spawning.feed(.spawned(pid: 5)) == [.askToStop(within: .seconds(1))])

        var failing = Rig()
        _ = failing.feed(.tick)
        _ = failing.feed(.stop(within: .seconds(1)))
        #expect(failing.feed(.spawnFailed("no memory")) == [] && failing.life.state == .stopped)

        var recovering = Rig()
        recovering.start()
        _ = recovering.feed(.violation("x"))
        _ = recovering.feed(.stop(within: .seconds(1)))
        #expect(recovering.feed(.exited(.killed(signal: 9, core: false))) == [] && recovering.life.state == .stopped)
    }

    @Test func impatienceKillsAtOnce() {
        var rig = Rig()
        rig.start()
        _ = rig.feed(.stop(within: .seconds(5)))
        #expect(rig.feed(.kill) == [.signal(9)])
        #expect(rig.feed(.exited(.killed(signal: 9, core: false))) == [] && rig.life.state == .stopped)
        var idle = Rig()
        #expect(idle.feed(.kill) == [] && idle.life.state == .stopped)
    }

    @Test func newSettingsReplaceTheProcessWithoutDelay() {
        var rig = Rig()
        rig.start()
        #expect(rig.feed(.replace) == [.askToStop(within: .seconds(5))])
        #expect(rig.feed(.exited(.exited(code: 0))) == [])
        #expect(rig.feed(.tick) == [.spawn])
        #expect(rig.life.restarts == 1)
        // While it backs off: at once, too.
        _ = rig.feed(.spawnFailed("x"))
        #expect(rig.feed(.replace) == [] && rig.feed(.tick) == [.spawn])
    }

    @Test func aFailedStartIsACrash() {
        var rig = Rig()
        _ = rig.feed(.tick)
        let actions = rig.feed(.spawnFailed("starting /x: No such file or directory"))
        #expect(
            actions == [
                .crashed(
                    reason: "starting /x: No such file or directory", restartIn: .milliseconds(100), looping: false)
            ])
        #expect(rig.life.restarts == 1)
    }

    @Test func lateWordsChangeNothing() {
        for event in [WorkerLife.Event.pong, .hello, .ready, .exited(.exited(code: 0)), .disconnected, .violation("x")]
        {
            var rig = Rig()
            #expect(rig.feed(event) == [])
            #expect(rig.life.pid == nil)
            _ = rig.feed(.stop(within: .zero))
            #expect(rig.feed(event) == [])
            #expect(rig.life.state == .stopped)
        }
    }
}
