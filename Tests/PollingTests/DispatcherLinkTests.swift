import Complaints
import Logging
import Supervision
import Synchronization
import Testing

@testable import Polling

@Suite(.timeLimit(.minutes(5))) struct DispatcherLinkTests {
    typealias Dispatcher = MessageChannel<PollerMessage, PollerOrder>

    /// A link whose dispatchers are played by the test.
    private final class Stage: Sendable {
        let link: DispatcherLink
        let snapshots: AsyncStream<Void>
        let offences: AsyncStream<String>
        private let peers: AsyncStream<Peer>.Continuation
        private let task: Task<Void, Never>

        init() {
            let (peerStream, peers) = AsyncStream.makeStream(of: Peer.self)
            let (snapshots, snapshot) = AsyncStream.makeStream(of: Void.self)
            let (offences, offence) = AsyncStream.makeStream(of: String.self)
            let link = DispatcherLink(
                logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
                wantsSnapshot: { snapshot.yield() }, offender: { offence.yield($0) })
            (self.link, self.snapshots, self.offences, self.peers) = (link, snapshots, offences, peers)
            task = Task { await link.run(peerStream) }
        }

        deinit { task.cancel() }

        func dispatcher() throws -> Dispatcher { Dispatcher(try peer()) }

        /// Somebody who speaks the wrong way round.
        func strangeDispatcher() throws -> MessageChannel<PollerOrder, PollerMessage> { .init(try peer()) }

        private func peer() throws -> Descriptor {
            let (one, other) = try Descriptor.socketPair()
            peers.yield(Peer(role: "dispatcher", descriptor: one))
            return other
        }
    }

    private func ids(_ message: PollerMessage?) -> [String] {
        if case .detected(let failures)? = message { failures.map(\.id) } else { [] }
    }

    @Test func failuresAreSentAndRecorded() async throws {
        let stage = Stage()
        let dispatcher = try stage.dispatcher()
        try await stage.link.submit([failure(1), failure(2)])
        #expect(ids(try await dispatcher.receive()) == ["task-1", "task-2"])
        try await dispatcher.send(.recorded([failure(1).key, failure(2).key]))
        try await stage.link.submit([failure(3)])
        #expect(ids(try await dispatcher.receive()) == ["task-3"])
        // Only what was not recorded is told to the next one.
        let next = try stage.dispatcher()
        #expect(ids(try await next.receive()).contains("task-3"))
    }

    @Test func aSubmitterWaitsForCredit() async throws {
        let stage = Stage()
        let dispatcher = try stage.dispatcher()
        let count = PollerMessage.credit + 300
        let submitted = Mutex(false)
        let submitter = Task {
            try await stage.link.submit((0..<count).map { failure($0) })
            submitted.withLock { $0 = true }
        }
        var received: [FailureKey] = []
        while received.count < PollerMessage.credit {
            guard case .detected(let failures)? = try await dispatcher.receive() else { break }
            received += failures.map(\.key)
        }
        #expect(received.count == PollerMessage.credit)
        #expect(submitted.withLock { $0 } == false)
        try await dispatcher.send(.recorded(received))
        while received.count < count {
            guard case .detected(let failures)? = try await dispatcher.receive() else { break }
            received += failures.map(\.key)
        }
        try await submitter.value
        #expect(Set(received).count == count)
    }

    @Test func aSubmitterThatWaitsCanBeCancelled() async throws {
        let stage = Stage()
        let submitter = Task { try await stage.link.submit((0..<2000).map { failure($0) }) }
        submitter.cancel()
        await #expect(throws: CancellationError.self) { try await submitter.value }
    }

    @Test func aNewDispatcherIsToldAgain() async throws {
        let stage = Stage()
        let first = try stage.dispatcher()
        try await stage.link.submit([failure(1)])
        #expect(ids(try await first.receive()) == ["task-1"])
        first.close()
        let second = try stage.dispatcher()
        #expect(ids(try await second.receive()) == ["task-1"])
    }

    @Test func aDispatcherMayComeBeforeTheOldOneIsGone() async throws {
        let stage = Stage()
        let first = try stage.dispatcher()
        try await stage.link.submit([failure(1)])
        #expect(ids(try await first.receive()) == ["task-1"])
        let second = try stage.dispatcher()
        #expect(ids(try await second.receive()) == ["task-1"])
        #expect(try await first.receive() == nil)
    }

    @Test func aBrokenSnapshotIsWantedAgainAndSoIsAResync() async throws {
        let stage = Stage()
        var wishes = stage.snapshots.makeAsyncIterator()
        let first = try stage.dispatcher()
        await stage.link.beginSnapshot()
        try await stage.link.submit([failure(1)])
        #expect(try await first.receive() == .snapshot(.begin))
        first.close()
        let second = try stage.dispatcher()
        await wishes.next()
        try await second.send(.resync(seen: 0))
        await wishes.next()
        await stage.link.beginSnapshot()
        await stage.link.endSnapshot()
        #expect(try await second.receive() == .snapshot(.begin))
        #expect(try await second.receive() == .snapshot(.end))
    }

    @Test func aDispatcherThatBreaksTheProtocolIsToldOf() async throws {
        let stage = Stage()
        var offences = stage.offences.makeAsyncIterator()
        // A message of the other direction is not allowed.
        let strange = try stage.strangeDispatcher()
        try await strange.send(.snapshot(.begin))
        #expect(await offences.next() != nil)
    }

    @Test func healthReachesEveryDispatcher() async throws {
        let stage = Stage()
        await stage.link.setHealth(.init(reason: "sick", mode: "poll", master: nil))
        for _ in 0..<2 {
            let dispatcher = try stage.dispatcher()
            #expect(try await dispatcher.receive() == .health(reason: "sick", mode: "poll", master: nil))
        }
    }
}
