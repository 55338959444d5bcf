import Complaints
import FoundationEssentials
import Glibc

/// A failure that no task had, and says so.
enum TestFailure {
    /// - Parameter labels: of the task, which decide who is told and how.
    static func make(labels: [String: String], now: Timestamp = Timestamp(seconds: Date.now.timeIntervalSince1970))
        -> Failure
    {
        let begin = Timestamp(nanoseconds: now.nanoseconds - 1_000_000_000)
        // The time makes each test a failure of its own: services drop what they have had.
        var failure = Failure(
            id: "complainer-test.\(now.nanoseconds / 1_000_000)", name: "complainer-test", slave: host,
            framework: "complainer", state: "TASK_FAILED", started: begin, finished: now, labels: labels,
            frameworkID: "complainer-test", agentID: "complainer-test", terminal: now)
        failure.message = "[test] no task failed: complainer test-report was called on \(host)"
        return failure
    }

    private static var host: String {
        var name = [UInt8](repeating: 0, count: 256)
        let isKnown = name.withUnsafeMutableBytes { bytes in
            bytes.withMemoryRebound(to: CChar.self) { name in
                name.baseAddress.map { gethostname($0, name.count - 1) == 0 } ?? false
            }
        }
        return isKnown ? String(decoding: name.prefix { $0 != 0 }, as: UTF8.self) : "localhost"
    }
}
