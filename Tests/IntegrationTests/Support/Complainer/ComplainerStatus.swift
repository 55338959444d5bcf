import Complaints
import Foundation
import Supervision

/// What `complainer status -json` tells.
struct ComplainerStatus: Decodable, Sendable {
    var workers: [WorkerReport]?
    var summary: SummaryAnswer?
    var failures: [CaseAnswer]?

    /// The state of each report of a task, by `REPORTER/INSTANCE`.
    func reports(of task: String) -> [String: String] {
        let reports = failures?.first { $0.failure.name == task }?.reports ?? []
        return Dictionary(reports.map { ("\($0.reporter)/\($0.instance)", $0.state) }) { $1 }
    }
}

extension ComplainerProcess {
    nonisolated func status() async throws -> ComplainerStatus {
        let run = try await CommandRun(["status", "-json", "-state", state.path])
        return try JSONDecoder().decode(ComplainerStatus.self, from: Data(run.out.utf8))
    }

    /// `complainer status` as people see it.
    nonisolated func statusPage() async throws -> String {
        try await CommandRun(["status", "-state", state.path]).out
    }
}
