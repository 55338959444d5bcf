/// Where a reader of a container's log is, so that one whose connection broke can go on exactly there. Does no I/O.
///
/// It takes the pieces of a framed log with timestamps, and gives them back without the timestamps. After a broken
/// connection (`reconnect`) it takes the log from `since` on, which begins with entries it has had, and drops those.
public struct LogCursor: Sendable {
    /// The position: the last entry's time as Docker wrote it, how many entries of that time there were, and how many
    /// bytes of the last one.
    private struct Position: Sendable {
        var time: [UInt8] = []
        var entries = 0
        var bytes = 0
    }
    private var position = Position()
    /// What the old connection had when a new one has not caught up yet.
    private var goal: Position?
    /// Of an entry whose timestamp has not come completely.
    private var stamp: [UInt8]?
    /// Bytes of the present entry to drop; `.max`: all of it.
    private var dropping = 0

    public init() {}

    /// No timestamp of Docker's is as long.
    private static let longestStamp = 64

    /// The piece without its timestamp and without what was had before; nil when nothing is left of it.
    public mutating func take(_ piece: LogPiece) -> LogPiece? {
        var rest = piece.bytes
        if piece.beginsEntry { stamp = [] }
        if var text = stamp {
            let end = rest.firstIndex(of: UInt8(ascii: " "))
            text += rest[..<(end ?? rest.endIndex)]
            guard let end else {
                stamp = text
                // Not what was asked for; an entry too strange to have a time still has a text.
                guard text.count > Self.longestStamp else { return nil }
                stamp = nil
                return LogPiece(stream: piece.stream, bytes: text[...], beginsEntry: true)
            }
            stamp = nil
            rest = rest[(end + 1)...]
            begin(text)
        }
        guard dropping != .max else { return nil }
        let dropped = min(dropping, rest.count)
        dropping -= dropped
        rest = rest.dropFirst(dropped)
        guard !rest.isEmpty else { return nil }
        defer { position.bytes += rest.count }
        return LogPiece(stream: piece.stream, bytes: rest, beginsEntry: position.bytes == 0)
    }

    private mutating func begin(_ time: [UInt8]) {
        dropping = 0
        if time == position.time {
            position.entries += 1
        } else {
            position.time = time
            position.entries = 1
        }
        position.bytes = 0
        guard let goal else { return }
        guard time == goal.time, position.entries <= goal.entries else {
            // Caught up, or what we had is gone from the log.
            self.goal = nil
            return
        }
        if position.entries < goal.entries {
            dropping = .max
        } else {
            dropping = goal.bytes
            position.bytes = goal.bytes
            self.goal = nil
        }
    }

    /// The connection broke: what comes next is the log from `since` on.
    public mutating func reconnect() {
        stamp = nil
        // Broken before it caught up: the old goal stays.
        if goal == nil, !position.time.isEmpty { goal = position }
        position = Position()
        dropping = 0
    }

    /// From when on to ask for the log after `reconnect`; nil: as the first time.
    public var since: LogTime? {
        LogTime(rfc3339: goal?.time ?? position.time)
    }
}
