import Complaints
import MesosClient
import Synchronization

/// Reads the last lines of a sandbox's logs and nothing else: for reports whose logs are not saved. That it fails is no
/// problem, and it takes no longer than a moment.
final class TailReader: Sendable {
    private let limits: LogTail.Limits
    private let patience: Duration
    /// Agents that took too long, by their ids: until when they are not asked.
    private let slow = Mutex<[String: ContinuousClock.Instant]>([:])
    private static let pause = Duration.seconds(30)

    init(_ limits: LogTail.Limits, patience: Duration = .seconds(2)) {
        self.limits = limits
        self.patience = patience
    }

    /// The evidence with tails, as far as they could be had.
    func complete(_ evidence: Evidence, from sandbox: Sandbox, of agent: String) async -> Evidence {
        guard limits.lines > 0, limits.bytes > 0, !sandbox.isNowhere, !isSlow(agent) else { return evidence }
        let tails = await withTimeLimit(patience) {
            async let stdout = self.tail(sandbox, "stdout")
            async let stderr = self.tail(sandbox, "stderr")
            return await (stdout, stderr)
        }
        guard let tails else {
            leaveAlone(agent)
            return evidence
        }
        var evidence = evidence
        (evidence.stdoutTail, evidence.stderrTail) = tails
        return evidence
    }

    private func tail(_ sandbox: Sandbox, _ log: String) async -> String {
        let path = sandbox.file(log)
        do throws(AgentError) {
            var offset = max(0, try await sandbox.agent.size(of: path) - Int64(limits.bytes))
            var tail = LogTail(limits)
            // Tells the tail that it begins in the middle of something.
            if offset > 0 { offset -= 1 }
            let bytes = try await sandbox.agent.read(path, offset: offset, length: limits.bytes + 1)
            tail.append(bytes)
            return tail.text
        } catch {
            return ""
        }
    }

    /// Leaves an agent alone for a while, by its id.
    func leaveAlone(_ agent: String) {
        slow.withLock { $0[agent] = .now + Self.pause }
    }

    /// Whether the agent took too long a moment ago.
    func isSlow(_ agent: String) -> Bool {
        slow.withLock { slow in
            guard let until = slow[agent] else { return false }
            if until <= .now { slow[agent] = nil }
            return until > .now
        }
    }
}

/// nil when it takes longer; what is under way is cancelled then.
func withTimeLimit<Value: Sendable>(
    _ limit: Duration, _ body: @escaping @Sendable () async -> Value
) async -> Value? {
    await withTaskGroup(of: Value?.self) { group in
        group.addTask { await body() }
        group.addTask {
            try? await Task.sleep(for: limit)
            return nil
        }
        defer { group.cancelAll() }
        return await group.next() ?? nil
    }
}
