import Synchronization

/// Where the loop's thread puts a streamed body and one task takes it: everything that arrived since the last time, in
/// one piece. Bounded: when it is full the loop pauses the transfer until the reader has taken what is there.
final class ResponsePipe: Sendable {
    typealias Chunk = Result<[UInt8]?, HTTPError.Kind>

    /// Bytes after which the transfer is paused. What libcurl has already read when that happens comes on top.
    static let limit = 256 << 10

    private struct State {
        var bytes: [UInt8] = []
        var end: Chunk?
        var reader: CheckedContinuation<Chunk, Never>?
        /// The loop paused the transfer and waits for the reader.
        var isPaused = false
        /// Size of the chunk taken last: the next one is likely to be as large, and an array that grows copies.
        var expected = 0
    }

    private let state = Mutex(State())
    /// The transfer is paused whenever nobody waits for what it brings.
    private let readsOnDemand: Bool

    init(readsOnDemand: Bool = false) {
        self.readsOnDemand = readsOnDemand
    }

    // MARK: The loop's side

    /// False when the pipe is full now: the transfer must pause.
    func append(_ bytes: UnsafeRawBufferPointer) -> Bool {
        state.withLock { state in
            // The reader has cancelled, and the loop does not know yet.
            guard state.end == nil else { return true }
            if state.bytes.isEmpty { state.bytes.reserveCapacity(max(state.expected, bytes.count)) }
            state.bytes.append(contentsOf: bytes)
            if readsOnDemand || state.bytes.count >= Self.limit { state.isPaused = true }
            return !state.isPaused
        }
    }

    /// Hands what is there to a waiting reader. True when there is room: a paused transfer may go on.
    func flush() -> Bool {
        let (reader, bytes, hasRoom): (CheckedContinuation<Chunk, Never>?, [UInt8], Bool) = state.withLock { state in
            guard state.reader != nil, !state.bytes.isEmpty else { return (nil, [], !state.isPaused) }
            defer { state.reader = nil }
            let bytes = take(from: &state)
            return (state.reader, bytes, !state.isPaused)
        }
        reader?.resume(returning: .success(bytes))
        return hasRoom
    }

    /// Ends the body. What arrived before a failure can still be read, unless the reader does not want it any more.
    func close(_ failure: HTTPError.Kind?, discarding: Bool = false) {
        let (reader, chunk): (CheckedContinuation<Chunk, Never>?, Chunk) = state.withLock { state in
            let end: Chunk = failure.map { .failure($0) } ?? .success(nil)
            guard state.end == nil else { return (nil, end) }
            state.end = end
            if discarding { state.bytes = [] }
            guard let reader = state.reader else { return (nil, end) }
            state.reader = nil
            return (reader, state.bytes.isEmpty ? end : .success(take(from: &state)))
        }
        reader?.resume(returning: chunk)
    }

    // MARK: The reader's side

    var isClosed: Bool {
        state.withLock { $0.end != nil }
    }

    /// The next chunk, or the end. `resume` is called when the transfer was paused and now has room.
    func next(resume: () -> Void) async -> Chunk {
        await withCheckedContinuation { continuation in
            let (chunk, wasPaused): (Chunk?, Bool) = state.withLock { state in
                if !state.bytes.isEmpty {
                    let wasPaused = state.isPaused
                    let bytes = take(from: &state)
                    return (.success(bytes), wasPaused && !state.isPaused)
                }
                if let end = state.end { return (end, false) }
                if state.reader != nil {
                    return (.failure(.invalidRequest("two tasks read the same response at the same time")), false)
                }
                state.reader = continuation
                defer { state.isPaused = false }
                return (nil, state.isPaused)
            }
            if wasPaused { resume() }
            if let chunk { continuation.resume(returning: chunk) }
        }
    }

    private func take(from state: inout State) -> [UInt8] {
        let bytes = state.bytes
        state.bytes = []
        if !readsOnDemand { state.isPaused = false }
        state.expected = min(bytes.count, 2 * Self.limit)
        return bytes
    }
}
