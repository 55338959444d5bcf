import Complaints
import HTTPClient
import MesosClient

/// Detection by `GET /master/state`.
extension Watcher {
    func pollOnce(_ master: MasterURL) async -> End {
        expect(within: firstBytePatience)
        defer { deadline = nil }
        let began = clock.now
        var firstByte: Duration?
        let response: HTTPStream
        do {
            response = try await client.state(master)
        } catch {
            return Task.isCancelled ? .cancelled : .failed(error)
        }
        let afresh = pollsAfresh
        stateReader.reset()
        poll.begin(afresh: afresh)
        var told = Told(isSnapshot: afresh)
        isTellingSnapshot = afresh
        defer { isTellingSnapshot = false }
        do {
            var spent = Duration.zero
            var resumed = clock.now
            while !stateReader.isComplete, let chunk = try await response.next() {
                deadline = nil
                firstByte = firstByte ?? clock.now - began
                try read(chunk)
                if let elsewhere = elsewhere(master) { throw elsewhere }
                if poll.standing == .leading { await ready() }
                spent += clock.now - resumed
                guard spent < patience.snapshot else {
                    throw MasterError.unexpected("its state takes more than \(patience.snapshot.rounded)")
                }
                try await tell(&told, complete: false)
                resumed = clock.now
                expect(within: patience.answer)
            }
            deadline = nil
            try finishReading()
            if let elsewhere = elsewhere(master) { throw elsewhere }
            guard poll.standing == .leading else {
                throw poll.isMaster
                    ? MasterError.notLeading("it knows no leader") : .unexpected("does not answer like a Mesos master")
            }
            try await tell(&told, complete: true)
            if afresh {
                if !told.begun { await link.beginSnapshot() }
                await link.endSnapshot()
                // Somebody may have asked for another one meanwhile.
                try Task.checkCancellation()
                pollsAfresh = false
                trimMemory()
                logger.info("watching \(master) by polling every \(settings.pollInterval.rounded)")
            }
            poll.end(complete: true)
            answered(after: firstByte)
        } catch {
            response.cancel()
            poll.end(complete: false)
            // A mad answer may have needed a lot.
            stateReader.reset()
            if Task.isCancelled || error is CancellationError { return .cancelled }
            switch error {
            case let error as MasterError: return .failed(error)
            case let error as HTTPError: return .failed(.unreachable(error))
            default: return .failed(.unexpected("\(error)"))
            }
        }
        await well(master, .poll)
        metrics.tasks(stateReader.tasks)
        status("watching \(master) (poll), \(stateReader.tasks) tasks")
        return .polled
    }

    /// What was told of one document.
    private struct Told {
        var isSnapshot: Bool
        var begun = false
    }

    private func tell(_ told: inout Told, complete: Bool) async throws(CancellationError) {
        while true {
            let failures = poll.next(PollerMessage.maximumFailures, complete: complete, wall: .now)
            if failures.isEmpty { return }
            if told.isSnapshot, !told.begun {
                told.begun = true
                await link.beginSnapshot()
            }
            try await link.submit(failures)
            poll.told(failures)
        }
    }

    private func read(_ chunk: [UInt8]) throws {
        let now = clock.now
        try chunk.withUnsafeBytes { bytes in
            try stateReader.feed(bytes) { poll.take($0, now: now) }
        }
        guard !poll.isFull else {
            throw MasterError.unexpected("its state has more failed tasks than fit in memory, in an unknown order")
        }
    }

    private func finishReading() throws {
        let now = clock.now
        try stateReader.finish { poll.take($0, now: now) }
    }

    /// Where the leader is, if this master says that another one leads.
    private func elsewhere(_ master: MasterURL) -> MasterError? {
        guard case .following(let leader) = poll.standing else { return nil }
        guard let process = ProcessID(leader) else { return .notLeading("its leader is \"\(leader.prefix(100))\"") }
        return .redirected(to: master.at(process))
    }
}
