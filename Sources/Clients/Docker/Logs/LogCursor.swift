import Glibc

/// Where a reader of a container's log is, so that one whose connection broke can go on exactly there. Does no I/O.
///
/// It takes the pieces of a log with timestamps, and gives them back without the timestamps. After a broken connection
/// (`reconnect`) it takes the log from `since` on, which begins with entries it has had, and drops those.
public struct LogCursor: Sendable {
    /// A place in a log.
    public struct Position: Sendable, Equatable {
        /// The last entry's time as Docker wrote it; empty: before the first entry.
        public var time: [UInt8]
        /// How many entries of that time there were.
        public var entries: Int
        /// How many bytes of the last one.
        public var bytes: Int

        public init(time: [UInt8] = [], entries: Int = 0, bytes: Int = 0) {
            self.time = time
            self.entries = entries
            self.bytes = bytes
        }
    }
    /// Behind what was given back last.
    public private(set) var position = Position()
    /// What the old connection had when a new one has not caught up yet.
    private var goal: Position?
    /// Whether the new one began with something that is not newer than the goal.
    private var reachesBack = false
    /// Of an entry whose timestamp has not come completely.
    private var stamp: [UInt8]?
    /// Bytes of the present entry to drop; `.max`: all of it.
    private var dropping = 0

    /// - Parameter position: of another cursor, in another process perhaps.
    public init(resumingAt position: Position = Position()) {
        goal = position.time.isEmpty ? nil : position
    }

    /// No timestamp of Docker's is as long.
    private static let longestStamp = 64
    /// Docker writes the entries of the two streams down in another order than that of their times, if the one is held
    /// up for a moment after it has got its time.
    private static let disorder: Duration = .seconds(1)

    /// Whether what comes is still what was had before.
    public var isCatchingUp: Bool { goal != nil }

    /// The piece without its timestamp and without what was had before; nil when nothing is left of it.
    public mutating func take(_ piece: LogPiece) -> LogPiece? {
        var rest = piece.bytes
        if piece.beginsEntry, stamp == nil,
            let end = rest.prefix(Self.longestStamp).firstIndex(of: UInt8(ascii: " "))
        {
            // As nearly always: all of it is here.
            begin(rest[..<end])
            rest = rest[(end + 1)...]
        } else if piece.beginsEntry || stamp != nil {
            var text = piece.beginsEntry ? [] : stamp ?? []
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
            begin(text[...])
            rest = rest[(end + 1)...]
        }
        guard dropping != .max else { return nil }
        if dropping > 0 {
            let dropped = min(dropping, rest.count)
            dropping -= dropped
            rest = rest.dropFirst(dropped)
        }
        guard !rest.isEmpty else { return nil }
        let isFirst = position.bytes == 0
        position.bytes += rest.count
        return LogPiece(stream: piece.stream, bytes: rest, beginsEntry: isFirst)
    }

    private mutating func begin(_ time: ArraySlice<UInt8>) {
        dropping = 0
        if Self.areEqual(time, position.time) {
            position.entries += 1
        } else {
            // In place: this happens with every entry.
            position.time.replaceSubrange(position.time.indices, with: time)
            position.entries = 1
        }
        position.bytes = 0
        if let goal { catchUp(goal) }
    }

    private mutating func catchUp(_ goal: Position) {
        if position.time == goal.time {
            reachesBack = true
            if position.entries < goal.entries {
                dropping = .max
                return
            }
            if position.entries == goal.entries {
                dropping = goal.bytes
                position.bytes = goal.bytes
            }
        } else if let time = LogTime(rfc3339: position.time), let last = LogTime(rfc3339: goal.time) {
            if time <= last { reachesBack = true }
            if reachesBack, time.earlier(by: Self.disorder) <= last {
                dropping = .max
                return
            }
            // What we had is gone from the log.
        }
        self.goal = nil
    }

    private static func areEqual(_ one: ArraySlice<UInt8>, _ other: [UInt8]) -> Bool {
        guard one.count == other.count else { return false }
        return one.withUnsafeBytes { one in
            other.withUnsafeBytes { other in
                guard let a = one.baseAddress, let b = other.baseAddress else { return true }
                return memcmp(a, b, one.count) == 0
            }
        }
    }

    /// The connection broke: what comes next is the log from `since` on.
    public mutating func reconnect() {
        stamp = nil
        // Broken before it caught up: the old goal stays.
        if goal == nil, !position.time.isEmpty { goal = position }
        position = Position()
        reachesBack = false
        dropping = 0
    }

    /// From when on to ask for the log after `reconnect`; nil: as the first time. A little earlier than the last entry.
    public var since: LogTime? {
        LogTime(rfc3339: goal?.time ?? position.time)?.earlier(by: Self.disorder)
    }
}
