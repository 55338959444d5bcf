import MesosExecutor
import Testing

@testable import ContainerExecuting

/// Every way through a task's life, without Docker, without an agent and without a clock.
@Suite struct TaskLifeTests {
    private let killed = "TASK_KILLED: killed on the framework's request"

    @Test func theGoodLife() {
        var rig = LifeRig()
        #expect(rig.feed(.launched(rig.order)).words == ["TASK_STARTING: starting a container of web:1", "pull"])
        #expect(rig.feed(.pulled).words == ["prepare"])
        #expect(rig.feed(.prepared).words == ["create"])
        #expect(rig.feed(.created(id: "0123456789abcdef")).words == ["start"])
        let network = NetworkInfo(name: "bridge", ipAddresses: ["172.17.0.2"])
        let actions = rig.feed(.started(networks: [network]))
        #expect(actions.words == ["TASK_RUNNING: container 0123456789ab is running", "watch"])
        guard case .update(let running) = actions[0] else {
            Issue.record("no update")
            return
        }
        #expect(running.networks == [network])
        #expect(rig.life.deadline == nil)
        #expect(rig.feed(.ended(ContainerEnd(exitCode: 0))).words == ["TASK_FINISHED: "])
        #expect(rig.feed(.acknowledged(uuid: "u2")) == [])
        #expect(rig.feed(.acknowledged(uuid: "u3")).words == ["finish 0"])
    }

    @Test(arguments: [
        (ContainerEnd(exitCode: 3), "TASK_FAILED REASON_COMMAND_EXECUTOR_FAILED: exited with status 3"),
        (ContainerEnd(exitCode: 255), "TASK_FAILED REASON_COMMAND_EXECUTOR_FAILED: exited with status 255"),
        (ContainerEnd(exitCode: 128), "TASK_FAILED REASON_COMMAND_EXECUTOR_FAILED: exited with status 128"),
        (ContainerEnd(exitCode: 139), "TASK_FAILED REASON_COMMAND_EXECUTOR_FAILED: killed by SIGSEGV"),
        (ContainerEnd(exitCode: 137), "TASK_FAILED REASON_COMMAND_EXECUTOR_FAILED: killed by SIGKILL"),
        (ContainerEnd(exitCode: 143), "TASK_FAILED REASON_COMMAND_EXECUTOR_FAILED: killed by SIGTERM"),
        (
            ContainerEnd(exitCode: 137, isOutOfMemory: true, memoryLimit: 512 << 20),
            "TASK_FAILED REASON_CONTAINER_LIMITATION_MEMORY: out of memory, limit 512 MB"
        ),
        (
            ContainerEnd(exitCode: 1, isOutOfMemory: true),
            "TASK_FAILED REASON_CONTAINER_LIMITATION_MEMORY: out of memory, limit 512 MB"
        ),
        (ContainerEnd(exitCode: 0, isOutOfMemory: true), "TASK_FINISHED: "),
        (ContainerEnd(exitCode: 0), "TASK_FINISHED: "),
    ])
    func endsNobodyAskedFor(end: ContainerEnd, words: String) throws {
        var rig = LifeRig()
        rig.go(to: "running")
        var actions = rig.feed(.ended(end)).words
        if words.hasPrefix("TASK_FAILED") {
            #expect(actions == ["prepare copy"])
            let mark = try LifeRig.mark()
            #expect(rig.feed(.logsReady(mark)).words == ["copy"] && rig.life.memory.logs == mark)
            actions = rig.feed(.logsCopied).words
        }
        #expect(actions == [words])
    }

    @Test func logsThatDoNotEndAreGivenUp() {
        var rig = LifeRig()
        rig.go(to: "copyingLogs")
        #expect(
            rig.feed(.tick, after: .seconds(300)).words
                == ["cancel", "TASK_FAILED REASON_COMMAND_EXECUTOR_FAILED: exited with status 3"])
        #expect(rig.feed(.logsCopied) == [])
    }

    @Test(arguments: [("pulling", []), ("preparing", []), ("creating", []), ("starting", ["remove"])])
    func refusalsAreDockersOwnWords(phase: String, before: [String]) {
        var rig = LifeRig()
        rig.go(to: phase)
        let actions = rig.feed(.failed("no such image")).words
        #expect(actions == before + ["TASK_FAILED REASON_CONTAINER_LAUNCH_FAILED: no such image"])
    }

    // MARK: Kills

    @Test func killWhilePulling() {
        var rig = LifeRig()
        rig.go(to: "pulling")
        #expect(rig.feed(.stop(StopRequest(.framework))).words == ["cancel", killed])
        #expect(rig.feed(.pulled) == [])
        #expect(rig.feed(.acknowledged(uuid: "u2")).words == ["finish 0"])
    }

    @Test func killWhilePreparing() {
        var rig = LifeRig()
        rig.go(to: "preparing")
        #expect(rig.feed(.stop(StopRequest(.framework))).words == ["cancel", killed])
        #expect(rig.feed(.prepared) == [] && rig.feed(.failed("cancelled")) == [])
        #expect(rig.feed(.acknowledged(uuid: "u2")).words == ["finish 0"])
    }

    @Test func credentialsThatEndStopTheTaskWithoutDraining() {
        var rig = LifeRig(draining: .seconds(10))
        rig.go(to: "running")
        #expect(
            rig.feed(.stop(StopRequest(.credentials(expire: "2026-01-01T12:00:00Z")))).words == ["stop 5.0 seconds"])
        #expect(
            rig.feed(.ended(ContainerEnd(exitCode: 143))).words
                == ["TASK_KILLED: AWS credentials expire at 2026-01-01T12:00:00Z"])
    }

    @Test func killWhileCreating() {
        var rig = LifeRig()
        rig.go(to: "creating")
        #expect(rig.feed(.stop(StopRequest(.framework))) == [])
        #expect(rig.feed(.created(id: "c1")).words == ["remove", killed])
        var other = LifeRig()
        other.go(to: "creating")
        other.feed(.stop(StopRequest(.framework)))
        #expect(other.feed(.failed("no")).words == [killed])
    }

    @Test func killWhileStarting() {
        var rig = LifeRig(draining: .seconds(10))
        rig.go(to: "starting")
        #expect(rig.feed(.stop(StopRequest(.signal("SIGTERM")))) == [])
        #expect(
            rig.feed(.started(networks: [])).words == [
                "TASK_RUNNING: container c1 is running", "watch", "stop 5.0 seconds",
            ])
        #expect(
            rig.feed(.ended(ContainerEnd(exitCode: 143))).words
                == ["TASK_KILLED: killed because the executor got SIGTERM"])
    }

    @Test func killWhileRunning() {
        var rig = LifeRig()
        rig.go(to: "running")
        #expect(rig.feed(.stop(StopRequest(.framework))).words == ["stop 5.0 seconds"])
        #expect(rig.feed(.ended(ContainerEnd(exitCode: 0))).words == [killed])
    }

    @Test func theKillsOwnGracePeriodCounts() {
        var rig = LifeRig()
        rig.go(to: "running")
        #expect(
            rig.feed(.stop(StopRequest(.framework, gracePeriod: .seconds(30)))).words == ["stop 30.0 seconds"])
        #expect(rig.feed(.tick, after: .seconds(29)) == [])
        // A second kill may be in more of a hurry, never in less.
        #expect(rig.feed(.stop(StopRequest(.framework, gracePeriod: .zero))) == [])
        #expect(rig.feed(.tick).words == ["kill"])
        #expect(rig.feed(.tick, after: .seconds(4)) == [])
        #expect(rig.feed(.tick, after: .seconds(1)).words == ["kill"])
        #expect(rig.feed(.ended(ContainerEnd(exitCode: 137))).words == [killed])
    }

    @Test func drainingComesFirst() {
        var rig = LifeRig(draining: .seconds(10))
        rig.go(to: "running")
        #expect(rig.feed(.stop(StopRequest(.framework))).words == ["drain"])
        #expect(rig.life.deadline == nil)
        #expect(rig.feed(.stop(StopRequest(.framework))) == [])
        #expect(rig.feed(.drainAnswered(isAccepted: true)) == [])
        #expect(rig.feed(.tick, after: .seconds(9)) == [])
        #expect(rig.feed(.tick, after: .seconds(1)).words == ["stop 5.0 seconds"])
        #expect(rig.feed(.drainAnswered(isAccepted: true)) == [])
        #expect(rig.feed(.vanished).words == [killed])
    }

    @Test func aSidecarThatDoesNotListenIsNotWaitedFor() {
        var rig = LifeRig(draining: .seconds(10))
        rig.go(to: "draining")
        #expect(rig.feed(.drainAnswered(isAccepted: false)).words == ["stop 5.0 seconds"])
    }

    @Test func drainingEndsWithTheContainer() {
        var rig = LifeRig(draining: .seconds(10))
        rig.go(to: "draining")
        #expect(rig.feed(.ended(ContainerEnd(exitCode: 1))).words == ["cancel", killed])
    }

    @Test func theAgentHasNoTimeForDraining() {
        var rig = LifeRig(draining: .seconds(10))
        rig.go(to: "running")
        let shutdown = StopRequest(.agent(within: .seconds(5)))
        #expect(rig.feed(.stop(shutdown)).words == ["stop 3.0 seconds"])
        #expect(
            rig.feed(.ended(ContainerEnd(exitCode: 0))).words
                == ["TASK_KILLED: killed because the agent shut the executor down"])

        var draining = LifeRig(draining: .seconds(10))
        draining.go(to: "draining")
        #expect(draining.feed(.stop(shutdown)).words == ["cancel", "stop 3.0 seconds"])
        #expect(draining.feed(.ended(ContainerEnd(exitCode: 0))).words == [killed])

        var copying = LifeRig()
        copying.go(to: "copyingLogs")
        copying.feed(.stop(shutdown))
        #expect(copying.life.deadline == copying.now + .seconds(4))
    }

    @Test func withoutATaskThereIsNothingToStop() {
        var rig = LifeRig()
        #expect(rig.feed(.stop(StopRequest(.agent(within: .seconds(5))))).words == ["finish 0"])
    }

    @Test func credentialsExpire() {
        var rig = LifeRig(draining: .seconds(10))
        rig.go(to: "running")
        rig.feed(.stop(StopRequest(.credentials(expire: "2026-11-21T12:00:00Z"))))
        #expect(
            rig.feed(.ended(ContainerEnd(exitCode: 0))).words
                == ["TASK_KILLED: AWS credentials expire at 2026-11-21T12:00:00Z"])
    }

    @Test func unhealthyIsAFailureWhateverTheContainerSays() {
        var rig = LifeRig(draining: .seconds(10))
        rig.order.unhealthyGracePeriod = .seconds(2)
        rig.go(to: "running")
        #expect(rig.feed(.unhealthy(4)).words == ["stop 2.0 seconds"])
        #expect(rig.feed(.ended(ContainerEnd(exitCode: 0))).words == ["prepare copy"])
        #expect(rig.feed(.logsCopied).words == ["TASK_FAILED unhealthy: failed 4 Sidecar health checks"])
    }

    // MARK: Somebody is gone

    @Test func aContainerThatSomebodyRemoves() {
        var rig = LifeRig()
        rig.go(to: "running")
        #expect(
            rig.feed(.vanished).words
                == ["TASK_FAILED REASON_COMMAND_EXECUTOR_FAILED: the container was removed by somebody else"])
    }

    @Test func withoutAnAgentTheContainerIsStoppedAndNobodyTold() {
        var rig = LifeRig(draining: .seconds(10))
        rig.go(to: "running")
        #expect(rig.feed(.agentLost("no agent")).words == ["stop 5.0 seconds"])
        #expect(rig.feed(.ended(ContainerEnd(exitCode: 0))).words == ["finish 1"])
        for phase in ["waiting", "reporting"] {
            var other = LifeRig()
            other.go(to: phase)
            #expect(other.feed(.agentLost("no agent")).words == ["finish 1"])
        }
        var pulling = LifeRig()
        pulling.go(to: "pulling")
        #expect(pulling.feed(.agentLost("no agent")).words == ["cancel", "finish 1"])
        var copying = LifeRig()
        copying.go(to: "copyingLogs")
        #expect(copying.feed(.agentLost("no agent")) == [])
        #expect(copying.feed(.logsCopied).words == ["finish 1"])
    }

    @Test(arguments: ["adopting", "creating", "starting"])
    func anAgentThatIsLostAfterAKillIsNotWaitedFor(phase: String) {
        var rig = LifeRig()
        rig.go(to: phase)
        #expect(rig.feed(.stop(StopRequest(.framework))) == [])
        #expect(rig.feed(.agentLost("no agent")) == [])
        switch phase {
        case "adopting": rig.feed(.found(.running(id: "c1", networks: [])))
        case "creating": #expect(rig.feed(.created(id: "c1")).words == ["remove", "finish 1"])
        default: rig.feed(.started(networks: []))
        }
        if phase != "creating" { #expect(rig.feed(.ended(ContainerEnd(exitCode: 0))).words == ["finish 1"]) }
    }

    @Test func whatTheAgentHasIsNoFailureThoughItSaysNothing() {
        var rig = LifeRig()
        rig.go(to: "reporting")
        rig.feed(.connected)
        let last = rig.life.memory.lastUpdate ?? ""
        #expect(rig.feed(.taken(uuid: last, isToBeAcknowledged: true)) == [])
        #expect(rig.feed(.tick, after: .seconds(29)) == [])
        #expect(rig.feed(.tick, after: .seconds(1)).words == ["finish 0"])

        var settled = LifeRig()
        settled.go(to: "reporting")
        settled.feed(.taken(uuid: last, isToBeAcknowledged: false))
        // Whatever becomes of the connection.
        settled.feed(.connected)
        settled.feed(.disconnected)
        #expect(settled.feed(.tick, after: .seconds(1)).words == ["finish 0"])
    }

    @Test func anAcknowledgementThatNeverComes() {
        var rig = LifeRig()
        rig.go(to: "reporting")
        // While the agent is away nobody can answer; how long it may be is not for us to say.
        #expect(rig.life.deadline == nil)
        rig.feed(.connected, after: .seconds(600))
        #expect(rig.feed(.tick, after: .seconds(29)) == [])
        rig.feed(.disconnected)
        #expect(rig.feed(.tick, after: .seconds(600)) == [])
        rig.feed(.connected)
        #expect(rig.feed(.tick, after: .seconds(29)) == [])
        #expect(rig.feed(.tick, after: .seconds(1)).words == ["finish 1"])

        var present = LifeRig()
        present.feed(.connected)
        present.go(to: "reporting")
        #expect(present.life.deadline == present.now + .seconds(30))
    }

    @Test func aTaskThatCannotBeRun() {
        var rig = LifeRig()
        let outcome = TaskOutcome(.error, "no image", reason: .taskInvalid)
        #expect(rig.feed(.refused(rig.order, outcome)).words == ["TASK_ERROR REASON_TASK_INVALID: no image"])
        #expect(rig.feed(.acknowledged(uuid: "u1")).words == ["finish 0"])
    }
}
