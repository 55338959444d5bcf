import HTTPClient
import Logging
import MesosClient
import Supervision

/// The worker that finds out that tasks fail, and tells the dispatcher.
///
/// Settings, by the names of the flags: `masters`, `detect`, `poll-interval`, `states`, and what the filter reads.
public struct PollingWorker: Worker {
    /// Makes the test of frameworks' names out of the settings.
    public typealias Filter = @Sendable (WorkerSettings) throws -> @Sendable (_ framework: String) -> Bool

    private let filter: Filter
    private let patience: Watcher.Patience

    /// - Parameter filter: throws when its settings cannot be used.
    public init(filter: @escaping Filter = { _ in { _ in true } }) {
        self.init(filter: filter, patience: Watcher.Patience())
    }

    init(filter: @escaping Filter = { _ in { _ in true } }, patience: Watcher.Patience) {
        self.filter = filter
        self.patience = patience
    }

    /// Works until it is cancelled.
    ///
    /// - Throws: an error about settings that cannot be used.
    public func run(_ context: WorkerContext) async throws {
        let settings = try PollingSettings(context.settings)
        let watches = try filter(context.settings)
        let logger = Logger(label: "poller")
        // The link and the watcher know each other; the way back goes through a stream.
        let (restarts, restart) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let link = DispatcherLink(
            logger: logger, wantsSnapshot: { restart.yield() },
            offender: { reason in await context.offender("dispatcher", reason: reason) })
        let client = HTTPClient()
        let watcher = try Watcher(
            settings, watches: watches, client: MasterClient(client), link: link,
            report: .init(ready: { await context.ready() }, status: { await context.status($0) }), logger: logger,
            patience: patience)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await link.run(context.peers) }
            group.addTask { for await _ in restarts { await watcher.restart() } }
            group.addTask { await watcher.run() }
            // The supervisor's word is the only reason to end; a channel that ends is replaced.
            while await group.next() != nil, !Task.isCancelled {}
            group.cancelAll()
        }
        client.shutdown()
        try Task.checkCancellation()
    }
}
