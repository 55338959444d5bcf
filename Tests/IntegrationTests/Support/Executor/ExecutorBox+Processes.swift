import Foundation

/// The processes of the executor, which a test may kill.
extension ExecutorBox {
    /// The executor's own processes, the supervisor first: those whose environment names the sandbox.
    func processes(of task: LaunchedTask) async throws -> [(pid: Int32, name: String)] {
        let sandbox = Data("MESOS_SANDBOX=\(try await sandbox(task).path)".utf8)
        let names = try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap { Int32($0) }.sorted()
        return names.compactMap { pid in
            guard let environment = FileManager.default.contents(atPath: "/proc/\(pid)/environ"),
                environment.firstRange(of: sandbox) != nil,
                let name = try? String(contentsOfFile: "/proc/\(pid)/comm", encoding: .utf8)
            else { return nil }
            return (pid, name.trimmingCharacters(in: .whitespacesAndNewlines))
        }
    }

    /// The process of that name, which must be there: `sidecar-execut` is the supervisor, `container` the worker.
    func process(_ name: String, of task: LaunchedTask) async throws -> Int32 {
        try await waitFor("the process \(name) of \(task.id)") {
            try await processes(of: task).first { $0.name == name }?.pid
        }
    }

    /// SIGKILL for the worker that runs, or the next one, at any moment but one: when the agent has, or may have, handed
    /// it the task and it has not handed that over yet. A task that is lost then is dropped by the agent.
    func killWorker(of task: LaunchedTask) async throws {
        try await waitUntil("a worker of \(task.id) that may be killed") {
            guard let worker = try await processes(of: task).first(where: { $0.name == "container" })?.pid else {
                if let end = task.events.first(where: { LaunchedTask.terminal.contains($0.state ?? "") }) {
                    throw Hopeless(description: "the task has ended: \(end)")
                }
                return false
            }
            // What is true then stays so until it dies.
            try await halt(worker)
            // The task is handed over before its first update is sent.
            guard try !task.states.isEmpty || !isConnected(worker) else {
                kill(worker, SIGCONT)
                return false
            }
            kill(worker, SIGKILL)
            try await waitUntil("the end of worker \(worker)") { kill(worker, 0) != 0 }
            return true
        }
    }

    /// SIGSTOP; returns when all threads of the process stand still, which takes a moment.
    func halt(_ pid: Int32) async throws {
        kill(pid, SIGSTOP)
        try await waitUntil("the halt of process \(pid)") { try hasStopped(pid) }
    }

    private func hasStopped(_ pid: Int32) throws -> Bool {
        let folder = "/proc/\(pid)/task"
        // One that has ended meanwhile does not move any more either.
        guard let threads = try? FileManager.default.contentsOfDirectory(atPath: folder) else { return true }
        return try threads.allSatisfy { thread in
            let stat = try String(contentsOfFile: "\(folder)/\(thread)/stat", encoding: .utf8)
            // The name before it, in parentheses, may hold anything.
            return stat.split(separator: ")").last?.hasPrefix(" T ") == true
        }
    }

    /// Whether a process has any connection by TCP; the agent is the only one that an executor has here.
    private func isConnected(_ pid: Int32) throws -> Bool {
        let folder = "/proc/\(pid)/fd"
        let sockets = try FileManager.default.contentsOfDirectory(atPath: folder).compactMap { name -> Substring? in
            let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\(name)")
            return target?.hasPrefix("socket:[") == true ? target?.dropFirst(8).dropLast() : nil
        }
        // `String(contentsOfFile:)` takes no more than a page of it.
        let table = try FileHandle(forReadingFrom: URL(filePath: "/proc/\(pid)/net/tcp"))
        let connections = String(decoding: try table.readToEnd() ?? Data(), as: UTF8.self)
        return connections.split(separator: "\n").contains { line in
            let fields = line.split(separator: " ")
            return fields.count > 9 && sockets.contains(fields[9])
        }
    }
}
