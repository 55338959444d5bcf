/// The places for cases whose logs are on their way: few, because each may hold four parts in memory.
///
/// A place must not be lost to an agent that stops in the middle. Whoever has not got a byte for a few seconds while
/// others wait is put out, and comes back later.
actor TransferPlaces {
    enum Failure: Error {
        /// Others had the places for too long.
        case full
        /// Its agent sent nothing while others waited.
        case stalled
    }

    static let limit = 4
    /// Without a byte from the agent while others wait.
    static let stalled = Duration.seconds(3)
    private static let longestWait = Duration.seconds(10)

    private struct Holder {
        var progress: Progress
        var putOut: @Sendable () -> Void
    }

    private var holders: [Int: Holder] = [:]
    private var taken = 0
    private var waiting: [(id: Int, CheckedContinuation<Bool, Never>)] = []
    private var last = 0
    private var watch: Task<Void, Never>?

    /// Runs `body` in a place. It is cancelled when it is put out, and when this task is.
    func run<Value: Sendable>(
        _ progress: Progress, _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        guard await take() else { throw Failure.full }
        defer { give() }
        try Task.checkCancellation()
        last += 1
        let id = last
        let task = Task { try await body() }
        holders[id] = Holder(progress: progress) { task.cancel() }
        defer { holders[id] = nil }
        do {
            return try await withTaskCancellationHandler {
                try await task.value
            } onCancel: {
                task.cancel()
            }
        } catch {
            guard holders[id] == nil else { throw error }
            throw Failure.stalled
        }
    }

    var free: Int { Self.limit - taken }

    private func take() async -> Bool {
        if taken < Self.limit {
            taken += 1
            return true
        }
        last += 1
        let id = last
        let limit = Task {
            try await Task.sleep(for: Self.longestWait)
            self.turnAway(id)
        }
        defer { limit.cancel() }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                guard !Task.isCancelled else { return continuation.resume(returning: false) }
                waiting.append((id, continuation))
                if watch == nil { watch = Task { await self.keepWatch() } }
            }
        } onCancel: {
            Task { await self.turnAway(id) }
        }
    }

    private func give() {
        if waiting.isEmpty { taken -= 1 } else { waiting.removeFirst().1.resume(returning: true) }
    }

    private func turnAway(_ id: Int) {
        guard let index = waiting.firstIndex(where: { $0.id == id }) else { return }
        waiting.remove(at: index).1.resume(returning: false)
    }

    /// While somebody waits, looks for places that are held for nothing.
    private func keepWatch() async {
        while !waiting.isEmpty {
            for (id, holder) in holders where holder.progress.stalled() > Self.stalled {
                holders[id] = nil
                holder.putOut()
            }
            try? await Task.sleep(for: .milliseconds(250))
        }
        watch = nil
    }
}
