import MesosExecutor
import Testing

@testable import ContainerExecuting

/// Whatever happens in whatever order, some things hold.
@Suite struct AnyOrderTests {
    private let phases = [
        "waiting", "adopting", "pulling", "preparing", "creating", "starting", "running", "draining", "stopping",
        "copyingLogs",
        "reporting",
    ]

    private func events(_ order: TaskOrder) -> [TaskLife.Event] {
        [
            .tick, .idle, .connected, .disconnected, .launched(order), .refused(order, TaskOutcome(.error, "no")),
            .found(.nothing),
            .found(.created(id: "c1")), .found(.running(id: "c1", networks: [])),
            .found(.ended(id: "c1", ContainerEnd(exitCode: 1))), .pulled, .prepared, .created(id: "c1"),
            .started(networks: []),
            .failed("no"), .ended(ContainerEnd(exitCode: 0)), .ended(ContainerEnd(exitCode: 9)), .vanished,
            .stop(StopRequest(.framework)), .stop(StopRequest(.agent(within: .seconds(5)))),
            .stop(StopRequest(.signal("SIGTERM"))), .stop(StopRequest(.credentials(expire: "noon"))), .unhealthy(4),
            .drainAnswered(isAccepted: true), .logsCopied,
            .acknowledged(uuid: "u1"), .acknowledged(uuid: "u2"), .acknowledged(uuid: "u3"), .agentLost("gone"),
        ]
    }

    /// Counts what may happen once only, and says what is wrong.
    private struct Witness {
        var states: [TaskState] = []
        var finished = 0

        mutating func see(_ actions: [TaskLife.Action], _ story: @autoclosure () -> String) {
            for action in actions {
                if finished > 0 { Issue.record("\(action) after the end: \(story())") }
                switch action {
                case .update(let status):
                    if states.contains(where: \.isTerminal) { Issue.record("a second end: \(story())") }
                    if states.contains(status.state) { Issue.record("\(status.state) twice: \(story())") }
                    states.append(status.state)
                case .finish: finished += 1
                default: break
                }
            }
        }
    }

    @Test func everyEventInEveryPhase() {
        for phase in phases {
            for event in events(LifeRig().order) {
                var rig = LifeRig(draining: .seconds(10))
                rig.go(to: phase)
                let before = rig.life.phase
                var witness = Witness()
                witness.see(rig.feed(event, after: .seconds(1)), "\(event) in \(phase)")
                if case .done = before { #expect(before == rig.life.phase) }
                // An answer to a question that was not asked changes nothing.
                if case .found = event, before != .adopting {
                    #expect(rig.life.phase == before, "\(event) in \(phase)")
                }
            }
        }
    }

    @Test func anyOrderOfEventsEndsOnce() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<5000 {
            var rig = LifeRig(draining: Bool.random() ? .seconds(10) : .zero)
            var witness = Witness()
            var story: [TaskLife.Event] = []
            let begin = phases.randomElement(using: &random) ?? "waiting"
            rig.go(to: begin)
            let all = events(rig.order)
            for _ in 0..<Int.random(in: 0..<12) {
                guard let event = all.randomElement(using: &random) else { continue }
                story.append(event)
                witness.see(rig.feed(event, after: .milliseconds(300)), "\(story)")
            }
            // From wherever it is, the usual answers lead to the end.
            let answers: [TaskLife.Event] = [
                .launched(rig.order), .found(.nothing), .pulled, .prepared, .created(id: "c1"), .started(networks: []),
                .ended(ContainerEnd(exitCode: 0)), .logsCopied,
            ]
            for event in answers {
                story.append(event)
                witness.see(rig.feed(event), "\(story)")
            }
            // Who is gone for good acknowledges nothing.
            if witness.finished == 0, !story.contains(.agentLost("gone")) {
                let last = rig.life.memory.lastUpdate ?? "none"
                witness.see(rig.feed(.acknowledged(uuid: last)), "\(story)")
            }
            #expect(witness.finished == 1, "\(begin): \(story)")
        }
    }
}
