import Foundation

/// What a process holds in memory, as `/proc/PID/smaps_rollup` and `/proc/PID/status` tell it.
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

    /// The most bytes that it ever had in memory.
    static func peak(of pid: Int32) throws -> Int {
        guard let bytes = try fields(of: pid, "status")["VmHWM"] else {
            throw HarnessError("no VmHWM of process \(pid)")
        }
        return bytes
    }

    private static func rollup(_ pid: Int32) throws -> [String: Int] { try fields(of: pid, "smaps_rollup") }

    /// Lines like `Pss:  123 kB`, in bytes.
    private static func fields(of pid: Int32, _ file: String) throws -> [String: Int] {
        let text = try String(contentsOfFile: "/proc/\(pid)/\(file)", encoding: .utf8)
        var fields: [String: Int] = [:]
        for line in text.split(separator: "\n") {
            let words = line.split { $0 == " " || $0 == "\t" }
            guard words.count == 3, words[2] == "kB", let count = Int(words[1]) else { continue }
            fields[String(words[0].dropLast())] = count << 10
        }
        return fields
    }
}
