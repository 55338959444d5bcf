import Synchronization

/// Where a streamed upload's producer puts one chunk at a time and the loop's thread takes it.
final class UploadPipe: Sendable {
    private enum Supply {
        case open
        case ended
        case failed(String)
    }

    private struct State {
        var chunk: [UInt8] = []
        var offset = 0
        var supply = Supply.open
        /// Bytes taken by the loop's thread.
        var taken: Int64 = 0
        /// libcurl asked for data at least once: before that the producer is left alone.
        var isWanted = false
        /// The transfer is over, nobody takes any more.
        var isClosed = false
        var producer: CheckedContinuation<Bool, Never>?
        var pump: Task<Void, Never>?
    }

    private let length: Int64?
    private let state = Mutex(State())

    init(length: Int64?) {
        self.length = length
    }

    /// Runs the producer in a task of its own, until it ends or the pipe is closed. `offered` is called after each step.
    func start(_ produce: @escaping @Sendable () async throws -> [UInt8]?, offered: @escaping @Sendable () -> Void) {
        let pump = Task {
            while await isWanted() {
                do {
                    offer(try await produce())
                } catch {
                    fail("\(error)")
                }
                offered()
            }
        }
        let isClosed = state.withLock { state in
            state.pump = pump
            return state.isClosed
        }
        if isClosed { pump.cancel() }
    }

    // MARK: The loop's side

    /// Whether nothing was taken yet, so that the body can still be sent from its beginning.
    var isUntouched: Bool {
        state.withLock { $0.taken == 0 }
    }

    /// Whether all of it was taken.
    var isExhausted: Bool {
        state.withLock { state in
            guard case .ended = state.supply else { return false }
            return state.chunk.isEmpty
        }
    }

    func take(into buffer: UnsafeMutableRawBufferPointer) -> OutgoingBody.Piece {
        let (piece, producer): (OutgoingBody.Piece, CheckedContinuation<Bool, Never>?) = state.withLock { state in
            state.isWanted = true
            let piece = Self.take(from: &state, into: buffer, length: length)
            // One chunk ahead: the producer works while the last one is on its way.
            guard state.chunk.isEmpty, case .open = state.supply else { return (piece, nil) }
            defer { state.producer = nil }
            return (piece, state.producer)
        }
        producer?.resume(returning: true)
        return piece
    }

    /// The transfer is over: the producer is cancelled and not called again.
    func close() {
        let (producer, pump): (CheckedContinuation<Bool, Never>?, Task<Void, Never>?) = state.withLock { state in
            state.isClosed = true
            state.chunk = []
            defer {
                state.producer = nil
                state.pump = nil
            }
            return (state.producer, state.pump)
        }
        pump?.cancel()
        producer?.resume(returning: false)
    }

    private static func take(
        from state: inout State, into buffer: UnsafeMutableRawBufferPointer, length: Int64?
    ) -> OutgoingBody.Piece {
        guard state.chunk.isEmpty else {
            let count = min(buffer.count, state.chunk.count - state.offset)
            if let length, state.taken + Int64(count) > length {
                return .failed("more than the \(length) bytes announced")
            }
            state.chunk.withUnsafeBytes {
                buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[state.offset..<state.offset + count]))
            }
            state.offset += count
            state.taken += Int64(count)
            if state.offset == state.chunk.count {
                state.chunk = []
                state.offset = 0
            }
            return .bytes(count)
        }
        switch state.supply {
        case .open: return .nothingYet
        case .failed(let reason): return .failed(reason)
        case .ended:
            if let length, state.taken < length {
                return .failed("ended after \(state.taken) of the \(length) bytes announced")
            }
            return .end
        }
    }

    // MARK: The producer's side

    /// Waits until the loop can take another chunk; false when it will not.
    private func isWanted() async -> Bool {
        await withCheckedContinuation { continuation in
            let answer: Bool? = state.withLock { state in
                guard case .open = state.supply, !state.isClosed else { return false }
                if state.isWanted, state.chunk.isEmpty { return true }
                state.producer = continuation
                return nil
            }
            if let answer { continuation.resume(returning: answer) }
        }
    }

    private func offer(_ chunk: [UInt8]?) {
        state.withLock { state in
            guard !state.isClosed else { return }
            if let chunk { state.chunk = chunk } else { state.supply = .ended }
        }
    }

    private func fail(_ reason: String) {
        state.withLock { $0.supply = .failed(reason) }
    }
}
