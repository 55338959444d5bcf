import DockerClient
import Foundation
import MesosExecutor
import Synchronization

@testable import ContainerExecuting

/// A life without a clock; its updates have the uuids u1, u2, …
struct LifeRig {
    var now = ContinuousClock.now
    var life: TaskLife
    var order = TaskOrder(taskID: "t", image: "web:1", memoryMegabytes: 512, gracePeriod: .seconds(5))

    init(draining: Duration = .zero) {
        let count = Counter()
        life = TaskLife { task, state in
            TaskStatus(taskID: task, state: state, timestamp: 1, uuid: "u\(count.next())")
        }
        order.draining = draining
    }

    /// Of two files that are empty.
    static func mark() throws -> LogMark {
        let bytes = #"{"stdout":{"copied":0,"size":0},"stderr":{"copied":0,"size":0}}"#
        return try JSONDecoder().decode(LogMark.self, from: Data(bytes.utf8))
    }

    final class Counter: Sendable {
        private let value = Mutex(0)
        func next() -> Int {
            value.withLock {
                $0 += 1
                return $0
            }
        }
    }

    @discardableResult
    mutating func feed(_ event: TaskLife.Event, after delay: Duration = .zero) -> [TaskLife.Action] {
        now += delay
        return life.handle(event, now: now)
    }

    /// Goes to a phase by the straight way.
    mutating func go(to phase: String) {
        if phase == "adopting" {
            _ = life.resume(TaskLife.Memory(), order: order, isReported: false, now: now)
            return
        }
        let way: [(String, TaskLife.Event)] = [
            ("waiting", .tick), ("pulling", .launched(order)), ("preparing", .pulled), ("creating", .prepared),
            ("starting", .created(id: "c1")),
            ("running", .started(networks: [])),
        ]
        for (name, event) in way {
            feed(event)
            if name == phase { return }
        }
        switch phase {
        case "draining": feed(.stop(StopRequest(.framework)))
        case "stopping": feed(.stop(StopRequest(.signal("SIGTERM"))))
        case "copyingLogs": feed(.ended(ContainerEnd(exitCode: 3)))
        case "reporting": feed(.ended(ContainerEnd(exitCode: 0)))
        default: break
        }
    }
}

extension [TaskLife.Action] {
    /// `STARTING: message`, `pull`, …: what a test compares.
    var words: [String] {
        map { action in
            switch action {
            case .update(let status):
                let reason = status.reason.map { " \($0.rawValue)" } ?? ""
                let health = status.healthy == false ? " unhealthy" : ""
                return "\(status.state.rawValue)\(reason)\(health): \(status.message ?? "")"
            case .lookForContainer: return "look"
            case .pull: return "pull"
            case .prepare: return "prepare"
            case .create: return "create"
            case .start: return "start"
            case .cancel: return "cancel"
            case .watch: return "watch"
            case .drain: return "drain"
            case .askToStop(_, let grace): return "stop \(grace)"
            case .kill: return "kill"
            case .remove: return "remove"
            case .prepareLogs(_, let begun): return begun == nil ? "prepare copy" : "resume copy"
            case .copyLogs: return "copy"
            case .finish(let code): return "finish \(code)"
            }
        }
    }
}
