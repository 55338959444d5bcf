import CProcess
import Foundation
import Glibc
import TestTools
import Testing

@testable import Supervision

/// A message for tests: text of any length, or one that wants a descriptor.
private struct Note: ChannelMessage, Equatable {
    var text: String
    var wantsDescriptor = false
    var carriesDescriptor: Bool { wantsDescriptor }
    init(_ text: String) { self.text = text }
}

private typealias NoteChannel = MessageChannel<Note, Note>

@Suite struct ChannelTests {
    /// A channel whose other end is a plain socket in the test's hands.
    private func rawPair() throws -> (NoteChannel, Descriptor) {
        let (one, other) = try Descriptor.socketPair()
        let flags = fcntl(other.number, F_GETFL)
        _ = fcntl(other.number, F_SETFL, flags & ~O_NONBLOCK)
        return (NoteChannel(one), other)
    }

    private func put(_ bytes: [UInt8], into descriptor: Descriptor) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor.number, $0.baseAddress, $0.count) }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    private func frame(_ payload: [UInt8]) throws -> [UInt8] {
        var bytes: [UInt8] = []
        try Frame.append(payload, to: &bytes)
        return bytes
    }

    private func failure(of channel: NoteChannel) async -> ChannelError? {
        do throws(ChannelError) {
            while try await channel.receive() != nil {}
            return nil
        } catch {
            return error
        }
    }

    @Test func heartbeatsAreTheJSONThatEveryOtherMessageIs() throws {
        // What is compared instead of being parsed must be what would be made, and any other form is understood too.
        for json in [#"{"type":"ping"}"#, #"{ "type" : "ping" }"#] {
            #expect(try MessageCoding.decode(Array(json.utf8)) == SupervisorMessage.ping)
        }
        #expect(try JSONEncoder().encode(SupervisorMessage.ping) == MessageCoding.encode(SupervisorMessage.ping))
        #expect(try JSONEncoder().encode(WorkerMessage.pong) == MessageCoding.encode(WorkerMessage.pong))
        #expect(try MessageCoding.decode(Array(#"{"type":"pong"}"#.utf8)) == WorkerMessage.pong)
        #expect(try MessageCoding.encode(WorkerMessage.ready) == Data(#"{"type":"ready"}"#.utf8))
        #expect(throws: ChannelError.self) {
            _ = try MessageCoding.decode(Array(#"{"type":"pong"}"#.utf8)) as SupervisorMessage
        }
    }

    @Test func messagesArriveInOrder() async throws {
        let (one, other) = try NoteChannel.pair()
        let sender = Task {
            for number in 0..<2000 { try await one.send(Note("\(number)")) }
            try await one.flush()
            one.close()
        }
        var seen: [String] = []
        while let note = try await other.receive() { seen.append(note.text) }
        try await sender.value
        let isComplete = seen == (0..<2000).map(String.init)
        #expect(isComplete, "\(seen.count) messages")
    }

    @Test func bigMessagesPassInBothDirectionsAtOnce() async throws {
        let (one, other) = try NoteChannel.pair()
        let big = String(repeating: "0123456789abcdef", count: 500_000)  // 8 MB
        async let there: Void = one.send(Note(big + "1"))
        async let back: Void = other.send(Note(big + "2"))
        let first = try await other.receive()
        let second = try await one.receive()
        _ = try await (there, back)
        #expect(first?.text.last == "1" && first?.text.utf8.count == 8_000_001)
        #expect(second?.text.last == "2")
    }

    @Test func oneByteAtATimeIsEnough() async throws {
        let (channel, raw) = try rawPair()
        let bytes = try frame(Array(#"{"text":"slow","wantsDescriptor":false}"#.utf8))
        let writer = Task.detached {
            for byte in bytes {
                put([byte], into: raw)
                await Task.yield()
            }
        }
        #expect(try await channel.receive()?.text == "slow")
        await writer.value
    }

    @Test func anOrderlyEndIsNil() async throws {
        let (one, other) = try NoteChannel.pair()
        try await one.send(Note("last"))
        one.close()
        #expect(try await other.receive()?.text == "last")
        #expect(try await other.receive() == nil)
    }

    @Test(
        arguments: [
            [0, 0, 0, 0], [1, 0, 0, 1], Array("GET / HTTP/1.1\r\n".utf8), [0, 0, 0, 2, 0xc3, 0x28],
            [0, 0, 0, 4] + Array("nope".utf8), [0, 0, 0, 2] + Array("{}".utf8), [0, 0, 0, 2, 0xfe, 0xff],
        ] as [[UInt8]])
    func nonsenseIsAViolation(bytes: [UInt8]) async throws {
        let (channel, raw) = try rawPair()
        put(bytes, into: raw)
        guard case .violation = await failure(of: channel) else {
            Issue.record("\(bytes) was taken")
            return
        }
    }

    @Test func whatCameBeforeTheNonsenseIsReceived() async throws {
        let (channel, raw) = try rawPair()
        put(try frame(Array(#"{"text":"good","wantsDescriptor":false}"#.utf8)) + [0, 0, 0, 0], into: raw)
        #expect(try await channel.receive()?.text == "good")
        #expect(await failure(of: channel) != nil)
    }

    @Test func aPeerThatDiesInTheMiddleOfAFrameIsBroken() async throws {
        let (channel, raw) = try rawPair()
        put([0, 0, 1, 0] + Array("half".utf8), into: raw)
        shutdown(raw.number, Int32(SHUT_RDWR))
        guard case .broken = await failure(of: channel) else {
            Issue.record("the torn frame was not noticed")
            return
        }
    }

    @Test func aPeerThatStopsReadingHoldsTheSenderAndNothingGrows() async throws {
        let (channel, raw) = try rawPair()
        let note = Note(String(repeating: "x", count: 100_000))
        let sent = Counter()
        let sender = Task {
            while true {
                try await channel.send(note)
                sent.add()
            }
        }
        // The kernel's buffer and 1 MiB of ours take about a dozen messages; then the sender waits.
        let stuck = try await waitForStandstill(of: "the sender", pause: .milliseconds(100)) { sent.value }
        #expect(stuck < 100)
        // Reading a few lets it go on.
        var scratch = [UInt8](repeating: 0, count: 1 << 20)
        var taken = 0
        while taken < 3 << 20 { taken += read(raw.number, &scratch, scratch.count) }
        try await waitUntil { sent.value > stuck }
        // Closing releases it with an error.
        shutdown(raw.number, Int32(SHUT_RDWR))
        let result = await sender.result
        #expect(throws: ChannelError.self) { try result.get() }
    }

    @Test func aReceiverThatIsSlowHoldsItsPeer() async throws {
        let (one, other) = try NoteChannel.pair()
        let sent = Counter()
        let sender = Task {
            for _ in 0..<1000 {
                try await one.send(Note(String(repeating: "y", count: 50_000)))
                sent.add()
            }
        }
        #expect(try await waitForStandstill(of: "the sender", pause: .milliseconds(100)) { sent.value } < 300)
        var received = 0
        while received < 1000, try await other.receive() != nil { received += 1 }
        try await sender.value
        #expect(received == 1000)
    }

    @Test func cancellationEndsAWait() async throws {
        let (one, other) = try NoteChannel.pair()
        let waiting = Task { () -> ChannelError? in
            do throws(ChannelError) {
                _ = try await one.receive()
                return nil
            } catch {
                return error
            }
        }
        waiting.cancel()
        #expect(await waiting.value == .cancelled)
        try await other.send(Note("still works"))
        #expect(try await one.receive()?.text == "still works")
    }

    @Test func descriptorsTravelWithTheirMessages() async throws {
        let (ours, theirs) = try Descriptor.socketPair()
        let link = ControlLink(ours)
        let channel = MessageChannel<SupervisorMessage, WorkerMessage>(theirs)
        let roles = (0..<20).map { "peer\($0)" }
        for role in roles {
            let (near, far) = try Descriptor.socketPair()
            try link.send(.peer(role: role), passing: near)
            try link.send(.ping)
            _ = role.withCString { write(far.number, $0, strlen($0)) }
        }
        for role in roles {
            let first = try await channel.receiveWithDescriptor()
            #expect(first?.message == .peer(role: role))
            guard let descriptor = first?.descriptor else {
                Issue.record("no descriptor")
                return
            }
            var text = [UInt8](repeating: 0, count: 16)
            let count = read(descriptor.number, &text, text.count)
            #expect(String(decoding: text.prefix(max(0, count)), as: UTF8.self) == role)
            let second = try await channel.receiveWithDescriptor()
            #expect(second?.message == .ping && second?.descriptor == nil)
        }
    }

    /// As many as are asked for at once, read after all have been sent.
    @Test func manyDescriptorsMayWaitWithTheirMessages() async throws {
        let (ours, theirs) = try Descriptor.socketPair()
        let link = ControlLink(ours)
        let channel = MessageChannel<SupervisorMessage, WorkerMessage>(theirs)
        let count: Int64 = 150
        for id in 0..<count {
            let (near, _) = try Descriptor.socketPair()
            try link.send(.visited(id: id), passing: near)
        }
        try link.flush()
        for id in 0..<count {
            let next = try await channel.receiveWithDescriptor()
            #expect(next?.message == .visited(id: id) && next?.descriptor != nil)
            try link.flush()
        }
    }

    /// A state that was handed over just before the end must reach the next worker.
    @Test func whatWasSaidBeforeTheEndIsReceivedAlthoughNothingCanBeSent() throws {
        let (ours, theirs) = try Descriptor.socketPair()
        let link = ControlLink(ours)
        var frames: [UInt8] = []
        try Frame.append(try MessageCoding.encode(WorkerMessage.handover([1, 2, 3])), to: &frames)
        try Frame.append(try MessageCoding.encode(WorkerMessage.ready), to: &frames)
        // The beginning of a frame that the end cut.
        put(frames + [0, 0, 1], into: theirs)
        shutdown(theirs.number, Int32(SHUT_RDWR))
        #expect(throws: ChannelError.self) { try link.send(.ping) }
        #expect(link.isClosed)
        var received: [WorkerMessage] = []
        try link.receive { received.append($0) }
        #expect(received == [.handover([1, 2, 3]), .ready])
    }

    @Test func whatWasSaidBeforeAViolationCounts() throws {
        let (ours, theirs) = try Descriptor.socketPair()
        let link = ControlLink(ours)
        var frames: [UInt8] = []
        try Frame.append(try MessageCoding.encode(WorkerMessage.handover([7])), to: &frames)
        try Frame.append(Array("{}".utf8), to: &frames)
        put(frames, into: theirs)
        var received: [WorkerMessage] = []
        #expect(throws: ChannelError.self) { try link.receive { received.append($0) } }
        #expect(received == [.handover([7])])
    }

    @Test func aMessageWithoutItsDescriptorIsAViolation() async throws {
        let (ours, theirs) = try Descriptor.socketPair()
        let link = ControlLink(ours)
        let channel = MessageChannel<SupervisorMessage, WorkerMessage>(theirs)
        try link.send(.peer(role: "nobody"))
        await #expect(throws: ChannelError.violation("a message without the descriptor it is about")) {
            try await channel.receive()
        }
    }

    @Test func controlMessagesAreObjectsWithAType() throws {
        let messages: [WorkerMessage] = [
            .hello(role: "poller", pid: 7, version: 1), .ready, .pong, .status("fine"), .metrics([1, 2]),
            .offender(role: "uploader", reason: "garbage"), .note([1, 2]), .handover([3]), .done(exitCode: 3),
        ]
        for message in messages {
            let json = try JSONEncoder().encode(message)
            let object = try JSONSerialization.jsonObject(with: json) as? [String: Any]
            #expect(object?["type"] is String)
            #expect(try JSONDecoder().decode(WorkerMessage.self, from: json) == message)
        }
        let orders: [SupervisorMessage] = [
            .configure(WorkerSettings(values: ["masters": ["a", "b"]], environment: ["TZ": "UTC"])), .ping,
            .peer(role: "x"), .workers([WorkerReport(role: "x", state: "ready", pid: 3)]),
            .stop(seconds: 2.5, reason: "SIGTERM"),
        ]
        for order in orders {
            let json = try JSONEncoder().encode(order)
            #expect(try JSONDecoder().decode(SupervisorMessage.self, from: json) == order)
        }
    }

    @Test func channelsLeakNoDescriptors() async throws {
        let before = try openDescriptors()
        for _ in 0..<300 {
            let (one, other) = try NoteChannel.pair()
            try await one.send(Note("x"))
            _ = try await other.receive()
        }
        try await waitUntil { try openDescriptors() <= before + 20 }
    }
}
