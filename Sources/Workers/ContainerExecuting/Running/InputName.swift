import MesosExecutor

extension ExecutorMachine.Input {
    /// What faults call it: a point is `unsaved-NAME` or `saved-NAME`, before and after what came of it is on the disk
    /// and before any of it is done.
    ///
    /// - Parameter updates: not acknowledged before it came.
    func name(among updates: [TaskStatus]) -> String {
        func state(_ uuid: String) -> String { updates.first { $0.uuid == uuid }?.state.rawValue ?? "none" }
        switch self {
        case .tick: return "tick"
        case .life(let event):
            // `ended(…)`, `started(…)`: without what is in it.
            return String("\(event)".prefix { $0 != "(" })
        case .session(.received(let event)):
            if case .acknowledged(_, let uuid) = event { return "acknowledged-\(state(uuid))" }
            return String("\(event)".prefix { $0 != "(" })
        case .session(.delivered(let uuid)): return "delivered-\(state(uuid))"
        case .session: return "session"
        }
    }
}
