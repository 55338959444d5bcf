/// The last lines of a log, gathered while it passes by.
struct LogTail: Sendable {
    struct Limits: Sendable, Equatable {
        var lines = 20
        /// Of UTF-8, in the result.
        var bytes = 4096
    }

    private let limits: Limits
    private var bytes: [UInt8] = []
    /// Something before `bytes` was dropped.
    private var isCut = false

    init(_ limits: Limits) {
        self.limits = limits
    }

    mutating func append(_ chunk: [UInt8]) {
        guard limits.bytes > 0, limits.lines > 0, !chunk.isEmpty else { return }
        if chunk.count >= limits.bytes {
            isCut = isCut || !bytes.isEmpty || chunk.count > limits.bytes
            bytes = Array(chunk.suffix(limits.bytes))
        } else {
            bytes += chunk
            // Not with every chunk: it moves all that stays.
            if bytes.count > 4 * limits.bytes { cut() }
        }
    }

    private mutating func cut() {
        guard bytes.count > limits.bytes else { return }
        isCut = true
        bytes.removeFirst(bytes.count - limits.bytes)
    }

    /// At most so many lines and bytes, the newest. Bytes that are not UTF-8 are replaced; control characters stay.
    var text: String {
        guard limits.lines > 0 else { return "" }
        var last = self
        last.cut()
        var rest = last.bytes[...]
        // Half a character at the beginning would look like garbage in the log.
        if last.isCut { rest = rest.drop { $0 & 0xC0 == 0x80 } }
        var lines = limits.lines
        // The end of the last line begins no other.
        var start = rest.last == UInt8(ascii: "\n") ? rest.endIndex - 1 : rest.endIndex
        while let feed = rest[..<start].lastIndex(of: UInt8(ascii: "\n")) {
            lines -= 1
            start = feed
            if lines == 0 { break }
        }
        if lines == 0 { rest = rest[(start + 1)...] }
        let text = String(decoding: rest, as: UTF8.self)
        // A byte that is replaced becomes three.
        guard text.utf8.count > limits.bytes else { return text }
        return String(decoding: text.utf8.suffix(limits.bytes).drop { $0 & 0xC0 == 0x80 }, as: UTF8.self)
    }
}
