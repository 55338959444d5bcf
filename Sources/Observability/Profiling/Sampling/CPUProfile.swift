import Glibc

/// What the threads of this process do with the processors: 100 times in each second of CPU time, the stack of a thread
/// that runs. Without a profile under way it costs nothing.
///
/// Stacks are followed by frame pointers, which our code and Swift's have; libraries of the system may do without, and
/// then some of their callers are missing (see ``LostCallers``). Of asynchronous functions it sees the part that runs, not who awaits it.
public enum CPUProfile {
    private static let rate = 100

    /// Records for so long, or until the task is cancelled.
    public static func record(for duration: Duration) async throws(ProfilingError) -> Profile {
        let clock = ContinuousClock()
        let start = clock.now
        let began = ProfileTime.now
        var counts = StackCounts()
        var names: [Int32: String] = [:]
        var dropped: UInt64 = 0
        do {
            let ring = try SampleRing()
            var callers = LostCallers()
            try ring.startTimer(perSecond: rate)
            while true {
                let left = start + duration - clock.now
                guard left > .zero else { break }
                do { try await Task.sleep(for: min(left, .milliseconds(250))) } catch { throw ProfilingError.cancelled }
                while let trace = ring.next(&callers) {
                    counts.add(trace)
                    // Now, as it may have ended by the end of the profile.
                    if names[trace.thread] == nil { names[trace.thread] = ThreadList.name(of: trace.thread) }
                }
            }
            dropped = ring.dropped
        } catch let error as ProfilingError {
            throw error
        } catch {
            throw .cancelled
        }
        let seconds = clock.now - start
        var profile = Profile(
            measures: [.init("samples", "count"), .init("cpu", "nanoseconds")], mainMeasure: "cpu")
        profile.time = began
        profile.duration = Int64(seconds / .nanoseconds(1))
        profile.periodMeasure = .init("cpu", "nanoseconds")
        profile.period = Int64(1_000_000_000 / rate)
        if dropped > 0 { profile.comments.append("\(dropped) samples were lost, as there was no room for them") }
        if counts.cut > 0 { profile.comments.append("\(counts.cut) samples have only their innermost function") }
        let locations = StackLocations(of: counts.counts.keys, into: &profile)
        for (trace, count) in counts.counts {
            profile.samples.append(
                Profile.Sample(
                    stack: locations.stack(trace), values: [Int64(count), Int64(count) * profile.period],
                    labels: [.init("thread", names[trace.thread] ?? "\(trace.thread)")]))
        }
        return profile
    }
}

enum ProfileTime {
    /// Nanoseconds since 1970.
    static var now: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
