import DockerClient
import Glibc

/// Makes lines out of the pieces of a container's log. Does no I/O, and holds at most the beginning of one line, of
/// about a datagram's size.
///
/// Docker keeps a long line in entries of 16 KiB. They are put together again as long as they fit into a datagram and
/// the other stream does not speak in between.
struct LineAssembler {
    /// Longer beginnings of lines are passed on in parts.
    private let limit: Int
    private var pending: [UInt8] = []
    private var stream = LogStream.stdout
    private var time: [UInt8] = []
    /// The line under way has parts that were passed on.
    private var isSplit = false
    /// One of them said "error".
    private var saidError = false

    /// Puts as much of the bytes as fits into one datagram, and tells how much that was.
    typealias PartSink = (_ bytes: UnsafeRawBufferPointer, _ time: [UInt8], _ origin: LineOrigin) -> Int

    /// - Parameter limit: bytes.
    init(limit: Int) {
        self.limit = limit
    }

    /// Whether all that came was passed on.
    var isEmpty: Bool { pending.isEmpty }

    /// Takes a piece with the time of its entry.
    mutating func take(_ piece: LogPiece, time: [UInt8], _ pass: PartSink) {
        if piece.beginsEntry, !pending.isEmpty {
            if piece.stream != stream {
                flush(pass)
            } else if isSplit {
                // With the next entry the place in the log moves on; what is cut in the middle of a character is not.
                let whole = pending.count - Self.incompleteTail(pending)
                passPending(upTo: whole, endsLine: false, pass)
            }
        }
        if piece.stream != stream {
            isSplit = false
            saidError = false
            stream = piece.stream
        }
        piece.bytes.withUnsafeBytes { bytes in
            var rest = bytes[...]
            while let newline = Self.newline(in: rest) {
                let line = UnsafeRawBufferPointer(rebasing: rest[..<newline])
                rest = rest[(newline + 1)...]
                if pending.isEmpty {
                    passAll(line, time, endsLine: true, pass)
                } else {
                    pending.append(contentsOf: line)
                    passPending(upTo: pending.count, endsLine: true, pass)
                }
                isSplit = false
                saidError = false
            }
            guard !rest.isEmpty else { return }
            if pending.isEmpty { self.time = time }
            pending.append(contentsOf: rest)
        }
        while pending.count > limit { passPart(pass) }
    }

    /// The end of the log, or of a line whose rest does not come.
    mutating func flush(_ pass: PartSink) {
        passPending(upTo: pending.count, endsLine: false, pass)
    }

    // MARK: Passing on

    private mutating func passPart(_ pass: PartSink) {
        saidError = saidError || pending.withUnsafeBytes(LineLevel.saysError)
        let (time, origin) = (time, origin)
        let used = pending.withUnsafeBytes { pass($0, time, origin) }
        isSplit = true
        pending.removeSubrange(..<max(1, used))
    }

    private mutating func passPending(upTo end: Int, endsLine: Bool, _ pass: PartSink) {
        guard end > 0 else { return }
        let (bytes, time) = (pending, time)
        bytes.withUnsafeBytes {
            passAll(UnsafeRawBufferPointer(rebasing: $0[..<end]), time, endsLine: endsLine, pass)
        }
        isSplit = true
        pending.removeSubrange(..<end)
    }

    /// In as many parts as it takes; an empty line is one, too.
    private mutating func passAll(
        _ line: UnsafeRawBufferPointer, _ time: [UInt8], endsLine: Bool, _ pass: PartSink
    ) {
        var rest = line
        if endsLine, rest.last == UInt8(ascii: "\r") { rest = UnsafeRawBufferPointer(rebasing: rest.dropLast()) }
        if stream == .stderr { saidError = saidError || LineLevel.saysError(rest) }
        if rest.isEmpty {
            // The end of a line whose parts were passed on is not a line.
            if !isSplit { _ = pass(rest, time, origin) }
            return
        }
        while !rest.isEmpty {
            let used = max(1, pass(rest, time, origin))
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(used))
        }
    }

    private var origin: LineOrigin {
        LineOrigin(stream: stream, level: stream == .stderr && saidError ? .error : .info)
    }

    private static func newline(in bytes: Slice<UnsafeRawBufferPointer>) -> Int? {
        guard let base = bytes.base.baseAddress, !bytes.isEmpty,
            let found = memchr(base + bytes.startIndex, Int32(UInt8(ascii: "\n")), bytes.count)
        else { return nil }
        return UnsafeRawPointer(found) - base
    }

    /// Bytes at the end that begin a character of UTF-8 whose rest is missing.
    static func incompleteTail(_ bytes: [UInt8]) -> Int {
        for back in 1...3 where back <= bytes.count {
            let byte = bytes[bytes.count - back]
            if byte & 0xC0 == 0x80 { continue }
            let wanted = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1
            return wanted > back ? back : 0
        }
        return 0
    }
}
