import CProcess
import Glibc
import Synchronization

/// Frames read ahead of the receiver, at most.
let maximumUnread = 64
/// Bytes unsent before a sender has to wait.
let maximumUnsent = 1 << 20

/// The bytes' side of a channel: what the loop and the callers share, behind one lock.
final class ChannelEndpoint: Sendable {
    let descriptor: Descriptor

    private struct State: ~Copyable {
        var decoder = FrameDecoder()
        var frames: [[UInt8]] = []
        var descriptors: [Descriptor] = []
        var unsent: [UInt8] = []
        var sent = 0
        /// Why nothing more will be received, once the frames that are here have been.
        var ending: ChannelError?
        /// Why nothing more can be sent; what the peer sent before it died may still be received.
        var sendFailure: ChannelError?
        var endOfFile = false
        var reader: CheckedContinuation<Result<[UInt8]?, ChannelError>, Never>?
        /// Senders that wait until no more than so many bytes are unsent.
        var writers: [Int: (room: Int, continuation: CheckedContinuation<ChannelError?, Never>)] = [:]
        var lastWriter = 0
        var wake: (@Sendable () -> Void)?
    }
    private let state = Mutex(State())

    init(_ descriptor: Descriptor) {
        self.descriptor = descriptor
    }

    // MARK: The callers' side

    func read() async throws(ChannelError) -> [UInt8]? {
        let result: Result<[UInt8]?, ChannelError> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                enum Next {
                    case now(Result<[UInt8]?, ChannelError>, wake: (@Sendable () -> Void)?)
                    case later
                }
                let next: Next = state.withLock { state in
                    if !state.frames.isEmpty {
                        let wake = state.frames.count == maximumUnread ? state.wake : nil
                        return .now(.success(state.frames.removeFirst()), wake: wake)
                    }
                    if let ending = state.ending { return .now(.failure(ending), wake: nil) }
                    if state.endOfFile { return .now(.success(nil), wake: nil) }
                    if Task.isCancelled { return .now(.failure(.cancelled), wake: nil) }
                    if state.reader != nil {
                        return .now(.failure(.violation("two tasks receive from one channel")), wake: nil)
                    }
                    state.reader = continuation
                    return .later
                }
                if case .now(let result, let wake) = next {
                    wake?()
                    continuation.resume(returning: result)
                }
            }
        } onCancel: {
            let reader = state.withLock { state in
                defer { state.reader = nil }
                return state.reader
            }
            reader?.resume(returning: .failure(.cancelled))
        }
        return try result.get()
    }

    func takeDescriptor() -> Descriptor? {
        state.withLock { $0.descriptors.isEmpty ? nil : $0.descriptors.removeFirst() }
    }

    func write(_ frame: [UInt8]) async throws(ChannelError) {
        // The frame is taken in any case, so that it is never sent by half; the wait comes after it.
        let (failure, wake): (ChannelError?, (@Sendable () -> Void)?) = state.withLock { state in
            if let failure = state.ending ?? state.sendFailure { return (failure, nil) }
            let idle = state.unsent.isEmpty
            state.unsent.append(contentsOf: frame)
            guard idle else { return (nil, nil) }
            flush(&state)
            return (state.sendFailure, state.unsent.isEmpty ? nil : state.wake)
        }
        wake?()
        if let failure { throw failure }
        try await waitForRoom(maximumUnsent)
    }

    /// Waits until no more than `room` bytes are unsent.
    func waitForRoom(_ room: Int) async throws(ChannelError) {
        let ticket = state.withLock { state in
            state.lastWriter += 1
            return state.lastWriter
        }
        let waited: ChannelError? = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let now: ChannelError?? = state.withLock { state in
                    if let failure = state.ending ?? state.sendFailure { return .some(failure) }
                    if state.unsent.count - state.sent <= room { return .some(nil) }
                    if Task.isCancelled { return .some(.cancelled) }
                    state.writers[ticket] = (room, continuation)
                    return nil
                }
                if let now { continuation.resume(returning: now) }
            }
        } onCancel: {
            let writer = state.withLock { $0.writers.removeValue(forKey: ticket) }
            writer?.continuation.resume(returning: .cancelled)
        }
        if let waited { throw waited }
    }

    func close(_ reason: ChannelError) {
        let (reader, writers, wake) = state.withLock { state in
            state.ending = reason
            state.frames.removeAll()
            defer {
                state.reader = nil
                state.writers.removeAll()
            }
            return (state.reader, state.writers, state.wake)
        }
        // The peer sees the end at once; the number itself lives until the loop has forgotten it.
        shutdown(descriptor.number, Int32(SHUT_RDWR))
        reader?.resume(returning: .failure(reason))
        for writer in writers.values { writer.continuation.resume(returning: reason) }
        wake?()
    }

    // MARK: The loop's side

    /// What the loop must do with this end: poll events, or nil when it is to be forgotten.
    func interest(wake: @escaping @Sendable () -> Void) -> Int16? {
        state.withLock { state in
            state.wake = wake
            guard state.ending == nil else { return nil }
            var events: Int32 = 0
            if !state.endOfFile, state.frames.count < maximumUnread { events |= POLLIN }
            if !state.unsent.isEmpty { events |= POLLOUT }
            if state.endOfFile, state.unsent.isEmpty { return nil }
            return Int16(events)
        }
    }

    func handle(events: Int16, scratch: UnsafeMutableRawBufferPointer) {
        if Int32(events) & POLLOUT != 0 {
            let (writers, failure) = state.withLock { state in
                flush(&state)
                let unsent = state.unsent.count - state.sent
                let released = state.writers.filter { state.sendFailure != nil || unsent <= $0.value.room }
                for ticket in released.keys { state.writers[ticket] = nil }
                return (released.values.map(\.continuation), state.sendFailure)
            }
            for writer in writers { writer.resume(returning: failure) }
        }
        if Int32(events) & (POLLIN | POLLHUP | POLLERR) != 0 {
            fill(scratch)
        }
    }

    private func fill(_ scratch: UnsafeMutableRawBufferPointer) {
        var numbers = [Int32](repeating: -1, count: 4)
        var passed: Int32 = 0
        let count = cprocess_receive(
            descriptor.number, scratch.baseAddress, scratch.count, &numbers, Int32(numbers.count), &passed)
        if count == -Int(EAGAIN) { return }
        let arrived = numbers.prefix(Int(passed)).map { Descriptor(owning: $0) }
        let (reader, result) = state.withLock {
            state -> (CheckedContinuation<Result<[UInt8]?, ChannelError>, Never>?, Result<[UInt8]?, ChannelError>) in
            guard state.ending == nil else { return (nil, .success(nil)) }
            state.descriptors += arrived
            if count > 0 {
                state.decoder.append(scratch.prefix(count))
                do throws(ChannelError) {
                    while let payload = try state.decoder.next() { state.frames.append(payload) }
                    // Each belongs to a frame: one that waits, one that is yet to be complete, or the one that the reader
                    // has just been given.
                    guard state.descriptors.count <= state.frames.count + 2 else {
                        throw .violation("descriptors without messages")
                    }
                } catch {
                    state.ending = error
                }
            } else if count == 0 {
                if state.decoder.pending > 0 {
                    state.ending = .broken("end of file in the middle of a frame")
                } else {
                    state.endOfFile = true
                }
            } else if count == -Int(EMSGSIZE) {
                state.ending = .violation("too many descriptors in one message")
            } else {
                // A peer that was killed with our bytes unread gives ECONNRESET: its frames before that are gone.
                state.ending = .broken(SystemError("recvmsg", Int32(-count)).description)
            }
            guard let reader = state.reader else { return (nil, .success(nil)) }
            if !state.frames.isEmpty {
                state.reader = nil
                return (reader, .success(state.frames.removeFirst()))
            }
            if let ending = state.ending {
                state.reader = nil
                return (reader, .failure(ending))
            }
            if state.endOfFile {
                state.reader = nil
                return (reader, .success(nil))
            }
            return (nil, .success(nil))
        }
        reader?.resume(returning: result)
        releaseWriters()
    }

    /// Lets senders that wait for room know that there will be none.
    private func releaseWriters() {
        let writers = state.withLock { state -> [CheckedContinuation<ChannelError?, Never>] in
            guard state.ending != nil else { return [] }
            defer { state.writers.removeAll() }
            return state.writers.values.map(\.continuation)
        }
        guard !writers.isEmpty else { return }
        let failure = state.withLock { $0.ending }
        for writer in writers { writer.resume(returning: failure) }
    }

    private func flush(_ state: inout State) {
        while state.sent < state.unsent.count {
            let count = state.unsent[state.sent...].withUnsafeBytes { bytes in
                cprocess_send(descriptor.number, bytes.baseAddress, bytes.count, -1)
            }
            if count == -Int(EAGAIN) { return }
            guard count >= 0 else {
                // Not the end of reading: what the peer sent before it died is still in our buffer.
                state.unsent.removeAll()
                state.sent = 0
                state.sendFailure = .broken(SystemError("sendmsg", Int32(-count)).description)
                return
            }
            state.sent += count
        }
        state.unsent.removeAll(keepingCapacity: state.unsent.capacity <= maximumUnsent)
        state.sent = 0
    }
}
