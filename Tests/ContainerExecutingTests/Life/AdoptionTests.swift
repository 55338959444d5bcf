import MesosExecutor
import Testing

@testable import ContainerExecuting

/// A worker died and the next one takes over, at every point.
@Suite struct AdoptionTests {
    private func resumed(
        _ change: (inout TaskLife.Memory) -> Void, isReported: Bool = false
    ) -> (LifeRig, [String]) {
        var rig = LifeRig()
        var memory = TaskLife.Memory()
        change(&memory)
        let actions = rig.life.resume(memory, order: rig.order, isReported: isReported, now: rig.now)
        return (rig, actions.words)
    }

    private let running = TaskLife.Found.running(id: "c1", networks: [])

    @Test func beforeThereWasAContainer() {
        var (rig, actions) = resumed { _ in }
        #expect(actions == ["look"])
        #expect(rig.feed(.found(.nothing)).words == ["pull"])
    }

    @Test func betweenCreateAndStart() {
        var (rig, _) = resumed { _ in }
        #expect(rig.feed(.found(.created(id: "c1"))).words == ["start"])
    }

    @Test func betweenStartAndTheReport() {
        var (rig, _) = resumed { $0.containerID = "c1" }
        #expect(rig.feed(.found(running)).words == ["TASK_RUNNING: container c1 is running", "watch"])
    }

    @Test func whileRunning() {
        var (rig, _) = resumed {
            $0.containerID = "c1"
            $0.hasRun = true
        }
        #expect(rig.feed(.found(running)).words == ["watch"])
    }

    @Test func afterAnEndThatNobodySaw() {
        var (rig, _) = resumed {
            $0.containerID = "c1"
            $0.hasRun = true
        }
        #expect(rig.feed(.found(.ended(id: "c1", ContainerEnd(exitCode: 3)))).words == ["prepare copy"])
    }

    @Test func inTheMiddleOfTheCopy() throws {
        let mark = try LifeRig.mark()
        var (rig, _) = resumed {
            $0.containerID = "c1"
            $0.hasRun = true
            $0.logs = mark
        }
        #expect(rig.feed(.found(.ended(id: "c1", ContainerEnd(exitCode: 3)))).words == ["resume copy"])
        #expect(rig.feed(.logsReady(mark)) == [.copyLogs(id: "c1", from: mark)])
    }

    @Test func theContainerIsGone() {
        var (rig, _) = resumed {
            $0.containerID = "c1"
            $0.hasRun = true
        }
        #expect(rig.feed(.found(.nothing)).words.first?.contains("removed by somebody else") == true)
    }

    @Test func whileStopping() {
        var (rig, _) = resumed {
            $0.containerID = "c1"
            $0.hasRun = true
            $0.cause = .killed("asked", drains: false)
        }
        #expect(rig.feed(.found(running)).words == ["watch", "stop 5.0 seconds"])
        #expect(rig.feed(.ended(ContainerEnd(exitCode: 0))).words == ["TASK_KILLED: asked"])
    }

    @Test(arguments: [TaskLife.Found.nothing, .created(id: "c1")])
    func killedBeforeItRan(found: TaskLife.Found) {
        var (rig, _) = resumed { $0.cause = .killed("asked", drains: true) }
        #expect(rig.feed(.found(found)).words.last == "TASK_KILLED: asked")
    }

    @Test func howLongAKillMayTakeIsNotForgotten() {
        var first = LifeRig()
        first.go(to: "running")
        first.feed(.stop(StopRequest(.framework, gracePeriod: .seconds(60))))
        var second = LifeRig()
        _ = second.life.resume(first.life.memory, order: second.order, isReported: false, now: second.now)
        #expect(second.feed(.found(running)).words == ["watch", "stop 60.0 seconds"])
    }

    @Test func whenTheAgentLosesPatienceIsNotForgotten() {
        var first = LifeRig(draining: .seconds(10))
        first.go(to: "draining")
        first.feed(.stop(StopRequest(.agent(within: .seconds(5)))))
        var second = LifeRig(draining: .seconds(10))
        _ = second.life.resume(first.life.memory, order: second.order, isReported: false, now: second.now)
        // 5 s less what the update needs, and nothing for draining.
        let words = second.feed(.found(running), after: .seconds(1)).words
        #expect(words.count == 2 && words.last?.hasPrefix("stop 1.9") == true || words.last == "stop 2.0 seconds")
    }

    @Test func aKillWhileLooking() {
        var (rig, _) = resumed {
            $0.containerID = "c1"
            $0.hasRun = true
        }
        #expect(rig.feed(.stop(StopRequest(.signal("SIGTERM")))) == [])
        #expect(rig.feed(.found(running)).words == ["watch", "stop 5.0 seconds"])
    }

    @Test func betweenTheLastUpdateAndItsAcknowledgement() {
        var (rig, actions) = resumed { $0.lastUpdate = "u9" }
        #expect(actions == [])
        #expect(rig.feed(.acknowledged(uuid: "u9")).words == ["finish 0"])
    }

    @Test func afterEverything() {
        let (_, actions) = resumed({ $0.lastUpdate = "u9" }, isReported: true)
        #expect(actions == ["finish 0"])
    }
}
