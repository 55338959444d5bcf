import FoundationEssentials
import MesosExecutor

/// Everything that a worker must know to take over from one that died.
struct Checkpoint: Codable, Equatable, Sendable {
    /// The task as the agent gave it.
    var task: JSONValue?
    var life = TaskLife.Memory()
    var session = ExecutorSession.Snapshot()
}

/// The file in the sandbox that holds the checkpoint. It is replaced as a whole and is on the disk when `save` returns.
public struct CheckpointFile: Sendable {
    private let folder: String
    private let name: String

    public init(sandbox: String, name: String = ".sidecar-executor.checkpoint") {
        folder = sandbox
        self.name = name
    }

    /// nil when there is none.
    func load() throws -> Checkpoint? {
        guard let bytes = try SandboxFile.read(path) else { return nil }
        do {
            return try JSONDecoder().decode(Checkpoint.self, from: Data(bytes))
        } catch {
            throw SandboxError("\(path) is not a checkpoint of this program (\(bytes.count) bytes)")
        }
    }

    func save(_ checkpoint: Checkpoint) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        // The task's environment may hold secrets.
        try SandboxFile.replace(path, in: folder, with: Array(try encoder.encode(checkpoint)), mode: 0o600)
    }

    /// Nobody will take over any more: no worker is left.
    public func remove() {
        SandboxFile.remove(path)
    }

    private var path: String { "\(folder)/\(name)" }
}
