extension Route {
    /// `[WorkerReport]`: how all workers are.
    static let workers = document("/api/workers", "workers")
    /// `[CaseAnswer]`: the newest failures and what became of them.
    static let failures = document("/api/failures", "failures")
    /// `SummaryAnswer`: how much there is of everything.
    static let summary = document("/api/summary", "summary")

    /// A JSON document of the dispatcher's as it is; 503 with `{"error":…}` when there is none.
    private static func document(_ path: String, _ what: String) -> Route {
        Route(path) { _, site in
            do throws(AskError) {
                return .json(try await site.dispatcher.ask(what))
            } catch {
                return .failure("\(error)", status: .serviceUnavailable)
            }
        }
    }
}
