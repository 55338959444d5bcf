import Glibc

/// Compares a stream of a container's log with what stands in the file that it was being copied to.
///
/// Others may have written whole lines into that file in between, as this program's own logging does. What counts is
/// which lines of the log are there, in their order.
struct LogComparison {
    /// The target as it is now.
    private(set) var target: LogMark.Target
    /// The file holds no more of the log.
    private(set) var isOver: Bool
    private let file: Int32
    private var position: Int64
    /// Of the stream, still to come: bytes that the mark knows to be there.
    private var skipped: Int64
    /// Of the stream, not compared yet: the beginning of a line.
    private var line: [UInt8] = []
    private var buffer = [UInt8](repeating: 0, count: longest)

    /// A line that is longer is compared in parts.
    private static let longest = 16 * 1024

    /// - Parameter descriptor: of the target; need not be open for reading.
    init(_ target: LogMark.Target, descriptor: Int32) {
        let size = LogMark.Target.size(of: descriptor)
        position = target.size ?? 0
        skipped = target.copied
        self.target = LogMark.Target(descriptor)
        guard let old = target.size, let size, old <= size else {
            // No file, or another one, or cut: better twice than not at all.
            file = -1
            isOver = true
            return
        }
        self.target.copied = target.copied
        file = open("/proc/self/fd/\(descriptor)", O_RDONLY | O_CLOEXEC)
        isOver = file < 0
    }

    mutating func take(_ bytes: ArraySlice<UInt8>) {
        let known = Int(min(Int64(bytes.count), skipped))
        skipped -= Int64(known)
        var rest = bytes.dropFirst(known)
        while !rest.isEmpty, !isOver {
            let part = rest.prefix(Self.longest - line.count)
            let end = part.firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? part.endIndex
            line += rest[..<end]
            rest = rest[end...]
            if line.last == UInt8(ascii: "\n") || line.count == Self.longest { compare() }
        }
    }

    /// The log has no more.
    mutating func finish() {
        if !isOver, !line.isEmpty { compare() }
    }

    func close() {
        if file >= 0 { Glibc.close(file) }
    }

    /// Looks for `line` from `position` on.
    private mutating func compare() {
        defer { line.removeAll(keepingCapacity: true) }
        while !isOver {
            let count = read(line.count)
            if buffer[..<count].elementsEqual(line.prefix(count)) {
                // Whoever copied it died in the middle of the line if that is the end of the file.
                target.copied += Int64(count)
                position += Int64(count)
                isOver = count < line.count
                return
            }
            skipLine()
        }
    }

    /// A line of somebody else's.
    private mutating func skipLine() {
        while true {
            let count = read(Self.longest)
            guard count > 0 else {
                isOver = true
                return
            }
            guard let newline = buffer[..<count].firstIndex(of: UInt8(ascii: "\n")) else {
                position += Int64(count)
                continue
            }
            position += Int64(newline + 1)
            return
        }
    }

    /// Puts what follows in the file into `buffer`; fewer bytes than wanted only at its end.
    private mutating func read(_ wanted: Int) -> Int {
        var count = 0
        while count < wanted {
            let more = buffer.withUnsafeMutableBytes { [file, position] bytes in
                pread(file, bytes.baseAddress?.advanced(by: count), wanted - count, off_t(position) + off_t(count))
            }
            if more < 0, errno == EINTR { continue }
            guard more > 0 else { break }
            count += more
        }
        return count
    }
}
