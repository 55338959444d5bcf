/// All threads of this process, and where each of them is at the moment.
public struct ThreadsProfile: Sendable {
    struct Entry: Sendable {
        var thread: ThreadInformation
        /// Indices of the profile's locations; empty when the thread did not say where it is.
        var stack: [Int]
    }
    let entries: [Entry]
    public let profile: Profile

    /// How long threads may take to tell where they are. One that runs does so within a tick of its processor.
    private static let patience: Duration = .milliseconds(500)

    /// Asks all threads; while a CPU profile is being recorded it gives the list without stacks.
    public static func take() async -> ThreadsProfile {
        let threads = ThreadList.current()
        var traces: [Int32: StackTrace] = [:]
        var trouble: String?
        do {
            traces = try await stacks(of: threads.map(\.number))
        } catch {
            trouble = "no stacks: \(error)"
        }
        var profile = Profile(measures: [.init("threads", "count")], mainMeasure: "threads")
        profile.time = ProfileTime.now
        if let trouble { profile.comments.append(trouble) }
        let locations = StackLocations(of: traces.values, into: &profile)
        var entries: [Entry] = []
        for thread in threads {
            let stack = traces[thread.number].map(locations.stack) ?? []
            entries.append(Entry(thread: thread, stack: stack))
            var shown = stack
            if stack.isEmpty {
                shown = [profile.locations.count]
                profile.locations.append(.init(name: "(did not tell where it is)"))
            }
            profile.samples.append(
                .init(
                    stack: shown, values: [1],
                    labels: [.init("thread", thread.name), .init("state", thread.state)]))
        }
        return ThreadsProfile(entries: entries, profile: profile)
    }

    /// - Parameter stacks: with where each thread is.
    public func text(stacks: Bool) -> String {
        var lines = ["\(entries.count) threads"] + profile.comments + [""]
        for entry in entries {
            let thread = entry.thread
            lines.append("thread \(thread.number) \"\(thread.name)\" \(thread.state), \(thread.cpu) s of CPU time")
            guard stacks else { continue }
            for index in entry.stack {
                let location = profile.locations[index]
                let file = location.mapping.map { profile.mappings[$0].file } ?? "?"
                lines.append("    0x\(String(location.address, radix: 16)) \(location.name ?? file)")
            }
            lines.append("")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func stacks(of threads: [Int32]) async throws(ProfilingError) -> [Int32: StackTrace] {
        let ring = try SampleRing()
        var callers = LostCallers()
        var missing = Set(threads.filter { ring.ask($0) })
        var traces: [Int32: StackTrace] = [:]
        let end = ContinuousClock.now + patience
        while true {
            while let trace = ring.next(&callers) {
                traces[trace.thread] = trace
                missing.remove(trace.thread)
            }
            guard !missing.isEmpty, ContinuousClock.now < end else { return traces }
            do { try await Task.sleep(for: .milliseconds(1)) } catch { throw .cancelled }
        }
    }
}
