import Testing

@testable import Uploading

@Suite("Waiting for an agent")
struct AgentQueueTests {
    private let queue = AgentQueue()

    /// Starts to wait, and returns once it does.
    private func waiter(_ agent: String) async -> Task<AgentQueue.TurnedAway?, Never> {
        let before = await queue.waiting(for: agent)
        let task = Task { () -> AgentQueue.TurnedAway? in
            do throws(AgentQueue.TurnedAway) {
                try await queue.enter(agent)
                return nil
            } catch {
                return error
            }
        }
        while await queue.waiting(for: agent) == before { await Task.yield() }
        return task
    }

    @Test func oneAtATimeInTheOrderOfAskingAndOthersBesides() async throws {
        try await queue.enter("a")
        await queue.answered("a")
        let second = await waiter("a")
        let third = await waiter("a")
        try await queue.enter("b")
        await queue.leave("a", isSilent: false)
        #expect(await second.value == nil)
        #expect(await queue.waiting(for: "a") == 1)
        await queue.leave("a", isSilent: false)
        #expect(await third.value == nil)
        await queue.leave("a", isSilent: false)
        try await queue.enter("a")
    }

    @Test func whileAnAgentIsSilentNobodyWaitsForIt() async throws {
        let now = ContinuousClock.now
        try await queue.enter("hung", now: now)
        await #expect(throws: AgentQueue.TurnedAway.self) { try await queue.enter("hung", now: now + .seconds(3)) }
        await queue.answered("hung")
        let waiter = await waiter("hung")
        await queue.leave("hung", isSilent: true, now: now)
        #expect(await waiter.value?.isHung == true)
        await #expect(throws: AgentQueue.TurnedAway.self) { try await queue.enter("hung", now: now + .seconds(9)) }
        try await queue.enter("hung", now: now + .seconds(11))
    }

    @Test func whoWaitsForSomethingElseDoesNotMakeItsAgentHung() async throws {
        let now = ContinuousClock.now
        try await queue.enter("a", now: now)
        await queue.answered("a")
        let second = await waiter("a")
        await queue.asked("a", now: now)
        await #expect(throws: AgentQueue.TurnedAway.self) { try await queue.enter("a", now: now + .seconds(3)) }
        await queue.answered("a")
        await queue.leave("a", isSilent: false)
        #expect(await second.value == nil)
    }

    @Test func theQueueHasAnEnd() async throws {
        try await queue.enter("a")
        await queue.answered("a")
        var waiters: [Task<AgentQueue.TurnedAway?, Never>] = []
        for _ in 0..<32 { waiters.append(await waiter("a")) }
        do {
            try await queue.enter("a")
            Issue.record("one more")
        } catch {
            #expect(!error.isHung && error.retryAfter == .seconds(1))
        }
        for waiter in waiters { waiter.cancel() }
        for waiter in waiters { #expect(await waiter.value != nil) }
        await queue.leave("a", isSilent: false)
        try await queue.enter("a")
    }
}

@Suite("Places for logs on their way")
struct TransferPlacesTests {
    private let places = TransferPlaces()

    @Test func whoStallsWhileOthersWaitIsPutOut() async throws {
        let stalled = Progress()
        _ = stalled.begin(at: .now - .seconds(60))
        let lively = Progress()
        let (stream, end) = AsyncStream.makeStream(of: Void.self)
        func hold(_ progress: Progress) -> Task<Result<Void, any Error>, Never> {
            Task {
                do {
                    return .success(
                        try await places.run(progress) {
                            for await _ in stream {}
                            try Task.checkCancellation()
                        })
                } catch {
                    return .failure(error)
                }
            }
        }
        let first = hold(stalled)
        let others = (0..<3).map { _ in hold(lively) }
        while await places.free > 0 { await Task.yield() }
        try await places.run(Progress()) {}
        guard case .failure(TransferPlaces.Failure.stalled) = await first.value else {
            Issue.record("it still has its place")
            return
        }
        for other in others { other.cancel() }
        end.finish()
        for other in others { _ = await other.value }
        #expect(await places.free == TransferPlaces.limit)
    }
}

@Suite("Whether the store works")
struct StoreHealthTests {
    private let health = StoreHealth()
    private let now = ContinuousClock.now

    /// How long it is closed from then on; nil when it is not.
    private func pause(at time: ContinuousClock.Instant) -> Duration? {
        do throws(StoreHealth.Closed) {
            try health.look(at: time)
            return nil
        } catch {
            return error.retryAfter
        }
    }

    @Test func afterAFailureOneTriesAndTheOthersWait() throws {
        #expect(try health.enter(at: now) == nil, "nothing to find out")
        health.failed("503", at: now)
        #expect(throws: StoreHealth.Closed(reason: "503", retryAfter: .seconds(1))) { try health.enter(at: now) }
        #expect(pause(at: now) == .seconds(1))
        let later = now + .seconds(1)
        #expect(pause(at: later) == nil)
        #expect(try health.enter(at: later) != nil, "one finds out")
        #expect(throws: StoreHealth.Closed.self, "and no other") { try health.enter(at: later) }
        for _ in 0..<20 { health.failed("503", at: now) }
        #expect(pause(at: now) == .seconds(30))
        health.worked()
        #expect(pause(at: now) == nil)
    }

    @Test func whoDidNotAskItAfterAllLeavesTheTryToTheNext() throws {
        health.failed("503", at: now)
        let later = now + .seconds(1)
        let first = try #require(try health.enter(at: later))
        health.giveBack(first, at: later)
        let second = try #require(try health.enter(at: later))
        health.giveBack(first, at: later)
        #expect(pause(at: later) != nil, "what was given back is another's now")
        health.failed("503", at: later)
        health.giveBack(second, at: later)
        #expect(pause(at: later) == .seconds(2), "the store has answered meanwhile")
    }
}
