import DockerClient

/// From pieces of a container's log to a batch of datagrams. Does no I/O.
struct RelayPipeline {
    var cursor: LogCursor
    private(set) var batch = DatagramBatch()
    /// Something came that is later than what is wanted.
    private(set) var isOver = false
    /// A place up to which everything is in the batches so far.
    private var mark: LogCursor.Position?
    private var lines: LineAssembler
    private let format: any LineFormat
    private let until: LogTime?

    /// - Parameters:
    ///   - maximumDatagram: bytes.
    ///   - until: entries after that are not wanted.
    init(cursor: LogCursor, format: any LineFormat, maximumDatagram: Int, until: LogTime?) {
        self.cursor = cursor
        self.format = format
        self.until = until
        lines = LineAssembler(limit: maximumDatagram)
    }

    mutating func take(_ piece: LogPiece) {
        guard !isOver, let piece = cursor.take(piece) else { return }
        if let until, piece.beginsEntry, let time = LogTime(rfc3339: cursor.position.time), time > until {
            isOver = true
            return
        }
        lines.take(piece, time: cursor.position.time) { [format] text, time, origin in
            batch.add { format.append(text, time: time, origin, to: &$0) }
        }
    }

    /// The end: what is left of a line goes, too.
    mutating func flush() {
        lines.flush { [format] text, time, origin in
            batch.add { format.append(text, time: time, origin, to: &$0) }
        }
    }

    /// Remembers the present place, if nothing of it is held back.
    mutating func setMark() {
        if lines.isEmpty, !cursor.isCatchingUp { mark = cursor.position }
    }

    /// Takes the batch out, to be passed on, with the place from which another process has to go on after that; nil: the
    /// same place as before.
    mutating func takeBatch() -> (batch: DatagramBatch, mark: LogCursor.Position?) {
        setMark()
        defer {
            batch = DatagramBatch()
            mark = nil
        }
        return (batch, mark)
    }

    /// Gives a batch back whose memory is of use for the next one.
    mutating func reuse(_ old: consuming DatagramBatch) {
        guard batch.isEmpty else { return }
        old.removeAll()
        batch = old
    }
}
