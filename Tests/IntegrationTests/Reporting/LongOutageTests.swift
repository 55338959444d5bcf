import AgentTesting
import Complaints
import Foundation
import Testing

/// A service is down for an hour while five thousand tasks fail: a running instance with all its workers, whose own
/// plans go by a clock that is sixty times as fast.
@Suite(.serialized)
struct LongOutageTests {
    static let rate = 60
    static let count = 5000
    static let batch = 25
    /// Of the worker's clock, between two batches: the outage takes an hour.
    static let pause = Duration.seconds(18)
    /// Failures after which everybody has what it keeps anyway: connections, caches of a fixed size, pages of the ledger.
    static let warm = 1500
    /// Failures that are reported before it.
    static let before = 20

    /// What each process holds, by role, at one moment.
    private struct Sample {
        let failed: Int
        let anonymous: [String: Int]
        let proportional: [String: Int]

        init(_ processes: [WorkerProcess], after failed: Int) throws {
            self.failed = failed
            func all(_ read: (Int32) throws -> Int) throws -> [String: Int] {
                Dictionary(uniqueKeysWithValues: try processes.map { ($0.role, try read($0.pid)) })
            }
            anonymous = try all(ProcessMemory.anonymous)
            proportional = try all(ProcessMemory.proportional)
        }
    }

    @Test func memoryStaysFlatAndEverythingIsReportedAfterwards() async throws {
        let agent = try FakeAgent()
        defer { agent.stop() }
        let feed = FakeFeed([FakeEvents.subscribed(agent: agent.port, heartbeats: 600)])
        let master = try FakeMaster { _ in .stream(feed) }
        defer { master.stop() }
        let hook = try await MoodyHook()
        defer { hook.stop() }
        var options = ComplainerProcess.Options(masters: master.url)
        options.reporters = "slack"
        options.flags = ["-detect", "stream", "-slack.hook_url", hook.url, "-slack.format", "{{ .failure.ID }}"]
        options.environment["COMPLAINER_CLOCK"] = "\(Self.rate)@\(Int(Date().timeIntervalSince1970))"
        try await ComplainerProcess.with(options) { complainer in
            for number in 0..<Self.before { feed.fail("before-\(number)") }
            try await waitUntil("the reports before the outage") { hook.taken.count == Self.before }
            let workers = complainer.workers()
            let processes = workers + [WorkerProcess(pid: complainer.pid, role: "supervisor")]
            var samples = [try Sample(processes, after: 0)]
            samples += try await outage(hook, feed, processes)
            try await waitUntil("all failures in the ledger") {
                try await complainer.status().summary?.backlog == Self.count
            }
            samples.append(try Sample(processes, after: Self.count))
            #expect(hook.taken.count == Self.before)
            let moods = Set(hook.others.map { "\($0)" })
            #expect(moods == ["status(503)", "hangs"], "it was asked now and then, whatever it did")
            // Five tries open the breaker, with three under way; then one probe at a time, at last each five minutes.
            #expect(hook.others.count <= 40, "\(hook.others.count) requests in vain")
            expectFlat(samples)

            let back = ContinuousClock.now
            try await hook.set(.works)
            try await waitUntil("all reports", within: .seconds(400)) { hook.taken.count >= Self.before + Self.count }
            try await waitUntil("the end") { try await complainer.status().summary?.backlog == 0 }
            let taken = Array(hook.taken.dropFirst(Self.before))
            expectOnceInOrderAtItsPace(taken)
            // One more probe may have hung until then; the next one comes five minutes later at the most.
            let first = try #require(taken.first?.at)
            #expect((first - back) * Self.rate < .seconds(330) + Self.hurry)
            #expect(complainer.workers() == workers, "nobody died\n\(complainer.log.suffix(3000))")
        }
    }

    /// Lets tasks fail for an hour of the workers' clock: while the service answers errors, then refuses connections, then
    /// hangs.
    private func outage(
        _ hook: MoodyHook, _ feed: FakeFeed, _ processes: [WorkerProcess]
    ) async throws -> [Sample] {
        var samples: [Sample] = []
        let begin = ContinuousClock.now
        let moods: [MoodyHook.Mood] = [.status(503), .refuses, .hangs]
        var mood: MoodyHook.Mood?
        for failed in stride(from: 0, to: Self.count, by: Self.batch) {
            let next = moods[failed * moods.count / Self.count]
            if next != mood { try await hook.set(next) }
            mood = next
            for number in failed..<failed + Self.batch { feed.fail("t\(number)") }
            let index = failed / Self.batch + 1
            if index % 5 == 0 { samples.append(try Sample(processes, after: failed + Self.batch)) }
            // Tasks fail when they fail, and wait for nothing.
            try await ContinuousClock().sleep(until: begin + Self.pause / Self.rate * index)
        }
        return samples
    }

    /// What a process holds may grow by so much for each failure, in bytes: 3.6 MB in all, so a leak of 2 kB is twice too
    /// much. Most is left to the uploader, which on a busy machine comes to work on more logs at a time than before, with
    /// a buffer for each connection: 1.9 MB were seen. The poller keeps the keys of what it has seen, about 90 bytes.
    private static let allowance = 1024

    private func expectFlat(_ samples: [Sample]) {
        let warm = samples.filter { $0.failed >= Self.warm }
        guard let first = warm.first, let last = warm.last, last.failed == Self.count else {
            Issue.record("too few samples")
            return
        }
        let most = (last.failed - first.failed) * Self.allowance
        for (role, begin) in first.anonymous {
            // The least of the last tenth: what it cannot do without by then.
            let end = warm.filter { $0.failed >= Self.count * 9 / 10 }.compactMap { $0.anonymous[role] }.min() ?? .max
            #expect(end - begin <= most, "\(role) grew from \(begin) to \(end) bytes")
            let peak = warm.compactMap { $0.anonymous[role] }.max() ?? .max
            #expect(peak - begin <= 2 * most, "\(role) grew from \(begin) to \(peak) bytes for a while")
            // With its share of what it has in common with the others, whose number does not change.
            let shares = warm.compactMap { $0.proportional[role] }
            #expect((shares.max() ?? .max) - (shares.first ?? 0) <= 2 * most, "\(role): \(shares) bytes")
            print("\(role): \(begin >> 10) kB after \(first.failed) failures, \(end >> 10) kB after \(last.failed)")
        }
    }

    /// What a busy machine may add to anything that is measured, of the workers' clock.
    private static let hurry = Duration.seconds(600)

    private func expectOnceInOrderAtItsPace(_ taken: [MoodyHook.Taken]) {
        let numbers = taken.compactMap { Int($0.text.dropFirst()) }
        #expect(numbers.sorted() == Array(0..<Self.count), "each once")
        let moved = numbers.indices.filter { numbers[$0] != $0 }
        #expect(moved.isEmpty, "not in the order of failure: \(moved.prefix(60).map { numbers[$0] })")
        guard let first = taken.first, let last = taken.last else { return }
        let span = (last.at - first.at) * Self.rate
        #expect(span >= .seconds(Self.count - 1) - .seconds(60), "one a second, but all within \(span)")
        #expect(span <= .seconds(2 * Self.count), "no pause but the pace, but within \(span)")
        // A minute's worth, wherever one looks.
        for index in stride(from: 0, to: taken.count - 60, by: 20) {
            let minute = (taken[index + 60].at - taken[index].at) * Self.rate
            #expect(minute >= .seconds(30), "60 within \(minute)")
        }
    }
}

extension FakeFeed {
    fileprivate func fail(_ id: String) {
        append(FakeEvents.added(id))
        append(FakeEvents.failed(id))
    }
}
