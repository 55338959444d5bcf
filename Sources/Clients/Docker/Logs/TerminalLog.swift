/// Finds the entries in the log of a container with a terminal, which comes without frames: with timestamps, each line
/// begins with one. Does no I/O.
///
/// Docker keeps what is longer than 16 KiB in several entries, and then a timestamp stands in the middle of a line.
struct TerminalLog {
    private static let longestEntry = 16 << 10
    /// `2026-11-21T10:00:00.123456789Z` and a blank: here every timestamp has all digits.
    private static let pattern = Array("0000-00-00T00:00:00.000000000Z ".utf8)

    /// Bytes of the present entry without its time; nil: a new one begins.
    private var length: Int?
    /// What may be the beginning of a timestamp in the middle of a line, when the rest of it has not come.
    private var undecided: [UInt8] = []

    mutating func feed(_ chunk: [UInt8]) -> [LogPiece] {
        var rest = chunk[...]
        if !undecided.isEmpty {
            rest = (undecided + chunk)[...]
            undecided = []
        }
        var pieces: [LogPiece] = []
        while !rest.isEmpty {
            if let length, length > 0, length % Self.longestEntry == 0 {
                switch Self.beginsWithTime(rest) {
                case nil:
                    undecided = Array(rest)
                    return pieces
                case true?: self.length = nil
                case false?: break
                }
            }
            pieces.append(takePiece(&rest))
        }
        return pieces
    }

    /// Up to the end of the line, of the entry, or of what is there.
    private mutating func takePiece(_ rest: inout ArraySlice<UInt8>) -> LogPiece {
        let begins = length == nil
        // The time is not counted; one that is cut short is completed by the next piece, which is then not an entry's
        // first. What counts here is only that a whole one has passed.
        let stamp = begins ? Self.pattern.count : 0
        let old = length ?? -stamp
        let room = Self.longestEntry - (old < 0 ? old : old % Self.longestEntry)
        var part = rest.prefix(room)
        if let newline = part.firstIndex(of: UInt8(ascii: "\n")) {
            part = part[...newline]
            length = nil
        } else {
            length = old + part.count
        }
        rest = rest[part.endIndex...]
        return LogPiece(stream: .stdout, bytes: part, beginsEntry: begins)
    }

    /// nil: too little to tell.
    private static func beginsWithTime(_ bytes: ArraySlice<UInt8>) -> Bool? {
        for (byte, expected) in zip(bytes, pattern) {
            let isDigit = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            guard expected == UInt8(ascii: "0") ? isDigit : byte == expected else { return false }
        }
        return bytes.count >= pattern.count ? true : nil
    }
}
