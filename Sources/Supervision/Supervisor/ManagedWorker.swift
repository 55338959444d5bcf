import Logging
import Observability

/// A worker as the supervisor holds it: its life, its process's channel and what it said last.
final class ManagedWorker {
    var specification: WorkerSpecification
    var life: WorkerLife
    var link: ControlLink?
    var status: String?
    var metrics: [UInt8]?
    /// For the process that comes after this one.
    var note: [UInt8] = []
    /// What that process resumes from.
    var handover: [UInt8]?
    /// It has been configured, so it can be given peers.
    var isConfigured = false
    /// It was taken out of the configuration; forget it when it has stopped.
    var isLeaving = false
    /// It was to finish within a time that is over.
    var hasHadItsTime = false

    init(_ specification: WorkerSpecification, life: WorkerLife) {
        self.specification = specification
        self.life = life
    }

    func report(at now: WorkerLife.Instant) -> WorkerReport {
        let state =
            switch life.state {
            case .waiting: "waiting"
            case .spawning, .starting: "starting"
            case .ready: "ready"
            case .ending: "stopping"
            case .stopped: "stopped"
            }
        return WorkerReport(
            role: specification.role, state: state, pid: life.pid, restarts: life.restarts, lastExit: life.lastExit,
            crashLooping: life.isCrashLooping(at: now), status: status)
    }
}

extension ManagedWorker {
    /// What a log line about this worker carries.
    var metadata: Logger.Metadata { metadata([:]) }

    func metadata(_ more: Logger.Metadata) -> Logger.Metadata {
        var all: Logger.Metadata = [LogMetadata.worker: "\(specification.role)"]
        if let pid = life.pid { all["pid"] = "\(pid)" }
        return all.merging(more) { $1 }
    }
}
