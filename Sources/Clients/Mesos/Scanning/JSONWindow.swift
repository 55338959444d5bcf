import CSimdjson
import Glibc

/// The piece of a JSON document that is in memory, and the index of its tokens.
///
/// Bytes are appended at the end and consumed from the start, always up to the beginning of a token, so that the piece
/// never begins within a string. It grows only while one token or element does not fit.
final class JSONWindow {
    /// Where scanning begins to be worth while, in bytes: large enough for simdjson, small enough for the CPU's cache.
    static let regular = 256 * 1024

    private var indexer: OpaquePointer
    private(set) var bytes: UnsafeMutablePointer<UInt8>
    private(set) var count = 0
    private(set) var capacity: Int
    private let usual: Int
    /// Where the tokens begin; one more entry than ``tokens``, at or behind the last token's end.
    private(set) var indexes: UnsafePointer<UInt32>?
    private(set) var tokens = 0

    /// - Throws: ``ScanError/noMemory``.
    init(capacity: Int = JSONWindow.regular) throws(ScanError) {
        (indexer, bytes) = try Self.allocate(capacity)
        self.capacity = capacity
        usual = capacity
    }

    deinit {
        csimdjson_destroy(indexer)
        bytes.deallocate()
    }

    private static func allocate(_ capacity: Int) throws(ScanError) -> (OpaquePointer, UnsafeMutablePointer<UInt8>) {
        // One more byte than the window for the quote that closes a string.
        guard let indexer = csimdjson_create(capacity + 1) else { throw .noMemory(capacity) }
        return (indexer, .allocate(capacity: capacity + 1 + csimdjson_padding()))
    }

    var isFull: Bool { count == capacity }

    /// Copies as many bytes as there is room for; returns their number.
    func append(_ source: Slice<UnsafeRawBufferPointer>) -> Int {
        let length = min(source.count, capacity - count)
        if length > 0, let base = source.base.baseAddress {
            memcpy(bytes + count, base + source.startIndex, length)
            count += length
        }
        return length
    }

    /// Forgets the first bytes.
    func consume(_ length: Int) {
        count -= length
        if count > 0 { memmove(bytes, bytes + length, count) }
        tokens = 0
    }

    /// Forgets everything, and gives back what a giant element took.
    func reset() {
        count = 0
        tokens = 0
        if capacity > usual { try? resize(usual) }
    }

    /// Changes the room to `capacity` bytes, at least ``count``.
    func resize(_ capacity: Int) throws(ScanError) {
        let (indexer, bytes) = try Self.allocate(capacity)
        memcpy(bytes, self.bytes, count)
        csimdjson_destroy(self.indexer)
        self.bytes.deallocate()
        (self.indexer, self.bytes, self.capacity) = (indexer, bytes, capacity)
        (indexes, tokens) = (nil, 0)
    }

    /// Cuts every string that is longer than `limit` bytes, with a mark at its end. Call it when all of the window has
    /// been indexed.
    ///
    /// - Returns: how many bytes that removed, and the string at the end of the window that is cut, too, and whose rest is
    ///   yet to come; it has no mark and no closing quote yet.
    func cutStrings(to limit: Int) -> (removed: Int, unfinished: DroppedString?) {
        guard let indexes else { return (0, nil) }
        var (write, read) = (0, 0)
        var unfinished: DroppedString?
        func keep(to end: Int) {
            if write != read { memmove(bytes + write, bytes + read, end - read) }
            write += end - read
            read = end
        }
        for token in 0...tokens {
            let start = Int(indexes[token])
            // Behind the last token is the string that the end of the window cuts, if there is one.
            guard start < count, bytes[start] == UInt8(ascii: "\"") else { continue }
            let isLast = token == tokens
            let text: (start: Int, count: Int)
            if isLast {
                text = (start + 1, count - start - 1 - trailingBackslash(after: start))
            } else {
                let found = JSONText(
                    bytes, from: indexes[token], to: token + 1 < tokens ? indexes[token + 1] : end(of: start))
                text = (start + 1, found.count)
            }
            guard text.count > limit + JSONText.mark(.max).utf8.count else { continue }
            let kept = JSONText.boundary(
                in: UnsafeBufferPointer(start: bytes + text.start, count: text.count), at: limit)
            keep(to: text.start + kept)
            if isLast {
                let isEscaped = count > text.start + text.count
                unfinished = DroppedString(length: text.count + (isEscaped ? 1 : 0), isEscaped: isEscaped)
                read = count
                break
            }
            for byte in JSONText.mark(text.count).utf8 {
                bytes[write] = byte
                write += 1
            }
            read = text.start + text.count
        }
        let before = count
        keep(to: count)
        count = write
        if count != before { tokens = 0 }
        return (before - count, unfinished)
    }

    /// Ends the string whose rest was dropped.
    ///
    /// - Parameter length: of the whole string.
    func close(cutTo length: Int) {
        // There is room: dropping began when much more than that had been removed.
        for byte in (JSONText.mark(length) + "\"").utf8 where count < capacity {
            bytes[count] = byte
            count += 1
        }
    }

    /// The window ends behind the first half of an escape: 1, else 0.
    private func trailingBackslash(after start: Int) -> Int {
        var end = count
        while end > start + 1, bytes[end - 1] == UInt8(ascii: "\\") { end -= 1 }
        return (count - end) % 2
    }

    /// Behind the closing quote of the string that begins at `start`.
    private func end(of start: Int) -> UInt32 {
        var offset = start + 1
        while offset < count, bytes[offset] != UInt8(ascii: "\"") {
            offset += bytes[offset] == UInt8(ascii: "\\") ? 2 : 1
        }
        return UInt32(min(offset + 1, count))
    }

    /// The length of the window up to and including its last closing brace; nil if there is none.
    ///
    /// A brace is seldom within a string, so such a piece rarely has to be indexed twice.
    var lengthToLastBrace: Int? {
        var length = count
        while length > 0, bytes[length - 1] != UInt8(ascii: "}") { length -= 1 }
        return length > 0 ? length : nil
    }

    /// Indexes the first `length` bytes; the tokens are those that begin there, a string that is cut is left out.
    ///
    /// What is not UTF-8 is no error: it is repaired where text is taken out. Control characters within strings, which
    /// JSON forbids, are blanked.
    func index(_ length: Int) throws(ScanError) {
        memset(bytes + count, 0x20, csimdjson_padding())
        if try find(length) { return }
        // A string is cut. Our own quote ends it for the moment; a backslash before it would escape that quote.
        var end = length
        while end > 0, bytes[end - 1] == UInt8(ascii: "\\") { end -= 1 }
        let saved = bytes[end]
        bytes[end] = UInt8(ascii: "\"")
        defer { bytes[end] = saved }
        guard try find(end + 1) else { throw .failed }
        tokens = max(0, tokens - 1)
    }

    /// False when the end cuts a string.
    private func find(_ length: Int) throws(ScanError) -> Bool {
        var blanked = false
        while true {
            var found: UnsafePointer<UInt32>?
            let result = csimdjson_index(indexer, bytes, length, &found, &tokens)
            indexes = found
            switch result {
            case CSIMDJSON_OK, CSIMDJSON_EMPTY, CSIMDJSON_NOT_UTF8: return true
            case CSIMDJSON_UNCLOSED_STRING: return false
            case CSIMDJSON_CONTROL_CHARACTER where !blanked:
                for offset in 0..<length where bytes[offset] < 0x20 { bytes[offset] = 0x20 }
                blanked = true
            default: throw .failed
            }
        }
    }
}
