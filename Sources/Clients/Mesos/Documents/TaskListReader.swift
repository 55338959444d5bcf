/// Reads the answer to `GET /master/tasks`.
enum TaskListReader {
    private enum Label { case task }

    private static let plan = ScanPlan<Label>(.object([("tasks", .array(of: .value(.task)))]))

    /// The tasks in a complete document.
    static func tasks(in document: [UInt8]) throws(ScanError) -> [TaskRecord] {
        var scanner = try DocumentScanner(plan)
        var tasks: [TaskRecord] = []
        let body: (DocumentScanner<Label>.Finding) -> Void = { finding in
            if case .value(_, let element) = finding, let task = TaskRecord(TaskView(element)) { tasks.append(task) }
        }
        // Without typed throws, as closures of the standard library forget the type.
        let failure: ScanError? = document.withUnsafeBytes { bytes in
            do throws(ScanError) {
                try scanner.feed(bytes, body)
                try scanner.finish(body)
                return nil
            } catch {
                return error
            }
        }
        if let failure { throw failure }
        return tasks
    }
}
