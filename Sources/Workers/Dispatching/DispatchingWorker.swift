import Supervision

/// The worker that remembers every failure until everybody who is to know of it has been told: the only one with state.
///
/// Settings, by flag: `state` (directory of the ledger; without it a temporary one), `name`, `default`, `reporters`,
/// `catch-up`, `retry-for`, `keep`, `flood.limit`, `flood.window`.
public struct DispatchingWorker: Worker {
    public init() {}

    public func run(_ context: WorkerContext) async throws {
        try await Dispatcher(context: context, settings: DispatchSettings(context.settings.values)).run()
    }
}
