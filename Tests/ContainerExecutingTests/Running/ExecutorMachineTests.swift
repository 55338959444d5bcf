import MesosExecutor
import Testing

@testable import ContainerExecuting

/// The agent's words and the task's life, joined; without an agent, Docker or a clock.
@Suite struct ExecutorMachineTests {
    private struct Rig {
        var now = ContinuousClock.now
        var machine: ExecutorMachine
        let environment = ExecutorEnvironment(
            endpoint: "127.0.0.1:5051", frameworkID: "f", executorID: "e", sandbox: "/s")

        init(
            _ checkpoint: Checkpoint? = nil, uuids: String = "u",
            patience: Duration = ExecutorMachine.patience(isFirst: true)
        ) {
            let count = LifeRig.Counter()
            machine = ExecutorMachine(environment, checkpoint: checkpoint, now: now, patience: patience) {
                task, state in
                TaskStatus(taskID: task, state: state, timestamp: 1, uuid: "\(uuids)\(count.next())")
            } read: { [environment] task in
                TaskReading.read(task, settings: ExecutorSettings(), environment: environment, problem: nil)
            }
        }

        mutating func feed(_ input: ExecutorMachine.Input) -> [String] {
            machine.handle(input, now: now).flatMap(Self.words)
        }

        mutating func receive(_ event: ExecutorEvent) -> [String] { feed(.session(.received(event))) }

        mutating func connect() {
            _ = feed(.tick)
            _ = feed(.session(.opened))
        }

        static func words(_ effect: ExecutorMachine.Effect) -> [String] {
            switch effect {
            case .subscribe(let tasks, let updates): ["subscribe \(tasks.count) \(updates.map(\.uuid))"]
            case .hangUp: ["hang up"]
            case .send(let status): ["send \(status.uuid) \(status.state.rawValue): \(status.message ?? "")"]
            case .prepare(let task): ["prepare \(task.taskID)"]
            case .life(let action): [action].words
            case .say: []
            }
        }
    }

    private func task(_ id: String, image: String? = "web:1") -> JSONValue {
        let docker = image.map { JSONValue.object(["docker": .object(["image": .string($0)])]) } ?? .object([:])
        return .object(["task_id": .object(["value": .string(id)]), "container": docker])
    }

    private func launch(_ id: String, image: String? = "web:1") -> ExecutorEvent {
        .launch(taskID: id, document: task(id, image: image))
    }

    @Test func fromLaunchToTheEnd() {
        var rig = Rig()
        rig.connect()
        #expect(
            rig.receive(launch("t")) == [
                "prepare t", "send u1 TASK_STARTING: starting a container of web:1", "pull",
            ])
        #expect(rig.machine.checkpoint.task == task("t"))
        #expect(rig.machine.checkpoint.session.updates.map(\.uuid) == ["u1"])
        #expect(rig.feed(.session(.delivered(uuid: "u1"))) == [])
        #expect(rig.receive(.acknowledged(taskID: "t", uuid: "u1")) == [])
        #expect(rig.feed(.life(.pulled)) == ["prepare"])
        #expect(rig.feed(.life(.prepared)) == ["create"])
        #expect(rig.feed(.life(.created(id: "c1"))) == ["start"])
        #expect(
            rig.feed(.life(.started(networks: []))) == ["send u2 TASK_RUNNING: container c1 is running", "watch"])
        // The last update waits for the one before it.
        #expect(rig.feed(.life(.ended(ContainerEnd(exitCode: 0)))) == [])
        #expect(rig.feed(.session(.delivered(uuid: "u2"))) == ["send u3 TASK_FINISHED: "])
        #expect(rig.machine.checkpoint.life.lastUpdate == "u3")
        #expect(rig.receive(.acknowledged(taskID: "t", uuid: "u2")) == [])
        #expect(rig.receive(.acknowledged(taskID: "t", uuid: "u3")) == ["finish 0"])
    }

    @Test func onlyOneTask() {
        var rig = Rig()
        rig.connect()
        _ = rig.receive(launch("t"))
        #expect(rig.receive(launch("t")) == [])
        #expect(rig.receive(launch("other")) == [])
        #expect(
            rig.feed(.session(.delivered(uuid: "u1")))
                == ["send u2 TASK_ERROR: this executor runs one task, and has t"])
        #expect(rig.receive(.kill(taskID: "other", policy: nil)) == [])
        #expect(rig.machine.life.phase == .pulling)
    }

    @Test func aTaskThatCannotBeHandedOverIsRefused() throws {
        var rig = Rig()
        rig.connect()
        let huge = JSONValue.object([
            "task_id": .object(["value": .string("t")]),
            "data": .string(String(repeating: "x", count: Checkpoint.maximumTask)),
        ])
        let words = rig.receive(.launch(taskID: "t", document: huge))
        #expect(words.count == 1 && words[0].hasPrefix("send u1 TASK_ERROR: this executor takes tasks of at most"))
        #expect(try rig.machine.checkpoint.handover().count <= 8 << 20)
    }

    @Test func taskGroupsAreRefusedAndThatIsIt() {
        var rig = Rig()
        rig.connect()
        #expect(
            rig.receive(.launchGroup(taskIDs: ["a", "b"])) == [
                "send u1 TASK_ERROR: task groups are not supported: this executor runs one container"
            ])
        #expect(rig.feed(.session(.delivered(uuid: "u1"))).count == 1)
        #expect(rig.receive(.acknowledged(taskID: "a", uuid: "u1")) == [])
        #expect(rig.receive(.acknowledged(taskID: "b", uuid: "u2")) == ["finish 0"])
    }

    @Test func whatCannotBeAContainerIsSaidAtOnce() {
        var rig = Rig()
        rig.connect()
        let words = rig.receive(launch("t", image: nil))
        #expect(words.count == 2 && words[1].hasPrefix("send u1 TASK_FAILED: the task has no container.docker.image"))

        var other = Rig()
        other.connect()
        let broken = JSONValue.object([
            "task_id": .object(["value": .string("t")]), "resources": .string("all"),
        ])
        #expect(
            other.receive(.launch(taskID: "t", document: broken))
                == ["send u1 TASK_ERROR: this executor cannot read the task: resources is not what the API says"])
    }

    @Test func killAndShutdown() {
        var rig = Rig()
        rig.connect()
        _ = rig.receive(launch("t"))
        #expect(rig.receive(.kill(taskID: "t", policy: nil)) == ["cancel"])
        #expect(
            rig.feed(.session(.delivered(uuid: "u1"))) == ["send u2 TASK_KILLED: killed on the framework's request"])
        var idle = Rig()
        idle.connect()
        #expect(idle.receive(.shutdown) == ["finish 0"])
    }

    @Test func theNextProcessTakesOver() throws {
        var first = Rig()
        first.connect()
        _ = first.receive(launch("t"))
        var second = Rig(first.machine.checkpoint, uuids: "v")
        #expect(try second.machine.begin(now: second.now).flatMap(Rig.words) == ["prepare t", "look"])
        #expect(second.feed(.tick) == ["subscribe 1 [\"u1\"]"])
        #expect(second.feed(.life(.found(.running(id: "c1", networks: [])))) == ["watch"])
        #expect(second.feed(.session(.opened)) == ["send v1 TASK_RUNNING: container c1 is running"])
    }

    @Test func whereNoTaskComesNobodyStays() {
        var first = Rig()
        first.connect()
        _ = first.receive(.subscribed(agentHost: nil))
        first.now += .seconds(30)
        // A new subscription is no reason to wait longer.
        _ = first.feed(.session(.closed("gone")))
        first.now += .seconds(1)
        first.connect()
        _ = first.receive(.subscribed(agentHost: nil))
        first.now += .milliseconds(28_900)
        #expect(!first.feed(.tick).contains("finish 1"))
        first.now += .milliseconds(100)
        #expect(first.feed(.tick).last == "finish 1")

        // Whoever takes over from somebody without a task has most likely missed it.
        var second = Rig(patience: ExecutorMachine.patience(isFirst: false))
        second.connect()
        _ = second.receive(.subscribed(agentHost: nil))
        #expect(second.machine.deadline == second.now + .seconds(10))
        second.now += .seconds(10)
        #expect(second.feed(.tick) == ["finish 1"])

        var busy = Rig()
        busy.connect()
        _ = busy.receive(.subscribed(agentHost: nil))
        _ = busy.receive(launch("t"))
        busy.now += .seconds(60)
        #expect(!busy.feed(.tick).contains("finish 1"))
    }

    @Test func aShutdownInsteadOfASubscriptionEndsTheTaskAndIsAnswered() throws {
        var first = Rig()
        first.connect()
        _ = first.receive(launch("t"))
        var second = Rig(first.machine.checkpoint, uuids: "v")
        _ = try second.machine.begin(now: second.now)
        _ = second.feed(.tick)
        _ = second.feed(.life(.found(.running(id: "c1", networks: []))))
        _ = second.feed(.session(.opened))
        #expect(second.receive(.shutdown).last == "stop 3.0 seconds")
        _ = second.feed(.session(.closed("closed by the agent")))
        for uuid in ["v1", "u1"] { _ = second.feed(.session(.delivered(uuid: uuid))) }
        #expect(
            second.feed(.life(.ended(ContainerEnd(exitCode: 0))))
                == ["send v2 TASK_KILLED: killed because the agent shut the executor down"])
        #expect(second.feed(.session(.delivered(uuid: "v2"))) == [])
        // Nobody can acknowledge it.
        second.now += .seconds(1)
        #expect(second.feed(.tick).last == "finish 0")
    }

    @Test func whatTheProcessBeforeKnewIsNotReportedTwice() throws {
        var first = Rig()
        first.connect()
        _ = first.receive(launch("t"))
        _ = first.receive(.kill(taskID: "t", policy: nil))
        // It died before it could save that its last update was acknowledged.
        var second = Rig(first.machine.checkpoint)
        #expect(try second.machine.begin(now: second.now, isReported: true).flatMap(Rig.words).last == "finish 0")
    }

    @Test func aRefusalOutlivesItsProcess() throws {
        var first = Rig()
        first.connect()
        _ = first.receive(.launchGroup(taskIDs: ["a"]))
        var second = Rig(first.machine.checkpoint, uuids: "v")
        #expect(try second.machine.begin(now: second.now).isEmpty)
        #expect(second.feed(.tick) == ["subscribe 0 [\"u1\"]"])
        #expect(second.receive(.acknowledged(taskID: "a", uuid: "u1")) == ["finish 0"])
        // And if it dies right then, there is nothing left to do.
        var third = Rig(second.machine.checkpoint)
        #expect(try third.machine.begin(now: third.now).flatMap(Rig.words) == ["finish 0"])
    }

    @Test func anAgentThatIsLostEndsIt() {
        var rig = Rig()
        rig.connect()
        #expect(rig.receive(.error("no such executor")) == ["finish 1"])
    }
}
