/// A line of `/proc/PID/maps` (proc(5)).
struct MappedRange: Equatable {
    var start: UInt64
    var end: UInt64
    /// Where in the file it begins.
    var offset: UInt64
    /// `r-xp`
    var permissions: String
    /// Of the file, `[heap]` and the like, or empty.
    var name: String

    var isCode: Bool { permissions.dropFirst(2).first == "x" }
    var isFile: Bool { name.hasPrefix("/") }

    /// The name without what the kernel adds when the file has been replaced or removed.
    var path: String { name.hasSuffix(Self.deleted) ? String(name.dropLast(Self.deleted.count)) : name }
    /// There is no such file any more, or another one.
    var isDeleted: Bool { name.hasSuffix(Self.deleted) }

    private static let deleted = " (deleted)"

    /// nil when the line is nothing like that.
    init?(_ line: Substring) {
        // The name may hold blanks, so it is what comes after the fifth field.
        let fields = line.split(separator: " ", maxSplits: 5, omittingEmptySubsequences: true)
        guard fields.count >= 5, fields[1].utf8.count == 4, let offset = UInt64(fields[2], radix: 16) else {
            return nil
        }
        let ends = fields[0].split(separator: "-")
        guard ends.count == 2, let start = UInt64(ends[0], radix: 16), let end = UInt64(ends[1], radix: 16), start < end
        else { return nil }
        self.start = start
        self.end = end
        self.offset = offset
        permissions = String(fields[1])
        name = fields.count > 5 ? String(fields[5].drop { $0 == " " }) : ""
    }
}

/// The address space of this process.
enum MemoryMap {
    static func parse(_ text: String) -> [MappedRange] {
        text.split(separator: "\n").compactMap { MappedRange($0) }
    }

    static func current() -> [MappedRange] { parse(ProcFile.text("/proc/self/maps") ?? "") }
}
