import Complaints
import Foundation
import HTTPClient
import Logging
import MesosClient
import Supervision
import Synchronization
import TestTools
import Testing

@testable import Polling

@Suite(.timeLimit(.minutes(5))) struct WatcherTests {
    private let state = #"""
        {"pid":"m@1:1","leader":"m@1:1","slaves":[],"frameworks":[{"id":"F","name":"n","completed_tasks":[{"id":"1",\#
        "framework_id":"none","state":"TASK_FAILED","statuses":[{"state":"TASK_FAILED","timestamp":5}]}]}]}
        """#

    @Test func aSnapshotThatIsWantedWhileAnotherEndsIsMade() async throws {
        // The second answer waits until the first one's snapshot has arrived: it would take its place in the queue.
        let arrived = DispatchSemaphore(value: 0)
        let requests = Mutex(0)
        let master = try FakeMaster { _ in
            let number = requests.withLock { count in
                count += 1
                return count
            }
            if number == 2 { arrived.wait() }
            return .whole(status: 200, body: state)
        }
        defer { arrived.signal() }
        let (one, other) = try Descriptor.socketPair()
        let dispatcher = MessageChannel<PollerMessage, PollerOrder>(other)
        let (peers, peer) = AsyncStream.makeStream(of: Peer.self)
        peer.yield(Peer(role: "dispatcher", descriptor: one))
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let link = DispatcherLink(logger: logger, wantsSnapshot: {}, offender: { _ in })
        let settings = try PollingSettings(
            WorkerSettings(values: ["masters": [master.url], "detect": ["poll"], "poll-interval": ["20ms"]]))
        let (wishes, wish) = AsyncStream.makeStream(of: Void.self)
        let isFirst = Mutex(true)
        // A task of a framework that nobody told is judged when all is read: the last moment before the end is told.
        let watches = { @Sendable (name: String) -> Bool in
            guard name.isEmpty, isFirst.withLock({ $0 }) else { return false }
            isFirst.withLock { $0 = false }
            wish.yield()
            // Until that stands in line for the watcher, which is busy here.
            Thread.sleep(forTimeInterval: 0.1)
            return false
        }
        let watcher = try Watcher(
            settings, watches: watches, client: MasterClient(HTTPClient(.init(proxy: .none))), link: link,
            report: .init(ready: {}, status: { _ in }), logger: logger)
        let ends = Mutex(0)
        let tasks = [
            Task { await link.run(peers) }, Task { await watcher.run() },
            Task { for await _ in wishes { await watcher.restart() } },
            Task {
                while let message = try? await dispatcher.receive() {
                    guard message == .snapshot(.end) else { continue }
                    ends.withLock { $0 += 1 }
                    arrived.signal()
                }
            },
        ]
        defer { for task in tasks { task.cancel() } }
        try await waitUntil("the second snapshot") { ends.withLock { $0 } == 2 }
    }
}
