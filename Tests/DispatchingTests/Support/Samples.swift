import Complaints
import FoundationEssentials
import Glibc
import Logging

@testable import Dispatching

/// 2026-01-01T00:00:00Z and so many seconds.
func at(_ seconds: Double) -> Timestamp { Timestamp(nanoseconds: 1_767_225_600_000_000_000 + Int64(seconds * 1e9)) }

/// A failure of a task that ran for a minute and ended at `finished`; without a terminal status when `terminal` is false.
func failure(
    _ task: String = "web.1", finished: Double = 0, terminal: Bool = true, started: Double? = nil,
    labels: [String: String] = [:]
) -> Failure {
    Failure(
        id: task, name: task, slave: "agent-1", framework: "marathon", state: "TASK_FAILED",
        started: at(started ?? finished - 60), finished: at(finished), labels: labels, frameworkID: "F-1",
        agentID: "A-1", terminal: terminal ? at(finished) : nil)
}

let evidence = Evidence(stdoutURL: "http://store/stdout", stderrURL: "http://store/stderr")

/// A directory that is gone when the object is.
final class Scratch: Sendable {
    let path: String

    init(in base: String = "/tmp") {
        var template = Array("\(base)/dispatching-XXXXXX".utf8CString)
        path = template.withUnsafeMutableBufferPointer { buffer in
            buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) } ?? "/nonexistent"
        }
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    var names: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted() }
}

let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
