/// How often each stack was seen.
struct StackCounts {
    private(set) var counts: [StackTrace: Int] = [:]
    /// Stacks that were cut to their innermost frame, as there were too many different ones.
    private(set) var cut = 0
    private let limit: Int

    /// - Parameter limit: of different stacks, each of which takes up to a kilobyte.
    init(limit: Int = 16 * 1024) {
        self.limit = limit
    }

    var total: Int { counts.values.reduce(0, +) }

    mutating func add(_ trace: StackTrace) {
        if counts[trace] != nil || counts.count < limit {
            counts[trace, default: 0] += 1
        } else {
            cut += 1
            counts[StackTrace(thread: trace.thread, frames: Array(trace.frames.prefix(1))), default: 0] += 1
        }
    }
}
