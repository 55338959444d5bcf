import FoundationEssentials
import MesosExecutor
import Supervision

/// Everything that a worker must know to take over from one that died.
struct Checkpoint: Codable, Equatable, Sendable {
    /// The task as the agent gave it.
    var task: JSONValue?
    var life = TaskLife.Memory()
    var session = ExecutorSession.Snapshot()
}

extension Checkpoint {
    /// The most bytes of JSON that a task may have. Beside it there must be room for the updates.
    static let maximumTask = WorkerContext.maximumHandover - (2 << 20)

    /// - Parameter handover: what a worker before this one handed over.
    init(handover: Data) throws {
        self = try JSONDecoder().decode(Self.self, from: handover)
        for (id, document) in session.tasks where document == .null { session.tasks[id] = task }
    }

    /// For ``init(handover:)``. The task stands there once; one that is too large, and was refused for it, is left out.
    ///
    /// - Throws: ``HandoverError`` when the supervisor would not take so many bytes.
    func handover() throws -> [UInt8] {
        var state = self
        for (id, document) in session.tasks where document == task { state.session.tasks[id] = .null }
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        var bytes = try encoder.encode(state)
        if bytes.count > WorkerContext.maximumHandover {
            state.session.tasks = state.session.tasks.filter { $0.value == .null }
            bytes = try encoder.encode(state)
        }
        guard bytes.count <= WorkerContext.maximumHandover else { throw HandoverError(bytes: bytes.count) }
        return Array(bytes)
    }
}

/// A state that is too large to be handed over.
struct HandoverError: Error, CustomStringConvertible {
    let bytes: Int

    var description: String {
        "the state for the next worker has \(bytes) bytes, at most \(WorkerContext.maximumHandover) are kept"
    }
}
