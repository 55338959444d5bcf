import Foundation

/// A child process of the supervisor, as `/proc` shows it.
struct WorkerProcess: Equatable, Sendable {
    let pid: Int32
    /// `poller`, `dispatcher`, `reporter/slack` …: what follows `worker` on its command line.
    let role: String

    /// The workers that `supervisor` runs at this moment, sorted by their roles. A process that was forked and has
    /// not become a worker yet, or has ended and was not waited for, is not among them.
    static func all(of supervisor: Int32) -> [WorkerProcess] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap(Int32.init).compactMap { pid -> WorkerProcess? in
            guard parent(of: pid) == supervisor else { return nil }
            let words = arguments(of: pid)
            guard let index = words.firstIndex(of: "worker"), index + 1 < words.count else { return nil }
            return WorkerProcess(pid: pid, role: words[index + 1])
        }.sorted { $0.role < $1.role }
    }

    /// The words of a process' command line; none for a zombie.
    static func arguments(of pid: Int32) -> [String] {
        contents("/proc/\(pid)/cmdline").split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The environment it was started with, `NAME=value` each.
    static func environment(of pid: Int32) -> [String] {
        contents("/proc/\(pid)/environ").split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    }

    private static func parent(of pid: Int32) -> Int32? {
        // "PID (NAME) STATE PPID …", and NAME may hold blanks and parentheses.
        let text = String(decoding: contents("/proc/\(pid)/stat"), as: UTF8.self)
        guard let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        return fields.count > 1 ? Int32(fields[1]) : nil
    }

    private static func contents(_ path: String) -> Data {
        (try? Data(contentsOf: URL(filePath: path))) ?? Data()
    }
}
