/// Who may ask which agent: one case at a time each, the others in the order of asking.
///
/// An agent that hangs must not fill the worker with cases that wait for it: while it has not answered for a while, who
/// comes is turned away at once.
actor AgentQueue {
    /// It is not this case's turn: come back after so long.
    struct TurnedAway: Error, Equatable {
        var reason: String
        var retryAfter: Duration
        /// The agent does not answer at all.
        var isHung = false
    }

    private struct Agent {
        /// Since when the case whose turn it is waits for an answer of the agent; nil while it waits for something else.
        var silentSince: ContinuousClock.Instant?
        var waiting: [(id: Int, CheckedContinuation<Result<Void, TurnedAway>, Never>)] = []
    }

    /// Cases that wait for one agent.
    private static let longest = 32
    private static let suspicious = Duration.seconds(2)
    private static let whenHung = TurnedAway(
        reason: "the agent does not answer", retryAfter: .seconds(10), isHung: true)
    private static let whenCrowded = TurnedAway(reason: "the agent is busy with other logs", retryAfter: .seconds(1))

    private var agents: [String: Agent] = [:]
    /// Agents that left a case without an answer, until when they are left alone.
    private var hung: [String: ContinuousClock.Instant] = [:]
    private var last = 0

    /// Waits for the turn; `leave` must follow.
    func enter(_ name: String, now: ContinuousClock.Instant = .now) async throws(TurnedAway) {
        if let until = hung[name] {
            guard until <= now else { throw Self.whenHung }
            hung[name] = nil
        }
        guard var agent = agents[name] else {
            agents[name] = Agent(silentSince: now)
            return
        }
        if let since = agent.silentSince, now - since > Self.suspicious { throw Self.whenHung }
        guard agent.waiting.count < Self.longest else { throw Self.whenCrowded }
        last += 1
        let id = last
        let outcome: Result<Void, TurnedAway> = await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Result<Void, TurnedAway>, Never>) in
                guard !Task.isCancelled else { return continuation.resume(returning: .failure(Self.whenCrowded)) }
                agent.waiting.append((id, continuation))
                agents[name] = agent
            }
        } onCancel: {
            Task { await self.forget(id, name) }
        }
        try outcome.get()
    }

    /// How many cases wait for the agent, without the one whose turn it is.
    func waiting(for name: String) -> Int { agents[name]?.waiting.count ?? 0 }

    /// The case whose turn it is asks the agent something. Its first request follows ``enter(_:now:)`` at once.
    func asked(_ name: String, now: ContinuousClock.Instant = .now) {
        guard let agent = agents[name], agent.silentSince == nil else { return }
        agents[name]?.silentSince = now
    }

    /// The agent has answered: it lives.
    func answered(_ name: String) {
        agents[name]?.silentSince = nil
    }

    /// - Parameter isSilent: it was waited for in vain; nobody else is to wait now.
    func leave(_ name: String, isSilent: Bool, now: ContinuousClock.Instant = .now) {
        guard var agent = agents[name] else { return }
        if isSilent {
            hung = hung.filter { $0.value > now }
            hung[name] = now + Self.whenHung.retryAfter
            agents[name] = nil
            for (_, continuation) in agent.waiting { continuation.resume(returning: .failure(Self.whenHung)) }
        } else if agent.waiting.isEmpty {
            agents[name] = nil
        } else {
            let (_, next) = agent.waiting.removeFirst()
            agent.silentSince = now
            agents[name] = agent
            next.resume(returning: .success(()))
        }
    }

    private func forget(_ id: Int, _ name: String) {
        guard let index = agents[name]?.waiting.firstIndex(where: { $0.id == id }) else { return }
        agents[name]?.waiting.remove(at: index).1.resume(returning: .failure(Self.whenCrowded))
    }
}
