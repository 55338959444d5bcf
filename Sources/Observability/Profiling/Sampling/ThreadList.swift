import Glibc

/// A thread of this process (proc(5), `/proc/PID/task`).
struct ThreadInformation: Equatable {
    var number: Int32
    var name: String
    /// One letter: R runs, S sleeps, D waits for the disk.
    var state: String
    /// In user and in kernel mode, in seconds.
    var cpu: Double
}

enum ThreadList {
    static func current() -> [ThreadInformation] {
        guard let folder = opendir("/proc/self/task") else { return [] }
        defer { closedir(folder) }
        var all: [ThreadInformation] = []
        let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard let number = Int32(name), let text = ProcFile.text("/proc/self/task/\(number)/stat"),
                let thread = parse(text, number: number, ticksPerSecond: ticks)
            else { continue }
            all.append(thread)
        }
        return all.sorted { $0.number < $1.number }
    }

    /// nil when the thread has ended.
    static func name(of thread: Int32) -> String? {
        ProcFile.text("/proc/self/task/\(thread)/comm").map { String($0.prefix { $0 != "\n" }) }
    }

    /// A `stat` file. The name stands in parentheses and may hold some itself, so its end is the last one.
    static func parse(_ text: String, number: Int32, ticksPerSecond ticks: Double) -> ThreadInformation? {
        guard let open = text.firstIndex(of: "("), let close = text.lastIndex(of: ")"), open < close else { return nil }
        let fields = text[text.index(after: close)...].split(separator: " ")
        // The first of them is field 3 of proc(5).
        guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else { return nil }
        return ThreadInformation(
            number: number, name: String(text[text.index(after: open)..<close]), state: String(fields[0]),
            cpu: (user + system) / ticks)
    }
}
