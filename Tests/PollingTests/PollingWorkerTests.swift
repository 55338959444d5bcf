import Complaints
import Foundation
import Supervision
import Synchronization
import Testing

@testable import Polling

/// The whole worker, against masters that are played and a dispatcher that is the test.
@Suite(.timeLimit(.minutes(5))) struct PollingWorkerTests {
    /// A running worker.
    private final class Stage: Sendable {
        let dispatcher: MessageChannel<PollerMessage, PollerOrder>
        private let peers: AsyncStream<Peer>.Continuation
        private let told = Mutex<[WorkerMessage]>([])
        private let task = Mutex<Task<Void, any Error>?>(nil)

        init(_ masters: [String], _ values: [String: [String]] = [:], patience: Watcher.Patience = .init()) throws {
            let (one, other) = try Descriptor.socketPair()
            dispatcher = .init(other)
            let (stream, peers) = AsyncStream.makeStream(of: Peer.self)
            self.peers = peers
            peers.yield(Peer(role: "dispatcher", descriptor: one))
            let settings = WorkerSettings(
                values: ["masters": [masters.joined(separator: ",")], "poll-interval": ["20ms"]]
                    .merging(values) { $1 })
            let context = WorkerContext(
                role: "poller", settings: settings, peers: stream, reports: AsyncStream { $0.finish() }
            ) { [weak self] message in self?.told.withLock { $0.append(message) } }
            let worker = PollingWorker(patience: patience)
            task.withLock { $0 = Task { try await worker.run(context) } }
        }

        deinit { task.withLock { $0?.cancel() } }

        var isReady: Bool { told.withLock { $0.contains(.ready) } }

        func anotherDispatcher() throws -> MessageChannel<PollerMessage, PollerOrder> {
            let (one, other) = try Descriptor.socketPair()
            peers.yield(Peer(role: "dispatcher", descriptor: one))
            return .init(other)
        }

        /// Why it ended by itself.
        func failure() async -> (any Error)? {
            guard let task = task.withLock({ $0 }), case .failure(let error) = await task.result else { return nil }
            return error
        }

        func stop() async -> Result<Void, any Error>? {
            let task = task.withLock { $0 }
            task?.cancel()
            return await task?.result
        }
    }

    /// What the dispatcher is told until `last`, in short; everything is recorded.
    private func messages(
        _ dispatcher: MessageChannel<PollerMessage, PollerOrder>, until last: String, health: Bool = false
    ) async throws -> [String] {
        var all: [String] = []
        while all.last != last, let message = try await dispatcher.receive() {
            switch message {
            case .snapshot(let phase): all.append(phase.rawValue)
            case .detected(let failures):
                all += failures.map(\.id)
                try await dispatcher.send(.recorded(failures.map(\.key)))
            case .health(let reason, let mode, _):
                if health { all.append(reason == nil ? "well \(mode)" : "unwell") }
            }
        }
        return all
    }

    private func record(_ json: String) -> String { "\(json.utf8.count)\n\(json)" }

    private func failed(_ id: String, at: Double = 5) -> String {
        taskJSON(id, state: "TASK_FAILED", statuses: [statusJSON("TASK_FAILED", at: at, task: id)])
    }

    private func stateJSON(_ failed: [String], pid: String = "master@1:1", leader: String = "master@1:1") -> String {
        let tasks = failed.map { id in
            #"{"id":"\#(id)","framework_id":"F","state":"TASK_FAILED","statuses":[{"state":"TASK_FAILED","timestamp":5}]}"#
        }
        return """
            {"pid":"\(pid)","leader":"\(leader)","slaves":[],"frameworks":[{"id":"F","name":"n","completed_tasks":\
            [\(tasks.joined(separator: ","))]}]}
            """
    }

    @Test func theStreamTellsTheSnapshotAndThenWhatFails() async throws {
        let subscribed = record(subscribedJSON(tasks: [taskJSON("live")], completed: [failed("old")]))
        let master = try FakeMaster { _ in .stream(subscribed) }
        let stage = try Stage([master.url])
        #expect(try await messages(stage.dispatcher, until: "end") == ["begin", "old", "end"])
        master.push(record(updateJSON("TASK_FAILED", status: statusJSON("TASK_FAILED", at: 9, task: "live"))))
        #expect(try await messages(stage.dispatcher, until: "live") == ["live"])
        #expect(master.paths == ["/api/v1"])
        #expect(stage.isReady)
    }

    @Test func aMasterThatRefusesTheStreamIsPolled() async throws {
        let failures = Mutex(["1"])
        let master = try FakeMaster { request in
            guard request.method == "GET" else { return .whole(status: 405, body: "no") }
            return .whole(status: 200, body: stateJSON(failures.withLock { $0 }))
        }
        let stage = try Stage([master.url])
        #expect(
            try await messages(stage.dispatcher, until: "end", health: true).filter { $0 != "well poll" }
                == ["begin", "1", "end"])
        failures.withLock { $0 = ["1", "2"] }
        #expect(try await messages(stage.dispatcher, until: "2") == ["2"])
    }

    @Test func theLeaderIsFollowedByRedirect() async throws {
        let subscribed = record(subscribedJSON(completed: [failed("1")]))
        let leader = try FakeMaster { _ in .stream(subscribed) }
        let master = try FakeMaster { request in
            .whole(status: 307, headers: ["Location: //127.0.0.1:\(leader.port)\(request.path)"], body: "")
        }
        let stage = try Stage([master.url])
        #expect(try await messages(stage.dispatcher, until: "end") == ["begin", "1", "end"])
    }

    @Test func theLeaderIsFollowedByItsAddress() async throws {
        let leader = try FakeMaster { _ in .whole(status: 200, body: stateJSON(["right"])) }
        let master = try FakeMaster { _ in
            .whole(status: 200, body: stateJSON(["wrong"], leader: "master@127.0.0.1:\(leader.port)"))
        }
        let stage = try Stage([master.url], ["detect": ["poll"]])
        #expect(try await messages(stage.dispatcher, until: "end") == ["begin", "right", "end"])
    }

    @Test func mastersThatAreOfNoUseAreSkipped() async throws {
        let subscribed = record(subscribedJSON())
        let strange = try FakeMaster { _ in .raw("SSH-2.0-nothing\r\n") }
        let follower = try FakeMaster { _ in .whole(status: 503, body: "") }
        let leader = try FakeMaster { _ in .stream(subscribed) }
        let stage = try Stage(["http://127.0.0.1:1", strange.url, follower.url, leader.url])
        #expect(try await messages(stage.dispatcher, until: "end", health: true).contains("well stream"))
    }

    @Test(arguments: [
        FakeMaster.Reply.raw("H"), .raw(""), .whole(status: 500, body: "\u{0}"), .whole(status: 200, body: "<html>"),
        .closedStream("12\n{\"subscribed"), .closedStream("9999999999999\n"), .closedStream("2\n{}"),
        .whole(status: 307, body: ""), .whole(status: 200, body: "{\"pid\":\"a\",\"leader\":null}"),
    ])
    func aMasterThatAnswersGarbageIsForgivenWhenItComesToItsSenses(reply: FakeMaster.Reply) async throws {
        let subscribed = record(subscribedJSON(completed: [failed("1")]))
        let requests = Mutex(0)
        let master = try FakeMaster { _ in
            requests.withLock {
                $0 += 1
                return $0
            } <= 2 ? reply : .stream(subscribed)
        }
        let stage = try Stage([master.url], ["detect": ["stream"]])
        let all = try await messages(stage.dispatcher, until: "end", health: true)
        #expect(all.first == "unwell")
        #expect(all.contains("well stream") && all.contains("1"))
    }

    @Test func aStreamThatSaysNothingIsSubscribedAgain() async throws {
        var patience = Watcher.Patience()
        patience.answer = .milliseconds(200)
        let json = subscribedJSON().replacing("15.0", with: "0.1")
        let subscribed = record(json)
        let master = try FakeMaster { _ in .stream(subscribed) }
        let stage = try Stage([master.url], patience: patience)
        for _ in 0..<2 { _ = try await messages(stage.dispatcher, until: "end") }
        #expect(master.paths.count >= 2)
    }

    @Test func aMasterThatNeverAnswersIsGivenUp() async throws {
        var patience = Watcher.Patience()
        patience.answer = .milliseconds(100)
        let hanging = try FakeMaster { _ in .silence }
        let subscribed = record(subscribedJSON())
        let leader = try FakeMaster { _ in .stream(subscribed) }
        let stage = try Stage([hanging.url, leader.url], patience: patience)
        #expect(try await messages(stage.dispatcher, until: "end") == ["begin", "end"])
    }

    @Test(arguments: ["stream", "poll"]) func aSlowMasterIsWaitedFor(mode: String) async throws {
        var patience = Watcher.Patience()
        patience.answer = .milliseconds(200)
        let subscribed = record(subscribedJSON(completed: [failed("1")]))
        let master = try FakeMaster { request in
            // It computes.
            Thread.sleep(forTimeInterval: 0.4)
            return request.method == "POST" ? .stream(subscribed) : .whole(status: 200, body: stateJSON(["1"]))
        }
        let stage = try Stage([master.url], ["detect": [mode], "poll-interval": ["1h"]], patience: patience)
        #expect(try await messages(stage.dispatcher, until: "end") == ["begin", "1", "end"])
        // On a busy machine the first answer may be in time.
        #expect((1...2).contains(master.paths.count), "it was asked again before it could answer")
    }

    @Test func aStreamThatIsAlwaysTakenAwayMakesItPoll() async throws {
        let subscribed = record(subscribedJSON())
        let master = try FakeMaster { request in
            request.method == "POST"
                ? .closedStream(subscribed) : .whole(status: 200, body: stateJSON(["polled"]))
        }
        let stage = try Stage([master.url])
        let all = try await messages(stage.dispatcher, until: "polled")
        #expect(all.filter { $0 == "begin" }.count == 4)
    }

    @Test func pollingGivesTheStreamAnotherChance() async throws {
        var patience = Watcher.Patience()
        patience.stream = .milliseconds(100)
        let subscribed = record(subscribedJSON())
        let posts = Mutex(0)
        let master = try FakeMaster { request in
            guard request.method == "POST" else { return .whole(status: 200, body: stateJSON([])) }
            return posts.withLock {
                $0 += 1
                return $0
            } == 1 ? .whole(status: 403, body: "") : .stream(subscribed)
        }
        let stage = try Stage([master.url], patience: patience)
        let all = try await messages(stage.dispatcher, until: "well stream", health: true)
        #expect(all.contains("well poll"))
    }

    @Test func aTaskThatIsNotKnownIsAskedFor() async throws {
        let subscribed = record(subscribedJSON())
        let answer = #"{"tasks":[\#(taskJSON("stranger"))]}"#
        let master = try FakeMaster { request in
            request.method == "POST" ? .stream(subscribed) : .whole(status: 200, body: answer)
        }
        let stage = try Stage([master.url])
        _ = try await messages(stage.dispatcher, until: "end")
        master.push(record(updateJSON("TASK_FAILED", status: statusJSON("TASK_FAILED", at: 9, task: "stranger"))))
        guard case .detected(let failures)? = try await stage.dispatcher.receive() else {
            Issue.record("no failure")
            return
        }
        #expect(failures.map(\.name) == ["web"])
        #expect(master.paths.last == "/master/tasks?framework_id=F-1&task_id=stranger")
    }

    @Test func aResyncAndABrokenSnapshotAreAnsweredWithASnapshot() async throws {
        let subscribed = record(subscribedJSON(completed: [failed("1")]))
        let master = try FakeMaster { _ in .stream(subscribed) }
        let stage = try Stage([master.url])
        _ = try await messages(stage.dispatcher, until: "end")
        try await stage.dispatcher.send(.resync(seen: 1))
        #expect(try await messages(stage.dispatcher, until: "end") == ["begin", "1", "end"])
        try await stage.dispatcher.send(.resync(seen: 2))
        // This one dies before it has recorded anything.
        while let message = try await stage.dispatcher.receive(), message != .snapshot(.end) {}
        let next = try stage.anotherDispatcher()
        #expect(try await messages(next, until: "end") == ["begin", "1", "end"])
    }

    @Test func moreFailuresThanCreditReachADispatcherThatComesLate() async throws {
        let count = 3 * PollerMessage.credit
        let subscribed = record(subscribedJSON(completed: (0..<count).map { failed("t-\($0)") }))
        let master = try FakeMaster { _ in .stream(subscribed) }
        let stage = try Stage([master.url])
        let first = stage.dispatcher
        #expect(try await first.receive() != nil)
        first.close()
        let second = try stage.anotherDispatcher()
        let all = try await messages(second, until: "end")
        #expect(Set(all.filter { $0.hasPrefix("t-") }).count == count)
    }

    @Test func itStopsWhenItIsTold() async throws {
        let master = try FakeMaster { _ in .silence }
        let stage = try Stage([master.url])
        let result = try #require(await stage.stop())
        #expect(throws: CancellationError.self) { try result.get() }
    }

    @Test func settingsThatCannotBeUsedEndIt() async throws {
        let stage = try Stage([])
        let result = try #require(await stage.failure())
        #expect("\(result)" == "-masters: no Mesos master is named")
    }
}
