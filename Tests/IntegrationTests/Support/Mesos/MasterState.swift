import Foundation

/// The part of `/master/state` that tests look at.
struct MasterState: Decodable, Sendable {
    struct Framework: Decodable, Sendable {
        let id: String
        let name: String
        let tasks: [Task]
        let completedTasks: [Task]
    }

    struct Task: Decodable, Sendable {
        struct Status: Decodable, Sendable {
            let state: String
            let timestamp: Double
        }
        let id: String
        let name: String
        let frameworkId: String
        let executorId: String
        let slaveId: String
        let state: String
        let statuses: [Status]
    }

    let frameworks: [Framework]
    let completedFrameworks: [Framework]

    /// All tasks, of all frameworks.
    var tasks: [Task] {
        (frameworks + completedFrameworks).flatMap { $0.tasks + $0.completedTasks }
    }
}
