import Foundation

/// What a process holds in memory, as `/proc/PID/smaps_rollup` tells it.
enum ProcessMemory {
    /// Bytes of its own that come from no file, in memory or swapped out: what a leak is made of.
    static func anonymous(of pid: Int32) throws -> Int {
        let fields = try rollup(pid)
        guard let anonymous = fields["Anonymous"], let swapped = fields["SwapPss"] else {
            throw HarnessError("no Anonymous and SwapPss in smaps_rollup of process \(pid)")
        }
        return anonymous + swapped
    }

    /// Bytes, those shared with others in proportion.
    static func proportional(of pid: Int32) throws -> Int {
        guard let bytes = try rollup(pid)["Pss"] else { throw HarnessError("no Pss of process \(pid)") }
        return bytes
    }

    private static func rollup(_ pid: Int32) throws -> [String: Int] {
        let text = try String(contentsOfFile: "/proc/\(pid)/smaps_rollup", encoding: .utf8)
        var fields: [String: Int] = [:]
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count == 3, words[2] == "kB", let count = Int(words[1]) else { continue }
            fields[String(words[0].dropLast())] = count << 10
        }
        return fields
    }
}
