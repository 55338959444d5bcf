import Glibc

/// The time that a worker's own plans go by: when something is tried again, how far apart requests are, when a window
/// ends, how old something may get.
///
/// In debug builds tests let it pass faster, for all workers alike, by the variable `COMPLAINER_CLOCK`: `60@1795273997`
/// is a clock that is right at that second since 1970 and then runs sixty times as fast. What is decided outside of a
/// worker stays in real time: how long a request may be on its way, pings, and how soon a worker is started again.
///
/// Release builds have nothing of it: there it is the system's clock.
public struct WorkerClock: Sendable {
    public static let variable = "COMPLAINER_CLOCK"

    /// This process' own.
    public static let current: WorkerClock = {
        #if DEBUG
        getenv(variable).flatMap { WorkerClock(String(cString: $0)) } ?? WorkerClock()
        #else
        WorkerClock()
        #endif
    }()

    /// Seconds that pass in a real one.
    private let rate: Int
    /// Nanoseconds since 1970.
    private let origin: Int64
    private let start = ContinuousClock.now

    /// As the system's.
    init() {
        rate = 1
        origin = 0
    }

    /// - Parameter text: `RATE@SECOND`; nil when it is nothing like that.
    init?(_ text: String) {
        let parts = text.split(separator: "@").compactMap { Int64($0) }
        guard parts.count == 2, (1...1000).contains(parts[0]), (0...4_000_000_000).contains(parts[1]) else {
            return nil
        }
        rate = Int(parts[0])
        origin = parts[1] * 1_000_000_000
    }

    /// The time of day, in nanoseconds since 1970.
    public var nanoseconds: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return nanoseconds(at: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    /// The time of day at a real one.
    func nanoseconds(at real: Int64) -> Int64 { origin + (real - origin) * Int64(rate) }

    /// For spans of time within this process.
    public var instant: ContinuousClock.Instant { start + (ContinuousClock.now - start) * rate }

    /// How long a span of this clock really takes.
    public func real(_ span: Duration) -> Duration { span / rate }

    public func sleep(for span: Duration) async throws {
        try await Task.sleep(for: real(span))
    }
}
