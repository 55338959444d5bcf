import CProfiler
import Glibc

/// The memory of this process: what malloc has given out, and what is in RAM, by what is mapped there. Nobody notes who
/// asked for memory, so there are no stacks in it, and it says so.
public struct HeapProfile: Sendable {
    /// What is mapped under one name, all its ranges together.
    struct Region: Equatable, Sendable {
        var name: String
        /// In RAM, in bytes.
        var resident: Int64
    }
    private let heap: cprofiler_heap
    let regions: [Region]
    private let rollup: String

    private static let note =
        "Memory by what it is used for, not by who asked for it: allocations are not recorded, so there are no stacks."

    public static func take() -> HeapProfile {
        HeapProfile(
            heap: cprofiler_heap(), regions: regions(ProcFile.text("/proc/self/smaps") ?? ""),
            rollup: ProcFile.text("/proc/self/smaps_rollup") ?? "")
    }

    /// Sums up `smaps`: lines of `maps`, each with lines `Name: N kB` below it.
    static func regions(_ smaps: String) -> [Region] {
        var resident: [String: Int64] = [:]
        var name = ""
        // By bytes, and no line twice: there are ten thousand of them in a program with many libraries.
        for line in smaps.utf8.split(separator: UInt8(ascii: "\n")).lazy.map(Substring.init) {
            if line.utf8.first.map({ $0 < UInt8(ascii: "A") || $0 > UInt8(ascii: "Z") }) == true,
                let range = MappedRange(line)
            {
                name = range.name.isEmpty ? "[anonymous]" : range.path
            } else if line.hasPrefix("Rss:"), let size = line.split(separator: " ").dropFirst().first,
                let kilobytes = Int64(size), kilobytes <= Int64.max >> 20
            {
                resident[name, default: 0] += kilobytes * 1024
            }
        }
        return resident.map { Region(name: $0.key, resident: $0.value) }
            .filter { $0.resident > 0 }
            .sorted { ($1.resident, $0.name) < ($0.resident, $1.name) }
    }

    public var profile: Profile {
        var profile = Profile(
            measures: [.init("resident", "bytes"), .init("inuse_space", "bytes")], mainMeasure: "inuse_space")
        profile.time = ProfileTime.now
        profile.comments = [Self.note]
        func add(_ name: String, of group: String, resident: Int64 = 0, inUse: Int64 = 0) {
            let first = profile.locations.count
            profile.locations += [.init(name: name), .init(name: group)]
            profile.samples.append(.init(stack: [first, first + 1], values: [resident, inUse]))
        }
        add("small pieces", of: "malloc", inUse: Int64(clamping: heap.small_in_use))
        add("large pieces", of: "malloc", inUse: Int64(clamping: heap.large_in_use))
        for region in regions { add(region.name, of: "mapped", resident: region.resident) }
        return profile
    }

    public var text: String {
        let lines: [(String, UInt64)] = [
            ("given out, small pieces", heap.small_in_use), ("given out, large pieces", heap.large_in_use),
            ("kept for later", heap.free), ("of that at the end, where it can be given back", heap.top),
            ("taken from the system for small pieces", heap.arenas),
        ]
        return """
            \(Self.note)

            malloc, in bytes (mallinfo2):
            \(lines.map { "\(Self.padded($0.1)) \($0.0)" }.joined(separator: "\n"))

            in RAM, in bytes, by what is mapped (/proc/self/smaps):
            \(regions.map { "\(Self.padded(UInt64(clamping: $0.resident))) \($0.name)" }.joined(separator: "\n"))

            /proc/self/smaps_rollup:
            \(rollup)
            """
    }

    private static func padded(_ number: UInt64) -> String {
        let digits = String(number)
        return String(repeating: " ", count: max(0, 14 - digits.count)) + digits
    }
}
