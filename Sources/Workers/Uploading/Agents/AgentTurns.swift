import ObjectStorage
import Synchronization

/// One at a time for each agent, by its id, in the order of asking. Agents that nobody asks take no memory.
final class AgentTurns: Sendable {
    private struct Line {
        let turn = Turns(limit: 1)
        var users = 0
    }

    private let lines = Mutex<[String: Line]>([:])

    /// Runs `body` when it is its turn.
    ///
    /// - Returns: nil when the task was cancelled before.
    func run<Value>(_ agent: String, _ body: () async -> Value) async -> Value? {
        let turn = lines.withLock { lines in
            lines[agent, default: Line()].users += 1
            return lines[agent]?.turn
        }
        defer {
            lines.withLock { lines in
                lines[agent]?.users -= 1
                if lines[agent]?.users == 0 { lines[agent] = nil }
            }
        }
        guard let turn, (try? await turn.take()) != nil else { return nil }
        defer { turn.give() }
        return await body()
    }

    /// Agents with somebody in their line.
    var count: Int { lines.withLock { $0.count } }
}
