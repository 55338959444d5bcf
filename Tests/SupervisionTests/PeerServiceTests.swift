import Foundation
import Synchronization
import TestTools
import Testing

@testable import Supervision

/// What a hub may ask of a worker.
@Suite struct PeerServiceTests {
    private struct Word: ChannelMessage, Equatable {
        var text: String
        init(_ text: String) { self.text = text }
    }

    /// A worker that takes so many orders at a time, and its hub's end of the channel.
    private final class Bench: Sendable {
        let hub: MessageChannel<Word, Word>
        private let messages = Mutex<[WorkerMessage]>([])
        private let peers: AsyncStream<Peer>.Continuation
        private let task = Mutex<Task<Void, Never>?>(nil)

        init(
            credit: Int, isSerial: Bool = false, survival: Duration = .zero,
            handle: @escaping PeerService<Word, Word>.Handler
        ) throws {
            let (ours, theirs) = try Descriptor.socketPair()
            hub = MessageChannel(ours)
            let (stream, peers) = AsyncStream.makeStream(of: Peer.self)
            self.peers = peers
            let context = WorkerContext(
                role: "worker", settings: WorkerSettings(values: [:]), peers: stream,
                reports: AsyncStream { $0.finish() }
            ) { [weak self] message in self?.messages.withLock { $0.append(message) } }
            let service = PeerService<Word, Word>(role: "hub", credit: credit, isSerial: isSerial, survival: survival) {
                Word("hello")
            }
            task.withLock { $0 = Task { await service.run(context, handle: handle) } }
            peers.yield(Peer(role: "hub", descriptor: theirs))
        }

        /// Another hub in the place of the first one.
        func anotherHub() throws -> MessageChannel<Word, Word> {
            let (ours, theirs) = try Descriptor.socketPair()
            peers.yield(Peer(role: "hub", descriptor: theirs))
            return MessageChannel(ours)
        }

        /// The worker is to stop.
        func stop() async {
            peers.finish()
            await task.withLock { $0 }?.value
        }

        var offences: [WorkerMessage] {
            messages.withLock { $0.filter { if case .offender = $0 { true } else { false } } }
        }

        deinit { task.withLock { $0?.cancel() } }
    }

    @Test(.timeLimit(.minutes(5))) func whoeverAnswersMayBeAskedAtOnce() async throws {
        let bench = try Bench(credit: 1) { order, _ in Word("done \(order.text)") }
        #expect(try await bench.hub.receive() == Word("hello"))
        // Each order is sent the moment the answer to the one before is there, which the worker has just let go.
        for number in 0..<5000 {
            try await bench.hub.send(Word("\(number)"))
            #expect(try await bench.hub.receive() == Word("done \(number)"))
        }
        #expect(bench.offences.isEmpty)
    }

    @Test(.timeLimit(.minutes(5))) func moreThanTheCreditAllowsIsAnOffence() async throws {
        let bench = try Bench(credit: 2) { order, _ in
            try? await Task.sleep(for: .seconds(600))
            return order
        }
        #expect(try await bench.hub.receive() == Word("hello"))
        for number in 0..<3 { try await bench.hub.send(Word("\(number)")) }
        try await waitUntil("the offence") {
            bench.offences == [.offender(role: "hub", reason: "more than 2 orders at a time")]
        }
    }

    @Test(.timeLimit(.minutes(5))) func oneAfterTheOtherInTheOrderOfTheOrders() async throws {
        let open = Mutex(0)
        let begun = Mutex<[String]>([])
        let bench = try Bench(credit: 64, isSerial: true) { order, _ in
            #expect(
                open.withLock {
                    $0 += 1
                    return $0
                } == 1)
            begun.withLock { $0.append(order.text) }
            for _ in 0..<Int.random(in: 0...20) { await Task.yield() }
            open.withLock { $0 -= 1 }
            return order
        }
        #expect(try await bench.hub.receive() == Word("hello"))
        let words = (0..<640).map { "\($0)" }
        for number in 0..<64 { try await bench.hub.send(Word("\(number)")) }
        for number in 0..<640 {
            #expect(try await bench.hub.receive() == Word("\(number)"))
            if number + 64 < 640 { try await bench.hub.send(Word("\(number + 64)")) }
        }
        #expect(begun.withLock { $0 } == words)
        #expect(bench.offences.isEmpty)
    }

    @Test(.timeLimit(.minutes(5)), arguments: [true, false])
    func ordersOfAHubThatIsGoneGoOnIfTheyMay(mayGoOn: Bool) async throws {
        let (gate, open) = AsyncStream.makeStream(of: Void.self)
        let begun = Mutex(0)
        let ends = Mutex<[Bool]>([])
        let bench = try Bench(credit: 1, survival: mayGoOn ? .seconds(600) : .zero) { order, _ in
            guard order.text == "slow" else { return Word("done \(order.text)") }
            begun.withLock { $0 += 1 }
            for await _ in gate {}
            ends.withLock { $0.append(Task.isCancelled) }
            return Word("done slow")
        }
        #expect(try await bench.hub.receive() == Word("hello"))
        try await bench.hub.send(Word("slow"))
        try await waitUntil("it is under way") { begun.withLock { $0 } == 1 }
        bench.hub.close()
        // The next one is served meanwhile.
        let next = try bench.anotherHub()
        #expect(try await next.receive() == Word("hello"))
        try await next.send(Word("quick"))
        #expect(try await next.receive() == Word("done quick"))
        if mayGoOn {
            open.finish()
        }
        try await waitUntil("its end") { ends.withLock { $0 } == [!mayGoOn] }
        #expect(bench.offences.isEmpty)
        await bench.stop()
    }

    @Test(.timeLimit(.minutes(5))) func aWorkerThatIsToStopWaitsForNoHubThatIsGone() async throws {
        let ends = Mutex(0)
        let begun = Mutex(0)
        let bench = try Bench(credit: 1, survival: .seconds(3600)) { order, _ in
            begun.withLock { $0 += 1 }
            try? await Task.sleep(for: .seconds(3600))
            ends.withLock { $0 += 1 }
            return order
        }
        #expect(try await bench.hub.receive() == Word("hello"))
        try await bench.hub.send(Word("slow"))
        try await waitUntil("it is under way") { begun.withLock { $0 } == 1 }
        bench.hub.close()
        await bench.stop()
        #expect(ends.withLock { $0 } == 1)
    }
}
