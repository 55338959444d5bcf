import Glibc
import Synchronization

/// How much time of the processor one rendering may take.
///
/// The thread's own clock is read, so a busy machine does not change what becomes of a template.
public struct RenderingBudget: Sendable {
    /// The limit of this process, for renderings that name none; 100 ms unless it is set.
    public static var limit: Duration {
        get { shared.withLock { $0 } }
        set { shared.withLock { $0 = newValue } }
    }
    private static let shared = Mutex(Duration.milliseconds(100))

    private let limit: Duration
    private let end: Duration

    /// Begins now, for renderings on this thread.
    public init(_ limit: Duration = Self.limit) {
        self.limit = limit
        end = Self.used + limit
    }

    var isSpent: Bool { Self.used > end }

    var message: String { "more than \(limit) of CPU time" }

    /// What this thread has used so far.
    private static var used: Duration {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
}
