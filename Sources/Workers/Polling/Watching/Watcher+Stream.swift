import Complaints
import Glibc
import HTTPClient
import MesosClient
import RecordIO

/// Detection by the operator event stream.
extension Watcher {
    /// Heartbeats that may be missed.
    private static let missedHeartbeats = 5.0
    /// Tasks that are asked for at the same time.
    private static let parallelLookups = 4
    /// Tasks that may wait to be asked for before the stream has to wait.
    private static let maximumLookups = 256

    func watchStream(_ master: MasterURL) async -> End {
        expect(within: firstBytePatience)
        defer { deadline = nil }
        let began = clock.now
        var firstByte: Duration?
        let response: HTTPStream
        do {
            response = try await client.subscribe(master)
        } catch {
            return Task.isCancelled ? .cancelled : .failed(error)
        }
        streamReader.reset()
        // What was waiting belongs to the stream before, whose snapshot is about to be replaced.
        lookups = []
        var reason = "closed by the master"
        do {
            while let chunk = try await response.next() {
                deadline = nil
                firstByte = firstByte ?? clock.now - began
                if try read(chunk) {
                    subscribed = clock.now
                    answered(after: firstByte)
                    await watching(master)
                    try await tellSnapshot()
                }
                guard subscribed != nil || clock.now - began < patience.snapshot else {
                    return .failed(.unexpected("its snapshot takes more than \(patience.snapshot.rounded)"))
                }
                if subscribed != nil {
                    try await tellFailures()
                    tellStatus(master)
                }
                expect(within: subscribed == nil ? patience.answer : silence)
            }
        } catch is CancellationError {
            return .cancelled
        } catch let error as HTTPError {
            if Task.isCancelled { return .cancelled }
            reason = error.description
        } catch let error as StreamTrouble {
            reason = error.description
        } catch {
            reason = "\(error)"
        }
        response.cancel()
        // A mad answer may have needed a lot.
        streamReader.reset()
        guard let subscribed else { return .failed(.unexpected("gave no event stream: \(reason)")) }
        return .streamEnded(life: clock.now - subscribed, reason: reason)
    }

    /// Why the bytes of a stream cannot be read.
    private struct StreamTrouble: Error, CustomStringConvertible {
        var description: String
    }

    /// How long the stream may say nothing.
    private var silence: Duration {
        let heartbeat = min(max(stream.heartbeat ?? 15, 0.1), 600)
        return .seconds(heartbeat.isFinite ? heartbeat * Self.missedHeartbeats : 75)
    }

    /// Hands the bytes on to the detector; returns whether a snapshot is complete with them.
    private func read(_ chunk: [UInt8]) throws(StreamTrouble) -> Bool {
        let (now, wall) = (clock.now, Timestamp.now)
        var isComplete = false
        let trouble = chunk.withUnsafeBytes { bytes -> StreamTrouble? in
            do throws(RecordStreamError<ScanError>) {
                try streamReader.feed(bytes) { fact in
                    stream.take(fact, now: now, wall: wall)
                    if case .snapshotEnd = fact { isComplete = true }
                }
                return nil
            } catch {
                switch error {
                case .framing(let error): return StreamTrouble(description: error.description)
                case .body(let error): return StreamTrouble(description: error.description)
                }
            }
        }
        if let trouble { throw trouble }
        return isComplete
    }

    private func tellSnapshot() async throws(CancellationError) {
        isTellingSnapshot = true
        defer { isTellingSnapshot = false }
        await link.beginSnapshot()
        while true {
            let failures = stream.nextOfSnapshot(PollerMessage.maximumFailures, wall: .now)
            if failures.isEmpty { break }
            try await link.submit(failures)
        }
        await link.endSnapshot()
        // What the snapshot needed for a moment would otherwise stay with this process for ever.
        trimMemory()
    }

    private func watching(_ master: MasterURL) async {
        logger.info("watching \(master) by its event stream, \(stream.liveTasks) live tasks")
        // The next poll, if there is one, does not know what was found until then.
        pollsAfresh = true
        await well(master, .stream)
    }

    private func tellStatus(_ master: MasterURL) {
        metrics.tasks(stream.liveTasks)
        status("watching \(master) (stream), \(stream.liveTasks) tasks")
    }

    /// Sends what has failed, and sees to what has to be asked for or waited for.
    func tellFailures() async throws(CancellationError) {
        guard !isTellingSnapshot else { return }
        let failures = stream.takeFailures()
        if !failures.isEmpty { try await link.submit(failures) }
        lookups += stream.takeLookups()
        while lookups.count > Self.maximumLookups {
            await lookUp(lookups.removeFirst())
            if Task.isCancelled { throw CancellationError() }
        }
        startLookups()
        scheduleTick()
    }

    private func startLookups() {
        while runningLookups < Self.parallelLookups, !lookups.isEmpty {
            let lookup = lookups.removeFirst()
            runningLookups += 1
            Task {
                await lookUp(lookup)
                runningLookups -= 1
                try? await tellFailures()
            }
        }
    }

    private func lookUp(_ lookup: StreamDetector.Lookup) async {
        let update = lookup.update
        var task: TaskRecord?
        do {
            task = try await client.task(currentMaster, framework: update.frameworkID, task: update.taskID)
        } catch {
            logger.warning("task \(update.taskID) cannot be asked for: \(error)")
        }
        stream.resolve(lookup, task, now: clock.now, wall: .now)
    }

    /// Wakes up when a task has waited long enough for its last status.
    private func scheduleTick() {
        guard tick == nil, let next = stream.nextDeadline else { return }
        tick = Task {
            try? await Task.sleep(until: next, clock: clock)
            tick = nil
            if Task.isCancelled { return }
            stream.tick(now: clock.now, wall: .now)
            try? await tellFailures()
        }
    }
}
