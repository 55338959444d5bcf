import Glibc
import Synchronization
import Testing

@testable import ObjectStorage

@Suite struct TurnsTests {
    @Test func noMoreThanThereArePlacesAndNobodyIsForgotten() async throws {
        let turns = Turns(limit: 3)
        let inside = Crowd()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<200 {
                group.addTask {
                    try await turns.take()
                    inside.enter()
                    await Task.yield()
                    inside.leave()
                    turns.give()
                }
            }
            try await group.waitForAll()
        }
        #expect(inside.all == 200 && inside.most <= 3)
    }

    @Test func whoIsCancelledWhileWaitingTakesNoPlaceAway() async throws {
        let turns = Turns(limit: 1)
        try await turns.take()
        let waiting = (0..<50).map { _ in Task { try await turns.take() } }
        for task in waiting { task.cancel() }
        for task in waiting { await #expect(throws: CancellationError.self) { try await task.value } }
        turns.give()
        try await turns.take()
        turns.give()
    }

    @Test func uploadsThatShareTurnsSendThatManyPartsAtATime() async throws {
        let parts = Crowd()
        let server = try FakeStore { _, request in
            guard request.target.contains("partNumber") else { return .usual(request) }
            // The others have all the time to break the rule.
            parts.enter()
            usleep(5_000)
            parts.leave()
            return .usual(request)
        }
        defer { server.stop() }
        let turns = Turns(limit: 2)
        let uploader = LogUploader(try .of(server), partBytes: 10, sending: turns)
        try await withThrowingTaskGroup(of: LogUploader.Stored.self) { group in
            for number in 0..<6 {
                group.addTask {
                    let left = Mutex(10)
                    return try await uploader.upload("log-\(number)") {
                        left.withLock { left in
                            left -= 1
                            return left >= 0 ? Array("0123456789".utf8) : nil
                        }
                    }
                }
            }
            for try await stored in group { #expect(stored.parts == 10 && stored.bytes == 100) }
        }
        #expect(parts.all == 60 && parts.most <= 2)
        // All places are back.
        try await turns.take()
        try await turns.take()
    }
}

/// How many are inside at a time.
private final class Crowd: Sendable {
    private let counts = Mutex((now: 0, most: 0, all: 0))

    func enter() {
        counts.withLock { counts in
            counts.now += 1
            counts.all += 1
            counts.most = max(counts.most, counts.now)
        }
    }

    func leave() {
        counts.withLock { $0.now -= 1 }
    }

    var most: Int { counts.withLock { $0.most } }
    var all: Int { counts.withLock { $0.all } }
}
